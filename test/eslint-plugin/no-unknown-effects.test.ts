/** What `dacapo/no-unknown-effects` reports: calls of which nobody has said what they do. */
import { noUnknownEffects } from "../../eslint-plugin/src/rules/no-unknown-effects.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const fine = (name: string, code: string): ValidCase => ({ name, code });

const ofPackage = (api: string, module = "acme") =>
  `${api} may do anything: nothing is known of '${module}'. Say what it is in settings.dacapo.decls, or call it in an activity.`;
const declared = (name: string) =>
  `${name}() may do anything: it is declared without a body. Mark it @deterministic or @nondeterministic, or call it in an activity.`;

/** Code of a frame after an import, which moves no line. */
const after = (line: string, code: string) => `${line} ${code}`;

/** A case with one report, at the last place of the marked text. */
function reported(name: string, code: string, text: string, message: string): InvalidCase {
  const before = code.slice(0, code.lastIndexOf(text)).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return { name, code, output: null, errors: [{ message, line: before.length, column }] };
}

const ACME = 'import { run } from "acme";';

testRule("no-unknown-effects", noUnknownEffects, {
  valid: [
    fine("the language", generator("return JSON.parse(input).list.map(String).concat(new Map([[1, 2]]).get(1));")),
    fine("the context", functionsV4('context.df.setCustomStatus("a");\nreturn yield context.df.callActivity("a");')),
    fine(
      "the engine's own functions",
      generator("return yield* whenAll([ctx.callActivity('a')]);", "", "orchestrator, whenAll"),
    ),
    fine(
      "the classes of Durable Functions",
      functionsV3('return new df.EntityId("a", "1").toString() + new df.RetryOptions(1, 2);'),
    ),
    fine("a function of the file", durableTask("return twice(2);", "const twice = (n) => 2 * n;")),
    fine(
      "a function of another file, out of sight",
      after('import { run } from "./run.js";', generator("return run(input);")),
    ),
    fine(
      "what is known to be deterministic",
      after(
        'import { z } from "zod"; import _ from "lodash";',
        generator("return z.object({ a: z.string() }).parse(_.merge({}, input)).a;"),
      ),
    ),
    fine(
      "a date library on a given date",
      after(
        'const moment = require("moment");',
        functionsV3('return moment(context.df.currentUtcDateTime).add(1, "d").toDate();'),
      ),
    ),
    fine(
      "what is known to be a hazard, which has its own rule",
      after('import axios from "axios";', asyncStyle("return (await axios.get(input)).data.items.map((i) => i.id);")),
    ),
    fine(
      "a hazard with few arguments, called with more",
      after('import seedrandom from "seedrandom";', generator("return seedrandom(input)();")),
    ),
    fine(
      "Node's own",
      after(
        'import path from "node:path"; import { createHash } from "node:crypto";',
        generator('return createHash("md5").update(path.join("a", input)).digest("hex");'),
      ),
    ),
    fine("a reference without a call", after(ACME, generator("return yield* ctx.callActivity(run, 1);"))),
    fine("a value of a package", after('import { LIMIT } from "acme";', generator("return LIMIT.max;"))),
    fine(
      "a class of a package that an error is compared with",
      after(
        'import { Oops } from "acme";',
        generator("try { yield* ctx.callActivity('a'); } catch (e) { if (e instanceof Oops) return 1; throw e; }"),
      ),
    ),
    fine(
      "a call in an activity",
      'import { activity } from "dacapo"; import { run } from "acme"; export const a = activity("a", () => run(1));',
    ),
    fine(
      "a call in a function that no orchestrator calls",
      after(ACME, generator("return 1;", "export const other = () => run(1);")),
    ),
    fine("a parameter", functionsV4("return [1].map((n) => input(n));", "const input = (n) => n;")),
    fine("a global that nobody has declared", generator("return legacy(input);")),
    {
      ...fine("what the settings declare", after(ACME, generator("return run(input);"))),
      settings: { dacapo: { decls: { "acme.run": "deterministic" } } },
    },
    {
      ...fine(
        "a package that the settings declare",
        after('import acme from "acme";', generator("return acme.a.b(input);")),
      ),
      settings: { dacapo: { decls: { acme: "deterministic" } } },
    },
  ],
  invalid: [
    reported(
      "a function of a package",
      after(ACME, generator("return run(input);")),
      "run(input)",
      ofPackage("acme.run()"),
    ),
    reported(
      "a package that is a function",
      after('const acme = require("acme");', functionsV3("return acme(1);")),
      "acme(1)",
      ofPackage("acme()"),
    ),
    reported(
      "a member of a package",
      after('import * as acme from "acme";', functionsV4("return acme.tools.run(1);")),
      "acme.tools.run(1)",
      ofPackage("acme.tools.run()"),
    ),
    reported(
      "a scoped package",
      after('import run from "@acme/run";', durableTask("return run(input);")),
      "run(input)",
      ofPackage("run()", "@acme/run"),
    ),
    reported(
      "a class",
      after('import { Client } from "acme";', generator("return new Client(input);")),
      "new Client(input)",
      ofPackage("new acme.Client()"),
    ),
    reported(
      "a chain of calls",
      after(ACME, asyncStyle("return await run(input).then(String).finally(done);", "const done = () => {};")),
      "run(input)",
      ofPackage("acme.run()"),
    ),
    reported(
      "a chain from a class",
      after('import { Client } from "acme";', asyncStyle("return (await new Client().open()).get(1);")),
      "new Client()",
      ofPackage("new acme.Client()"),
    ),
    reported(
      "an object that the module made",
      after('import { make } from "acme"; const tool = make();', generator("return tool.run(input);")),
      "tool.run(input)",
      ofPackage("acme.make().run()"),
    ),
    reported("a callback", after(ACME, generator("return input.map(run);")), "run)", ofPackage("acme.run()")),
    {
      name: "a helper that calls it",
      code: after(ACME, generator("return help(input);", "const help = (n) => run(n);")),
      output: null,
      errors: [{ message: `Calls help() -> acme.run() (input.ts:5). ${ofPackage("acme.run()")}`, line: 3, column: 8 }],
    },
    {
      name: "two calls",
      code: after(ACME, generator("run(1);\nreturn run(2);")),
      output: null,
      errors: [
        { message: ofPackage("acme.run()"), line: 3, column: 1 },
        { message: ofPackage("acme.run()"), line: 4, column: 8 },
      ],
    },
  ],
});

