/**
 * Finds the user's line in a stack: the first one that belongs neither to Dacapo, nor to Node, nor to a package.
 *
 * Invariant: never throws, whatever a tool made of the way in which errors print their stacks. Used by the
 * determinism guard alone, once it has something to report.
 */
import { fileURLToPath } from "node:url";
import { unguarded } from "./guarded-region.ts";

/** Who called. */
export interface Caller {
  /** `file:line:column`; says so where the stack does not show it. */
  readonly location: string;
  /** True when a method of the console lies in between. */
  readonly isPrinting: boolean;
}

/** Deep enough for what lies between a user's line and what it sets off in packages. */
const STACK_FRAMES = 200;

/** Looks at the stack below the call of `called`. */
export function traceCaller(called: (...args: never[]) => unknown): Caller {
  const frames = unguarded(() => filesIn(stackBelow(called)));
  const frame = frames.find(({ file }) => !isForeign(file)) ?? frames.find(({ file }) => !isOfNode(file));
  return {
    location: frame === undefined ? "a line that the stack does not show" : `${frame.file}:${frame.position}`,
    isPrinting: frames.some(({ file }) => file.startsWith("node:internal/console/")),
  };
}

function stackBelow(called: (...args: never[]) => unknown): string {
  const holder = new Error();
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = STACK_FRAMES;
    Error.captureStackTrace(holder, called);
    // Read before the limit is put back, and as it prints, so that source maps have been applied.
    return String(holder.stack);
  } catch {
    return "";
  } finally {
    Error.stackTraceLimit = limit;
  }
}

interface Frame {
  readonly file: string;
  /** `line:column`. */
  readonly position: string;
}

/** The frames that name a file: `at f (file:1:2)`, `at async file:///a.ts:1:2`. */
function filesIn(stack: string): readonly Frame[] {
  return stack.split("\n").flatMap((line) => {
    const [, text] = /^\s+at (.*)$/.exec(line) ?? [];
    const place = text?.endsWith(")") === true ? text.slice(text.indexOf(" (") + 2, -1) : text?.replace(/^async /, "");
    const [, file, position] = /^(.+?)(?:\?[^:]*)?:(\d+:\d+)$/.exec(place ?? "") ?? [];
    return file === undefined || position === undefined ? [] : [{ file: toPath(file), position }];
  });
}

function toPath(file: string): string {
  if (!file.startsWith("file:")) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

/** The folder of the engine's own files; `undefined` where a bundler has mixed them with the app's. */
const OWN_FOLDER = /^(.*[\\/])runtime[\\/]user-location[.][jt]s$/.exec(toPath(import.meta.url))?.[1];

function isForeign(file: string): boolean {
  const isOwn = OWN_FOLDER !== undefined && file.startsWith(OWN_FOLDER);
  return isOwn || isOfNode(file) || /[\\/]node_modules[\\/]/.test(file);
}

function isOfNode(file: string): boolean {
  return file.startsWith("node:") || file.startsWith("internal/");
}
