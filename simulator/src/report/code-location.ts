/**
 * Places in the user's code, as stacks name them.
 *
 * Invariant: a place is never in Node, a package or this simulator; where a stack names no other, there is none.
 * Nothing of it decides how a run goes, and none of it is in a token.
 */
import { readFileSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { cwd } from "node:process";
import { fileURLToPath } from "node:url";

/** A place in a source file. */
export interface CodeLocation {
  /** Relative to the current directory when it lies below. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A place, with what stands there. */
export interface QuotedLocation extends CodeLocation {
  /** The line of code, trimmed; absent where the file cannot be read. */
  readonly text?: string;
}

/** Something that V8 leaves out of a stack, with all that it called. */
type Callee = (...args: never[]) => unknown;

/** Where the function `callee`, which is being called, was called from. */
export function callerOf(callee: Callee): CodeLocation | undefined {
  const at: { stack?: string } = {};
  Error.captureStackTrace(at, callee);
  return firstPlaceIn(at.stack);
}

/** The first place of a stack that is in the user's code. */
export function firstPlaceIn(stack: string | undefined): CodeLocation | undefined {
  for (const frame of stack?.split("\n") ?? []) {
    const place = placeOf(frame);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Adds the line of code. */
export function quote(location: CodeLocation): QuotedLocation {
  const text = lineOf(location);
  return text === undefined ? location : { ...location, text };
}

/** As editors and terminals make a link of it. */
export function placeText({ file, line, column }: CodeLocation): string {
  return `${file}:${line}:${column}`;
}

/** `at f (file:///a/b.ts:3:14)`, `at async /a/b.ts:3:14` */
const FRAME = /^\s*at (?:.*?\()?(?:async )?([^()]*?):(\d+):(\d+)\)?$/;

function placeOf(frame: string): CodeLocation | undefined {
  const [, where, line, column] = FRAME.exec(frame) ?? [];
  if (where === undefined) return undefined;
  const path = pathOf(where);
  if (path === undefined || isForeign(path)) return undefined;
  return { file: shown(path), line: Number(line), column: Number(column) };
}

function pathOf(where: string): string | undefined {
  try {
    const path = where.startsWith("file:") ? fileURLToPath(where) : where;
    return isAbsolute(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** This package, from `src/report` or `dist/report`; and the engine, where the two lie in one repository. */
const OWN = ["../..", "../../../src", "../../../dist"].map((path) => {
  const folder = fileURLToPath(new URL(path, import.meta.url));
  return folder.endsWith(sep) ? folder : folder + sep;
});

function isForeign(path: string): boolean {
  return path.includes(`${sep}node_modules${sep}`) || OWN.some((folder) => path.startsWith(folder));
}

function shown(path: string): string {
  const fromHere = relative(cwd(), path);
  return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
}

function lineOf({ file, line }: CodeLocation): string | undefined {
  try {
    return readFileSync(file, "utf8").split("\n")[line - 1]?.trim();
  } catch {
    return undefined;
  }
}
