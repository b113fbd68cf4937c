/**
 * Cutting the connections of a server that others have shut down meanwhile is no failure of the torture run.
 */
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { cutConnections } from "./cut-connections.ts";
import { Random } from "./random.ts";

let server: Server | undefined;
afterEach(async () => {
  await new Promise((closed) => server?.close(closed) ?? closed(undefined));
  server = undefined;
});

/** The address of a server that does this to each connection, once it has heard something. */
async function serverThat(answers: (socket: Socket) => void): Promise<string> {
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      answers(socket);
    });
  });
  await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
  const address = server.address();
  return `postgres://app@127.0.0.1:${typeof address === "object" ? address?.port : ""}/app`;
}

/** PostgreSQL's word of refusal: a type, a length, and fields that end with a zero. */
function refusal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from("E"), length, fields]);
}

const cut = (url: string): Promise<void> => cutConnections(url, 100, new Random("1", "cut"));

it("does nothing where no server listens", async () => {
  await expect(cut("postgres://app@127.0.0.1:1/app")).resolves.toBeUndefined();
});

it("does nothing where the server goes away, or is on its way down or up", async () => {
  await expect(cut(await serverThat((socket) => socket.destroy()))).resolves.toBeUndefined();
  const goingDown = await serverThat((socket) => socket.end(refusal("57P03", "the database system is shutting down")));
  await expect(cut(goingDown)).resolves.toBeUndefined();
});

it("fails where the server refuses for a reason of its own", async () => {
  const strict = await serverThat((socket) => socket.end(refusal("28P01", "password authentication failed")));
  await expect(cut(strict)).rejects.toThrow("password authentication failed");
});
