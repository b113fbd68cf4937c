/** What `dacapo/no-injected-dependency` reports: uses of what is neither context nor input. */
import { noInjectedDependency } from "../../eslint-plugin/src/rules/no-injected-dependency.ts";
import { functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const fine = (name: string, code: string): ValidCase => ({ name, code });

const member = (name: string) =>
  `'${name}' was given to the class, and a replay may find another there. Pass data as the orchestration's input, and use services in activities.`;
const parameter = (name: string) =>
  `'${name}' calls what the orchestrator's maker was given, and a replay may find another there. Pass data as the orchestration's input, and use services in activities.`;

/** A case with one report, at the last place of the marked text. */
function reported(name: string, code: string, text: string, message: string): InvalidCase {
  const before = code.slice(0, code.lastIndexOf(text)).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return { name, code, output: null, errors: [{ message, line: before.length, column }] };
}

/** A class with an orchestrator in it, whose body stands on line 5. */
const flows = (body: string, members = "constructor(repo) { this.repo = repo; }", more = "") =>
  `import { orchestrator } from "dacapo";
export class Flows {
  ${members}
  flow = orchestrator("flow", async (ctx, input) => {
    ${body}
  });
  ${more}
}`;

/** A maker of orchestrators, whose body stands on line 4. */
const maker = (parameters: string, body: string, more = "") =>
  `const df = require("durable-functions");
exports.make = (${parameters}) => {
  ${more}
  return df.orchestrator(function* (context) { ${body} });
};`;

testRule("no-injected-dependency", noInjectedDependency, {
  valid: [
    fine("the context and the input", generator("return yield* ctx.callActivity(input.a, input.b);")),
    fine("a method of the class", flows("return this.twice(input);", undefined, "twice(n) { return 2 * n; }")),
    fine("a constant of the class", flows("return this.limit;", "limit = 10;")),
    fine(
      "a member that the constructor makes itself",
      flows("return this.list;", "constructor() { this.list = [1]; }"),
    ),
    fine(
      "a member of a class that the orchestrator makes",
      generator(
        "return new Price(input.rate).of(1);",
        "class Price {\n  constructor(rate) { this.rate = rate; }\n  of(n) { return n * this.rate; }\n}",
      ),
    ),
    fine(
      "a context that the class holds",
      flows('return await this.ctx.callActivity("a");', "constructor(ctx) { this.ctx = ctx; }"),
    ),
    fine("a member that is written", flows("this.repo = null;")),
    fine(
      "a member in a method that no orchestrator calls",
      flows("return 1;", undefined, "other() { return this.repo.all(); }"),
    ),
    fine("a constant that the maker got", maker("limit", "return limit;")),
    fine("a text that the maker got", maker("name", "return name.toUpperCase();")),
    fine("a name that the maker got", maker("name", "return yield context.df.callActivity(name);")),
    fine("a call outside of the orchestrator", maker("load", "return retry;", "const retry = load();")),
    fine(
      "an element of a list",
      "const df = require('durable-functions');\n['a', 'b'].forEach((n) => df.app.orchestration(n, function* () { return n.link('x'); }));",
    ),
    fine("a function of the file", functionsV4("return twice(2);", "const twice = (n) => 2 * n;")),
    fine("a parameter of a helper", functionsV4("return apply((n) => n + 1);", "const apply = (f) => f(1);")),
    fine("a maker without orchestrators", 'import "dacapo"; export const make = (deps) => () => deps.clock.now();'),
  ],
  invalid: [
    reported("a member that the constructor was given", flows("return this.repo;"), "this.repo", member("this.repo")),
    reported("a method of it", flows("return await this.repo.all();"), "this.repo", member("this.repo")),
    reported(
      "a part of what the constructor was given",
      flows("return this.clock.now();", "constructor(deps) { this.clock = deps.clock; }"),
      "this.clock",
      member("this.clock"),
    ),
    reported(
      "a default for it",
      flows("return this.repo;", "constructor(r) { this.repo = r ?? make(); }"),
      "this.repo",
      member("this.repo"),
    ),
    reported(
      "a private member",
      flows("return this.#repo;", "#repo;\n  constructor(repo) { this.#repo = repo; }"),
      "this.#repo",
      member("this.#repo"),
    ),
    {
      name: "each use",
      code: flows("return this.repo.a + this.repo.b;"),
      output: null,
      errors: [
        { message: member("this.repo"), line: 5, column: 12 },
        { message: member("this.repo"), line: 5, column: 26 },
      ],
    },
    {
      name: "a method of the class that uses it",
      code: flows("return this.load();", undefined, "load() { return this.repo.all(); }"),
      output: null,
      errors: [{ message: `Calls load() -> this.repo (input.ts:7). ${member("this.repo")}`, line: 5, column: 12 }],
    },
    reported("a function that the maker got", maker("load", "return load();"), "load()", parameter("load()")),
    reported(
      "a service that the maker got",
      maker("client", "return client.query(1);"),
      "client.query(1)",
      parameter("client.query()"),
    ),
    reported(
      "one of many",
      maker("deps", "return deps.clock.now();"),
      "deps.clock.now()",
      parameter("deps.clock.now()"),
    ),
    reported(
      "one taken out of many",
      maker("{ clock }", "return clock.now();"),
      "clock.now()",
      parameter("clock.now()"),
    ),
    reported(
      "a curried maker",
      'import { orchestrator } from "dacapo";\nexport const make = (load) => (name) => orchestrator(name, async () => load());',
      "load()",
      parameter("load()"),
    ),
    reported(
      "a function that registers",
      'exports.register = function (worker, load) {\n  worker.addNamedOrchestrator("o", async function* (ctx) { return load(); });\n};',
      "load()",
      parameter("load()"),
    ),
    {
      name: "a helper inside of the maker",
      code: maker("load", "return all();", "const all = () => [load()];"),
      output: null,
      errors: [{ message: `Calls all() -> load() (input.ts:3). ${parameter("load()")}`, line: 4, column: 55 }],
    },
  ],
});

testRuleOnTypeScript("no-injected-dependency", noInjectedDependency, {
  valid: [
    fine("a text by its type", maker("name: string", "return name.anchor('x');")),
    fine("a list by its type", maker("list: readonly string[]", "return list.toSpliced(0, 1);")),
    fine(
      "a method of a base class",
      "import type { OrchestrationContext } from 'durable-functions';\nclass A { twice(n: number) { return 2 * n; } }\nclass B extends A { *run(context: OrchestrationContext) { return this.twice(1); } }",
    ),
  ],
  invalid: [
    reported(
      "a parameter that is a member",
      flows("return this.repo.all();", "constructor(private readonly repo: Repo) {}"),
      "this.repo",
      member("this.repo"),
    ),
    reported(
      "a decorated member",
      flows("return this.repo.all();", "@Inject() repo!: Repo;"),
      "this.repo",
      member("this.repo"),
    ),
    reported(
      "a method that is an orchestrator",
      "import type { OrchestrationContext } from 'durable-functions';\nclass A {\n  constructor(private load: () => number) {}\n  *run(context: OrchestrationContext) { return this.load(); }\n}",
      "this.load",
      member("this.load"),
    ),
    reported(
      "a maker by its orchestrator's type",
      "import type { OrchestrationContext } from 'durable-functions';\nexport const make = (load: () => number) => function* (context: OrchestrationContext) { return load(); };",
      "load()",
      parameter("load()"),
    ),
  ],
});

testRuleWithTypes("no-injected-dependency", noInjectedDependency, {
  valid: [
    {
      name: "a method of a map",
      files: {
        "flow.ts": `import { orchestrator } from "dacapo";\nexport const make = (rates: Map<string, number>) => orchestrator("o", async () => rates.get("a"));`,
      },
    },
    {
      name: "a text by its alias",
      files: {
        "flow.ts": `import { orchestrator } from "dacapo";\ntype Name = "a" | "b";\nexport const make = (n: Name) => orchestrator("o", async () => n.at(0));`,
      },
    },
  ],
  invalid: [
    {
      name: "a service of an interface",
      files: {
        "flow.ts": `import { orchestrator } from "dacapo";\nimport type { Rates } from "./rates.ts";\nexport const make = (rates: Rates) => orchestrator("o", async () => rates.get("a"));`,
        "rates.ts": "export interface Rates { get(name: string): number }",
      },
      errors: [{ message: parameter("rates.get()"), line: 3, column: 69 }],
    },
  ],
});
