/** What `dacapo/no-await-non-durable` finds with types: promises that come from outside of the program. */
import { noAwaitNonDurable } from "../../eslint-plugin/src/rules/no-await-non-durable.ts";
import type { Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const promise = (api: string, context: string, line: number, column: number): Expected => ({
  message: `${api} is a promise, not a durable task of ${context}. Do its work in an activity.`,
  line,
  column,
});

/** A package without a name in the table of APIs. */
const LIBRARY = {
  "node_modules/prices/package.json": '{ "name": "prices", "version": "1.0.0", "types": "index.d.ts" }',
  "node_modules/prices/index.d.ts":
    "export declare function priceOf(id: string): Promise<number>;\nexport declare function taxOf(price: number): number;\n",
};

const flow = (body: string, outside = "", style = "async (ctx, input: string)") =>
  `import { orchestrator, type OrchestrationContext } from "dacapo";\nimport { priceOf, taxOf } from "prices";\n${outside}\norchestrator("o", ${style} {\n${body}\n});\nexport type C = OrchestrationContext;`;
const asyncFlow = (body: string, outside = "") => flow(body, outside, "async (ctx, input: string) =>");
const generatorFlow = (body: string, outside = "") => flow(body, outside, "function* (ctx, input: string): any");

const files = (code: string, others: Readonly<Record<string, string>> = {}) => ({
  "main.ts": code,
  ...others,
  ...LIBRARY,
});

testRuleWithTypes("no-await-non-durable", noAwaitNonDurable, {
  valid: [
    { name: "a task", files: files(asyncFlow('return await ctx.callActivity<string, number>("price", input);')) },
    { name: "a value of a package", files: files(asyncFlow("return await taxOf(1);")) },
    {
      name: "a task that another file makes",
      files: files(asyncFlow("return await price(ctx, input);", 'import { price } from "./price.ts";'), {
        "price.ts":
          'import type { OrchestrationContext } from "dacapo";\nexport const price = (ctx: OrchestrationContext, id: string) => ctx.callActivity<string, number>("price", id);',
      }),
    },
    {
      name: "an async helper of another file that works durably",
      files: files(asyncFlow("return await price(ctx, input);", 'import { price } from "./price.ts";'), {
        "price.ts":
          'import type { OrchestrationContext } from "dacapo";\nexport async function price(ctx: OrchestrationContext, id: string) { return await ctx.callActivity<string, number>("price", id); }',
      }),
    },
    {
      name: "a function that was passed in, which may work durably",
      files: files(
        asyncFlow(
          'return await retried(() => ctx.callActivity<string, number>("price", input));',
          "async function retried<T>(work: () => PromiseLike<T>): Promise<T> { try { return await work(); } catch { return await work(); } }",
        ),
      ),
    },
    {
      name: "a method that is given the context",
      files: files(
        asyncFlow(
          "return await steps.run(ctx);",
          "interface Steps { run(ctx: OrchestrationContext): Promise<number> }\ndeclare const steps: Steps;",
        ),
      ),
    },
    {
      name: "what goes on after an async helper that works durably",
      files: files(
        asyncFlow(
          "return await price(ctx, input).then((x) => x + 1);",
          'async function price(ctx: OrchestrationContext, id: string) { return await ctx.callActivity<string, number>("price", id); }',
        ),
      ),
    },
    {
      name: "a helper that is given a function which may work durably",
      files: files(
        asyncFlow(
          "const once = async (work: () => PromiseLike<number>) => await twice(work);\nreturn await once(() => ctx.callActivity<string, number>(input));",
          "async function twice(work: () => PromiseLike<number>) { await work(); return await work(); }",
        ),
      ),
    },
    {
      name: "a promise that is handed on and not waited for here",
      files: files(asyncFlow("return Promise.all([ctx.callActivity(input)]);")),
    },
  ],
  invalid: [
    {
      name: "a promise of a package, awaited",
      files: files(asyncFlow("return await priceOf(input);")),
      errors: [promise("priceOf()", "ctx", 5, 8)],
    },
    {
      name: "a promise of a package, yielded",
      files: files(generatorFlow("return yield priceOf(input);")),
      errors: [promise("priceOf()", "ctx", 5, 8)],
    },
    {
      name: "a promise in a constant, yielded",
      files: files(generatorFlow("const price = priceOf(input);\nreturn yield price;")),
      errors: [promise("price", "ctx", 6, 8)],
    },
    {
      name: "a method of an interface",
      files: files(
        asyncFlow(
          "return await store.find(input);",
          "interface Store { find(id: string): Promise<number> }\ndeclare const store: Store;",
        ),
      ),
      errors: [promise("store.find()", "ctx", 6, 8)],
    },
    {
      name: "a promise of the language's own library",
      files: files(asyncFlow("return await Array.fromAsync([input]);"), {
        "lib.d.ts": "interface ArrayConstructor { fromAsync<T>(values: T[]): Promise<T[]> }",
      }),
      errors: [promise("Array.fromAsync()", "ctx", 5, 8)],
    },
    {
      name: "a helper that is given the input",
      files: files(
        asyncFlow("return await trimmed(input);", "async function trimmed(text: string) { return text.trim(); }"),
      ),
      errors: [promise("trimmed()", "ctx", 5, 8)],
    },
    {
      name: "in a helper of another file, at its call",
      files: files(asyncFlow("return await price(input);", 'import { price } from "./price.ts";'), {
        "price.ts":
          'import { priceOf } from "prices";\nexport const price = (id: string) => find(id);\nasync function find(id: string) { const one = await priceOf(id); return one; }',
      }),
      errors: [
        {
          message:
            "Calls price() -> find() -> priceOf() (virtual/price.ts:3). priceOf() is a promise, not a durable task of ctx. Do its work in an activity.",
          line: 5,
          column: 14,
        },
      ],
    },
  ],
});
