/**
 * TypeScript, loaded when the first file needs it: the parser and the binder of every analysis, with types or without.
 *
 * Invariant: nothing else in this package loads it at run time, so a tree without durable code never pays for it. `ts`
 * may be used only after `loadTypeScript()` has said true, and never while a module is loading.
 */
import { createRequire } from "node:module";
import type TS from "typescript";

/** The compiler's interface; a live binding, set by `loadTypeScript`. */
export let ts: typeof TS;

let state: "unknown" | "loaded" | "missing" = "unknown";

function isCompiler(value: unknown): value is typeof TS {
  return typeof value === "object" && value !== null && "createProgram" in value && "SyntaxKind" in value;
}

/** Loads TypeScript once. Says false when it is not installed, or is a version without an interface for programs. */
export function loadTypeScript(): boolean {
  if (state !== "unknown") return state === "loaded";
  try {
    const loaded: unknown = createRequire(import.meta.url)("typescript");
    if (isCompiler(loaded)) {
      // A copy holds the functions themselves; the package's own object asks a getter for each of them, each time.
      ts = { ...loaded };
      state = "loaded";
      return true;
    }
  } catch {
    // Not installed: the caller says so.
  }
  state = "missing";
  return false;
}
