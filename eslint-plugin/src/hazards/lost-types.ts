/**
 * Finds values that JSON drops, empties or refuses, by their types.
 *
 * Invariant: every value of the type is lost: of a union all members must be, and what may be missing does not count.
 * Types of packages are left alone, since their classes may say how they become JSON. Needs types.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import { isNothing } from "../semantic/json-types.ts";
import { isOwnFile } from "../semantic/names.ts";
import { flavourOf } from "../semantic/packages.ts";
import { packageOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";
import { EMPTIED, GENERATOR, lostClass, MAX_DEPTH, type Lost } from "./lost-values.ts";

/** The same as in the language's own, under names that only types have. */
const LIBRARY: ReadonlyMap<string, Lost> = new Map<string, Lost>([
  ...[...EMPTIED].map(([name, what]): [string, Lost] => [name, { what, becomes: "emptied" }]),
  ["ReadonlyMap", { what: "A Map", becomes: "emptied" }],
  ["ReadonlySet", { what: "A Set", becomes: "emptied" }],
  ["Promise", { what: "a promise", becomes: "unawaited" }],
  ["PromiseLike", { what: "a promise", becomes: "unawaited" }],
  ["Generator", GENERATOR],
  ["AsyncGenerator", GENERATOR],
]);

const TASKS: ReadonlySet<string> = new Set(["Task", "TimerTask", "CompletableTask", "CompositeTask"]);

/** Returns why values of a type do not survive, if all of them do not. */
export function lostType(type: TS.Type, code: Code, depth = MAX_DEPTH): Lost | undefined {
  const { Any, Unknown, Never, Instantiable, BigIntLike, ESSymbolLike, Object: Objects } = ts.TypeFlags;
  if (depth === 0 || (type.flags & (Any | Unknown | Never | Instantiable)) !== 0) return undefined;
  if (type.isUnion()) return lostUnion(type, code, depth);
  if ((type.flags & BigIntLike) !== 0) return { what: "A bigint", becomes: "refused" };
  if ((type.flags & ESSymbolLike) !== 0) return { what: "A symbol", becomes: "left out" };
  if ((type.flags & Objects) === 0 || type.getProperty("toJSON") !== undefined) return undefined;
  if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) {
    return { what: "A function", becomes: "left out" };
  }
  return lostObject(type, code, depth);
}

function lostUnion(type: TS.UnionType, code: Code, depth: number): Lost | undefined {
  const values = type.types.filter((each) => !isNothing(each));
  const lost = values.map((each) => lostType(each, code, depth));
  return lost.every((each) => each !== undefined) ? lost[0] : undefined;
}

function lostObject(type: TS.Type, code: Code, depth: number): Lost | undefined {
  const { checker } = code.names;
  if (checker.isArrayLikeType(type)) {
    const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    return element === undefined ? undefined : lostType(element, code, depth - 1);
  }
  const [declaration] = type.getSymbol()?.declarations ?? [];
  const file = declaration?.getSourceFile();
  if (declaration === undefined || file === undefined) return undefined;
  if (!isOwnFile(file)) return lostForeign(type, file);
  if (ts.isClassLike(declaration)) return lostClass(declaration, code);
  for (const property of type.getProperties()) {
    if ((property.flags & ts.SymbolFlags.Optional) !== 0) continue;
    const found = lostType(checker.getTypeOfSymbol(property), code, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function lostForeign(type: TS.Type, file: TS.SourceFile): Lost | undefined {
  const name = type.getSymbol()?.name ?? "";
  const module = packageOf(file);
  const isLibrary = module === "typescript" || module?.startsWith("@typescript/") === true;
  if (isLibrary) return LIBRARY.get(name);
  const isTask = TASKS.has(name) && flavourOf(module ?? "") !== undefined;
  return isTask ? { what: "a task", becomes: "unawaited" } : undefined;
}
