/**
 * The ledger: a process of its own that writes effects into its own file, each key once, and says so.
 *
 * Invariant: the file only grows; an effect is answered after it is in the file. Started with the file's path; tells its
 * port to whoever started it. Nobody kills it.
 */
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { LedgerLine, LedgerRequest } from "./ledger.ts";

const [, , path = ""] = process.argv;
const file = openSync(path, "a");
const keys = new Set<string>();

const server = createServer((socket) => {
  // Workers are killed; what they had sent whole counts.
  socket.on("error", () => socket.destroy());
  const lines = createInterface({ input: socket });
  lines.on("error", () => undefined);
  lines.on("line", (text) => {
    const { id, effect } = JSON.parse(text) as LedgerRequest;
    const line: LedgerLine = { ...effect, isFirst: !keys.has(effect.key) };
    keys.add(effect.key);
    writeSync(file, `${JSON.stringify(line)}\n`);
    socket.write(`${id}\n`);
  });
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address !== null ? address.port : 0 });
});
process.on("disconnect", () => process.exit(0));
