/**
 * Cases in which an orchestrator calls what other files hold, and the clock is read there or is not.
 *
 * Invariant: the orchestrator's file comes first, and its body begins on line 4 in column 3. Used by the tests of how far
 * hazards are followed.
 */
import type { TypedCase, TypedInvalidCase } from "./typed-rule-tester.ts";

export interface Call {
  /** What the orchestrator's file imports. */
  readonly imports: string;
  /** The body of the orchestrator, which begins on line 4 in column 3. */
  readonly body: string;
  /** The other files. */
  readonly files: Readonly<Record<string, string>>;
  readonly options?: TypedCase["options"];
}

export interface Reached extends Call {
  readonly path: string;
  readonly where: string;
  readonly column: number;
  readonly more?: number;
}

export function program({ imports, body, files, options }: Call): Omit<TypedCase, "name"> {
  const orchestrator = `import { orchestrator } from "dacapo";\n${imports}\norchestrator("o", function* (ctx) {\n  ${body}\n});`;
  return { files: { "order.ts": orchestrator, ...files }, ...(options === undefined ? {} : { options }) };
}

/** A case in which nothing is reported. */
export const silent = (name: string, call: Call): TypedCase => ({ name, ...program(call) });

/** The message for a path. */
export function told(path: string, where: string, others = ""): string {
  const api = String(path.split(" -> ").at(-1));
  return `Calls ${path} (virtual/${where})${others}. ${api} returns a different value on replay. Use ctx.currentUtcDateTime.`;
}

/** A case in which the clock is reached through the given path, and is reported in line 4. */
export function reached(name: string, { path, where, column, more, ...call }: Reached): TypedInvalidCase {
  const message = told(path, where, more === undefined ? "" : ` (+${String(more)} more)`);
  return { name, ...program(call), errors: [{ message, line: 4, column }] };
}
