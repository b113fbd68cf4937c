/**
 * A hub in a file, as JSON Lines. Documented in docs/reference/moving.md.
 *
 * Invariant: the first line says what the file is and in which version, the last one how many lines there are in between; a file
 * that was broken off, or is of another version, is refused before anything of it is used.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { InvalidArgumentError } from "../core/errors.ts";
import type { HubPart } from "../ports/hub-snapshot.ts";

const FORMAT = "dacapo-hub";
const VERSION = 1;

/** What a file holds, or a hub. */
export interface HubCounts {
  readonly instances: number;
  readonly requests: number;
}

const NOTHING: HubCounts = { instances: 0, requests: 0 };

function plus(counts: HubCounts, { kind }: HubPart): HubCounts {
  const { instances, requests } = counts;
  if (kind === "instance") return { instances: instances + 1, requests };
  return kind === "request" ? { instances, requests: requests + 1 } : counts;
}

/** Writes a new file. @throws InvalidArgumentError when it is there already. */
export async function writeHubFile(path: string, parts: AsyncIterable<HubPart>): Promise<HubCounts> {
  const file = await open(path, "wx").catch((error: unknown) => {
    throw new InvalidArgumentError(`The file ${path} cannot be written: ${reasonOf(error)}.`, {
      hint: "Name a file that is not there yet, in a folder that is.",
    });
  });
  try {
    let counts = NOTHING;
    const write = (line: unknown): Promise<unknown> => file.write(`${JSON.stringify(line)}\n`);
    await write({ format: FORMAT, version: VERSION });
    for await (const part of parts) {
      counts = plus(counts, part);
      await write(part);
    }
    await write({ kind: "end", ...counts });
    await file.sync();
    return counts;
  } finally {
    await file.close();
  }
}

/** Reads a file to its end. @throws InvalidArgumentError when it holds no whole hub that this version understands. */
export async function checkHubFile(path: string): Promise<HubCounts> {
  let counts = NOTHING;
  let number = 0;
  let end: unknown;
  for await (const line of linesOf(path)) {
    number++;
    if (end !== undefined) throw broken(path, number, "goes on after its end");
    const value = parsed(path, number, line);
    if (number === 1) checkHead(path, value);
    else if (value["kind"] === "end") end = value;
    else counts = plus(counts, checkedPart(path, number, value));
  }
  const expected = JSON.stringify({ kind: "end", ...counts });
  if (end === undefined) throw broken(path, number, "is the last one, and does not say that the hub ends there");
  if (JSON.stringify(end) !== expected) throw broken(path, number, `should be ${expected}`);
  return counts;
}

/** The parts in a file that was checked. */
export async function* readHubFile(path: string): AsyncGenerator<HubPart, void, undefined> {
  let number = 0;
  for await (const line of linesOf(path)) {
    const value = parsed(path, ++number, line);
    if (number > 1 && value["kind"] !== "end") yield checkedPart(path, number, value);
  }
}

async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  try {
    yield* createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity });
  } catch (error) {
    throw new InvalidArgumentError(`The file ${path} cannot be read: ${reasonOf(error)}.`, {
      hint: "Name a file that dacapo export wrote.",
    });
  }
}

function parsed(path: string, number: number, line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw broken(path, number, "is no JSON object");
}

function checkHead(path: string, { format, version }: Readonly<Record<string, unknown>>): void {
  if (format !== FORMAT) throw broken(path, 1, `does not say that it is a "${FORMAT}"`);
  if (version === VERSION) return;
  throw new InvalidArgumentError(`The file ${path} is of version ${String(version)}, and this is version ${VERSION}.`, {
    hint: "Import it with the version of Dacapo that exported it, or a newer one.",
  });
}

function checkedPart(path: string, number: number, value: Readonly<Record<string, unknown>>): HubPart {
  const { kind, now, instance, key, answer } = value;
  const isPart =
    (kind === "hub" && typeof now === "number") ||
    (kind === "instance" && typeof instance === "object" && instance !== null) ||
    (kind === "request" && typeof key === "string" && typeof answer === "boolean");
  if (!isPart) throw broken(path, number, "is no part of a hub");
  return value as unknown as HubPart;
}

function broken(path: string, number: number, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`The file ${path} holds no whole hub: line ${number} ${what}.`, {
    hint: "Export the hub again.",
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
