/**
 * The compiler keeps `src/core` pure: its tsconfig knows no ambient global beyond ES2023. Each test compiles a
 * planted file as if it lay in `src/core`, with the configuration that `npm run types` uses.
 */
import { describe, expect, it } from "vitest";
import { textOf } from "../tooling/repository.ts";
import { compilePlanted } from "./planted-program.ts";

const impure = {
  "a timer": "setTimeout(() => 0, 1);",
  "an immediate": "setImmediate(() => 0);",
  "a microtask": "queueMicrotask(() => 0);",
  "the console": "console.log(1);",
  "the process": "process.exit();",
  "the environment through globalThis": "globalThis.process.env;",
  "the performance clock": "performance.now();",
  "web crypto": "crypto.randomUUID();",
  "an HTTP request": "await fetch('http://localhost');",
  "an abort signal": "AbortSignal.timeout(1);",
  "an abort controller": "new AbortController();",
  "a structured clone": "structuredClone({});",
  "a text encoder": "new TextEncoder();",
  "a URL": "new URL('http://localhost');",
  "a buffer": "Buffer.alloc(1);",
  "a DOM event": "new Event('x');",
  "a node: module": "import { readFileSync } from 'node:fs'; readFileSync('x');",
};

const pure = {
  "a date made from a number": "new Date(0).toISOString();",
  "collections of ES2023": "[3, 1].toSorted(); new Map<string, number>(); Object.hasOwn({}, 'a');",
  "promises and generators": "await Promise.resolve(1); (function* () { yield 1; })();",
  "explicit resource management": "{ using held = { [Symbol.dispose]() {} }; void held; }",
};

describe("in src/core", () => {
  const messages = compilePlanted("src/core/tsconfig.json", "src/core", { ...impure, ...pure });

  it.each(Object.keys(impure))("%s does not compile", (title) => {
    expect(messages.get(title)!.join("\n")).toMatch(/Cannot find|has no index signature|Did you mean|does not exist/);
  });

  it.each(Object.keys(pure))("%s compiles", (title) => {
    expect(messages.get(title)).toEqual([]);
  });

  it("the same compiler is run by `npm run types`", () => {
    const scripts = (JSON.parse(textOf("package.json")) as { scripts: Record<string, string> }).scripts;
    expect(scripts["types"]).toContain("tsc -p src/core");
  });
});
