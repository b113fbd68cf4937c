/** What `dacapo/no-wall-clock` does in TypeScript: fixes wait for the context's type, and fixed code type-checks. */
import { Linter } from "eslint";
import { parser } from "typescript-eslint";
import ts from "typescript";
import { describe, expect, it } from "vitest";

import plugin from "../../eslint-plugin/src/index.ts";
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { testRuleOnTypeScript } from "./rule-tester.ts";

const reading = { message: "new Date() returns a different value on replay. Use ctx.currentUtcDateTime.", line: 3 };

/** Writes an orchestrator whose context has the given annotation; the reading on line 3 begins in column 11. */
const annotated = (imported: string, annotation: string, value = "new Date()") =>
  `import { orchestrator, ${imported} } from "dacapo";\norchestrator("o", (ctx: ${annotation}, at: number) =>\n  use(at, ${value}));`;

testRuleOnTypeScript("no-wall-clock: the type of the context", noWallClock, {
  valid: [],
  invalid: [
    ...["type OrchestrationContext", "OrchestrationContext"].map((imported) => ({
      name: `fixes a context that is typed by ${imported}`,
      code: annotated(imported, "OrchestrationContext"),
      output: annotated(imported, "OrchestrationContext", "ctx.currentUtcDateTime"),
      errors: [{ ...reading, column: 11 }],
    })),
    {
      name: "fixes a context whose type is imported under another name",
      code: annotated("type OrchestrationContext as Context", "Context"),
      output: annotated("type OrchestrationContext as Context", "Context", "ctx.currentUtcDateTime"),
      errors: [{ ...reading, column: 11 }],
    },
    {
      name: "fixes a context whose type shares its name with a value nearby",
      code: annotated("type OrchestrationContext", "OrchestrationContext").replace(
        "at: number",
        "OrchestrationContext, at",
      ),
      output: annotated("type OrchestrationContext", "OrchestrationContext", "ctx.currentUtcDateTime").replace(
        "at: number",
        "OrchestrationContext, at",
      ),
      errors: [{ ...reading, column: 11 }],
    },
    {
      name: "only suggests where the package's type is another one",
      code: annotated("type ActivityContext", "ActivityContext"),
      output: null,
      errors: [
        {
          ...reading,
          column: 11,
          suggestions: [
            {
              desc: "Replace with ctx.currentUtcDateTime.",
              output: annotated("type ActivityContext", "ActivityContext", "ctx.currentUtcDateTime"),
            },
          ],
        },
      ],
    },
    {
      name: "fixes a context of type any",
      code: annotated("activity", "any"),
      output: annotated("activity", "any", "ctx.currentUtcDateTime"),
      errors: [{ ...reading, column: 11 }],
    },
    ...['Pick<Context, "callActivity">', "unknown", "{ now: Date }", "my.OrchestrationContext"].map((annotation) => ({
      name: `only suggests where the context is a ${annotation}`,
      code: annotated("activity", annotation),
      output: null,
      errors: [
        {
          ...reading,
          column: 11,
          suggestions: [
            {
              desc: "Replace with ctx.currentUtcDateTime.",
              output: annotated("activity", annotation, "ctx.currentUtcDateTime"),
            },
          ],
        },
      ],
    })),
    {
      name: "only suggests where a type of the same name comes from another package",
      code: 'import { orchestrator } from "dacapo";\nimport type { OrchestrationContext } from "band";\norchestrator("o", (ctx: OrchestrationContext) => new Date());',
      output: null,
      errors: [
        {
          ...reading,
          column: 50,
          suggestions: [
            {
              desc: "Replace with ctx.currentUtcDateTime.",
              output:
                'import { orchestrator } from "dacapo";\nimport type { OrchestrationContext } from "band";\norchestrator("o", (ctx: OrchestrationContext) => ctx.currentUtcDateTime);',
            },
          ],
        },
      ],
    },
    {
      name: "suggests no parameter beside type parameters or in a declaration, where it would have no type",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", <T extends () => void>() =>\n  new Date());\nfunction f() { return new Date(); }\norchestrator("p", f);',
      output: null,
      errors: [
        { ...reading, column: 3 },
        { ...reading, line: 4, column: 23 },
      ],
    },
  ],
});

/** The part of the authoring API that the fixed code below uses. */
const AUTHORING = `
  export interface OrchestrationContext { readonly currentUtcDateTime: Date }
  export function orchestrator<T>(name: string, handler: (ctx: OrchestrationContext, input: T) => unknown): void;
`;

const BROKEN = `
  import { orchestrator, type OrchestrationContext } from "dacapo";
  function* late(ctx: OrchestrationContext, due: number): Generator<number, boolean> {
    const started: Date = new Date();
    yield Date.now() - due;
    return [1, 2].some((n) => Date.now() > due + n) && started instanceof Date && (new Date()).getTime() > 0;
  }
  orchestrator("late", late);
  orchestrator("inline", async (context, input: { at?: number }) => input.at ?? Date.now());
  orchestrator("nested", (outer) => ({ at: new Date, f: (ctx: number) => new Date(ctx) }));
`;

/** Type-checks a module against the authoring API above, in memory, and returns the messages. */
function typeErrors(code: string): readonly string[] {
  const files = new Map([
    ["/module.ts", code],
    ["/dacapo.d.ts", `declare module "dacapo" {${AUTHORING}}`],
  ]);
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, target: ts.ScriptTarget.ES2023, types: [] },
    // Most of the time would go into the standard library, which is not judged here.
    skipDefaultLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([...files.keys()], options, {
    ...host,
    fileExists: (name) => files.has(name) || host.fileExists(name),
    readFile: (name) => files.get(name) ?? host.readFile(name),
    getSourceFile: (name, version) => {
      const text = files.get(name);
      return text === undefined ? host.getSourceFile(name, version) : ts.createSourceFile(name, text, version);
    },
  });
  const found = ts.getPreEmitDiagnostics(program);
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("no-wall-clock: fixed code", () => {
  const config: Linter.Config = {
    files: ["**/*.ts"],
    languageOptions: { parser },
    plugins: { dacapo: plugin },
    rules: { "dacapo/no-wall-clock": "error" },
  };
  const fixed = new Linter().verifyAndFix(BROKEN, [config], { filename: "module.ts" });

  it("type-checks", () => {
    expect(typeErrors(BROKEN)).toEqual([]);
    expect(typeErrors(fixed.output)).toEqual([]);
    expect(typeErrors(fixed.output.replace(".getTime()", ".getNow()"))).toHaveLength(1);
  });

  it("reads no clock any more", () => {
    expect(fixed.messages).toEqual([]);
    expect(fixed.output).not.toMatch(/Date\.now|new Date(?!\(ctx\))/u);
  });
});