testRuleOnTypeScript("no-unknown-effects", noUnknownEffects, {
  valid: [
    fine("a type of a package", after('import type { Order } from "acme";', generator("return (input as Order).id;"))),
    fine(
      "the invocation's context",
      'import type { InvocationContext } from "@azure/functions"; import * as df from "durable-functions";\nconst say = (c: InvocationContext) => c.trace("a");\ndf.app.orchestration("o", function* (context) { if (!context.df.isReplaying) say(context); });',
    ),
    fine(
      "an interface of the program",
      generator("return ask(input);", "interface Clock { now(): number }\nconst ask = (c: Clock) => c.now();"),
    ),
    fine(
      "overloads of a function with a body",
      generator(
        "return f(1);",
        "function f(a: number): number;\nfunction f(a: string): string;\nfunction f(a: unknown) { return a as never; }",
      ),
    ),
    fine(
      "a declared function that is told to be deterministic",
      generator("return f(1);", "/** @deterministic */\ndeclare function f(a: number): number;"),
    ),
    fine(
      "a declared function that has its own rule",
      generator("return f(1);", "/** @nondeterministic */\ndeclare function f(a: number): number;"),
    ),
  ],
  invalid: [
    reported(
      "a declared function",
      generator("return f(1);", "declare function f(a: number): number;"),
      "f(1)",
      declared("f"),
    ),
    reported(
      "a method of a declared class",
      generator("return Tool.run(1);", "declare class Tool { static run(a: number): number }"),
      "Tool.run(1)",
      declared("Tool.run"),
    ),
    reported(
      "a member of a declared namespace",
      generator("return Tool.run(1);", "declare namespace Tool { function run(a: number): number }"),
      "Tool.run(1)",
      declared("Tool.run"),
    ),
    reported(
      "an object of a package's type",
      after(
        'import type { Client } from "acme";',
        generator("return ask(input);", "").replace(
          "return ask(input);",
          "return [input].map((c: Client) => c.run());",
        ),
      ),
      "c.run()",
      ofPackage("acme.Client.run()"),
    ),
  ],
});

const flow = (body: string, imports: string) =>
  `import { orchestrator } from "dacapo";\n${imports}\nexport const o = orchestrator("o", async (ctx, n: number) => ${body});`;

testRuleWithTypes("no-unknown-effects", noUnknownEffects, {
  valid: [
    {
      name: "a function of another file",
      files: {
        "flow.ts": flow("twice(n)", 'import { twice } from "./twice.ts";'),
        "twice.ts": "export const twice = (n: number) => 2 * n;",
      },
    },
    {
      name: "a package that says it is deterministic",
      files: {
        "flow.ts": flow("run(n)", ACME),
        "node_modules/acme/package.json": '{ "name": "acme", "types": "index.d.ts" }',
        "node_modules/acme/index.d.ts": "/** @deterministic */\nexport declare function run(n: number): number;",
      },
    },
    {
      name: "a file that another one declares, told to be deterministic",
      files: {
        "flow.ts": flow("twice(n)", 'import { twice } from "./twice.js";'),
        "twice.d.ts": "/** @deterministic */\nexport declare function twice(n: number): number;",
      },
    },
    {
      name: "methods of the library's types",
      files: { "flow.ts": flow("new Intl.NumberFormat('en').format(n).normalize() + [n].toSorted()", "") },
      options: { lib: ["lib.es2023.d.ts", "lib.dom.d.ts"] },
    },
  ],
  invalid: [
    {
      name: "a package",
      files: {
        "flow.ts": flow("run(n)", ACME),
        "node_modules/acme/package.json": '{ "name": "acme", "types": "index.d.ts" }',
        "node_modules/acme/index.d.ts": "export declare function run(n: number): number;",
      },
      errors: [{ message: ofPackage("acme.run()"), line: 3, column: 62 }],
    },
    {
      name: "a file of which only the types are there",
      files: {
        "flow.ts": flow("twice(n)", 'import { twice } from "./twice.js";'),
        "twice.d.ts": "export declare function twice(n: number): number;",
      },
      errors: [{ message: declared("twice"), line: 3, column: 62 }],
    },
    {
      name: "the same through the whole file",
      files: {
        "flow.ts": flow("all.twice(n)", 'import * as all from "./twice.js";'),
        "twice.d.ts": "export declare function twice(n: number): number;",
      },
      errors: [{ message: declared("all.twice"), line: 3, column: 62 }],
    },
    {
      name: "a global that the program declares",
      files: { "flow.ts": flow("legacy(n)", ""), "globals.d.ts": "declare function legacy(n: number): number;" },
      errors: [{ message: declared("legacy"), line: 3, column: 62 }],
    },
  ],
});
