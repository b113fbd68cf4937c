/** What `dacapo/no-random` takes to be another number or identifier on the next replay. */
import { noRandom } from "../../eslint-plugin/src/rules/no-random.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const draws = (api: string, line: number, column: number, context = "ctx"): Expected => ({
  message: `${api} returns a different value on replay. Use ${context}.newGuid(), or draw it in an activity.`,
  line,
  column,
});

const drawsInstead = (api: string, instead: string, line: number, column: number): Expected => ({
  message: `${api} returns a different value on replay. ${instead}`,
  line,
  column,
});

const seeded = (api: string, source: string, line: number, column: number, context = "ctx"): Expected => ({
  message: `${api} is seeded from ${source}, and draws other numbers on replay. Seed it from ${context}.instanceId or the input.`,
  line,
  column,
});

const suggests = (expected: Expected, replacement: string, output: string): Expected => ({
  ...expected,
  suggestions: [{ desc: `Replace with ${replacement}.`, output }],
});

/** Puts imports above an orchestrator, and so moves its body down. */
const below = (imports: string, code: string) => `${imports}\n${code}`;

testRule("no-random: numbers and identifiers", noRandom, {
  valid: [
    { name: "the context's identifiers and numbers", code: generator("return [ctx.newGuid(), ctx.random()];") },
    { name: "the context's identifiers in Durable Functions", code: functionsV4('return context.df.newGuid("a");') },
    { name: "a reference without a call", code: generator("return [Math.random, typeof crypto.randomUUID];") },
    { name: "the rest of Math", code: generator("return Math.floor(Math.max(input, Math.PI));") },
    { name: "a Math of its own", code: generator("const Math = input; return Math.random();") },
    { name: "a crypto that is a parameter", code: generator("return input.map((crypto) => crypto.randomUUID());") },
    {
      name: "hashes, and comparisons in constant time",
      code: below(
        'import { createHash, timingSafeEqual } from "node:crypto";',
        generator('return timingSafeEqual(input.a, createHash("sha256").update(input.b).digest());'),
      ),
    },
    {
      name: "identifiers that are made from names, and what only reads one",
      code: below(
        'import { parse, v3, v5, validate, version } from "uuid";',
        generator('return [v5("a", v5.URL), v3("a", v3.DNS), validate(input), version(input), parse(input)];'),
      ),
    },
    {
      name: "an identifier of a database that is given",
      code: below('import { ObjectId } from "mongodb";', generator("return new ObjectId(input.id);")),
    },
    {
      name: "functions of collections that draw nothing",
      code: below('import _ from "lodash";', generator("return _.sortBy(_.uniq(input), _.identity);")),
    },
    {
      name: "an activity that draws",
      code: generator(
        "return ctx.callActivity(draw);",
        'const draw = activity("draw", () => Math.random());',
        "activity, orchestrator",
      ),
    },
    {
      name: "a function that nobody calls",
      code: generator("return input;", "export const id = () => Math.random();"),
    },
    {
      name: "a function that is handed to who knows whom",
      code: generator("return input.use(() => Math.random());"),
    },
    { name: "code of a file without orchestrators", code: "export const id = () => Math.random();" },
  ],
  invalid: [
    {
      name: "Math.random(), for which Dacapo has its own",
      code: generator("return Math.random() < 0.5;"),
      output: null,
      errors: [suggests(draws("Math.random()", 3, 8), "ctx.random()", generator("return ctx.random() < 0.5;"))],
    },
    {
      name: "Math.random() elsewhere, for which nothing stands in",
      code: functionsV4("return Math.random();"),
      output: null,
      errors: [draws("Math.random()", 3, 8, "context.df")],
    },
    {
      name: "the platform's identifiers",
      code: asyncStyle("return crypto.randomUUID();"),
      output: null,
      errors: [suggests(draws("crypto.randomUUID()", 3, 8), "ctx.newGuid()", asyncStyle("return ctx.newGuid();"))],
    },
    {
      name: "an identifier under the name of its import",
      code: below('import { v4 as uuidv4 } from "uuid";', generator("const id = uuidv4();\nreturn id;")),
      output: null,
      errors: [
        suggests(
          draws("uuid.v4()", 4, 12),
          "ctx.newGuid()",
          below('import { v4 as uuidv4 } from "uuid";', generator("const id = ctx.newGuid();\nreturn id;")),
        ),
      ],
    },
    {
      name: "an identifier in Durable Functions, which makes one from a text",
      code: functionsV3('const { v4 } = require("uuid");\nreturn v4();'),
      output: null,
      errors: [
        suggests(
          draws("uuid.v4()", 4, 8, "context.df"),
          "context.df.newGuid(context.df.instanceId)",
          functionsV3('const { v4 } = require("uuid");\nreturn context.df.newGuid(context.df.instanceId);'),
        ),
      ],
    },
    {
      name: "an identifier in durabletask-js",
      code: below('import { randomUUID } from "crypto";', durableTask("return randomUUID();")),
      output: null,
      errors: [
        suggests(
          draws("crypto.randomUUID()", 4, 8),
          "ctx.newGuid()",
          below('import { randomUUID } from "crypto";', durableTask("return ctx.newGuid();")),
        ),
      ],
    },
    {
      name: "an orchestrator without parameters, which gets one",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", function* () {\n  return crypto.randomUUID();\n});',
      output: null,
      errors: [
        {
          ...draws("crypto.randomUUID()", 3, 10),
          suggestions: [
            {
              desc: "Add the parameter ctx and replace with ctx.newGuid().",
              output:
                'import { orchestrator } from "dacapo";\norchestrator("o", function* (ctx) {\n  return ctx.newGuid();\n});',
            },
          ],
        },
      ],
    },
    {
      name: "random bytes, from Node and from the web",
      code: below(
        'import { randomBytes, randomInt } from "node:crypto";',
        generator('return [randomBytes(8).toString("hex"), randomInt(6), crypto.getRandomValues(new Uint8Array(4))];'),
      ),
      output: null,
      errors: [
        draws("crypto.randomBytes()", 4, 9),
        draws("crypto.randomInt()", 4, 41),
        draws("crypto.getRandomValues()", 4, 55),
      ],
    },
    {
      name: "packages that make identifiers",
      code: below(
        'import { nanoid } from "nanoid";\nimport { ulid } from "ulid";\nimport { createId } from "@paralleldrive/cuid2";',
        generator("return [nanoid(), ulid(), createId()];"),
      ),
      output: null,
      errors: [draws("nanoid.nanoid()", 6, 9), draws("ulid.ulid()", 6, 19), draws("cuid2.createId()", 6, 27)],
    },
    {
      name: "an identifier of a database that is made on the spot",
      code: below('import { ObjectId } from "mongodb";', generator("return new ObjectId().toString();")),
      output: null,
      errors: [draws("new mongodb.ObjectId()", 4, 8)],
    },
    {
      name: "functions of collections that draw",
      code: below(
        'import _, { shuffle } from "lodash";',
        generator("return [_.sample(input), shuffle(input), _.uniqueId()];"),
      ),
      output: null,
      errors: [draws("lodash.sample()", 4, 9), draws("lodash.shuffle()", 4, 26), draws("lodash.uniqueId()", 4, 42)],
    },
    {
      name: "keys and hashes with a salt, with advice of their own",
      code: below(
        'import bcrypt from "bcrypt";\nimport { generateKeyPairSync } from "crypto";',
        generator('return [bcrypt.hashSync(input, 10), generateKeyPairSync("ed25519")];'),
      ),
      output: null,
      errors: [
        drawsInstead("bcrypt.hashSync()", "Hash passwords in an activity.", 5, 9),
        drawsInstead("crypto.generateKeyPairSync()", "Make keys in an activity.", 5, 37),
      ],
    },
    {
      name: "a callback that draws, at its place",
      code: functionsV4("return context.df.getInput().map((item) => ({ item, at: Math.random() }));"),
      output: null,
      errors: [draws("Math.random()", 3, 57, "context.df")],
    },
    {
      name: "the source itself as a callback",
      code: generator("return input.map(Math.random);"),
      output: null,
      errors: [
        suggests(
          draws("Math.random()", 3, 18),
          "() => ctx.random()",
          generator("return input.map(() => ctx.random());"),
        ),
      ],
    },
    {
      name: "a helper that draws twice, at its call",
      code: generator("return pair();", "function pair() { return [Math.random(), Math.random()]; }"),
      output: null,
      errors: [
        {
          message:
            "Calls pair() -> Math.random() (input.ts:5) (+1 more). Math.random() returns a different value on replay. Use ctx.newGuid(), or draw it in an activity.",
          line: 3,
          column: 8,
        },
      ],
    },
    {
      name: "a constant of the module that holds one, at its use",
      code: generator("return SALT;", "const SALT = Math.random();"),
      output: null,
      errors: [
        {
          message:
            "Calls SALT -> Math.random() (input.ts:5). Math.random() returns a different value on replay. Use ctx.newGuid(), or draw it in an activity.",
          line: 3,
          column: 8,
        },
      ],
    },
  ],
});

const SEEDRANDOM = 'import seedrandom from "seedrandom";';

testRule("no-random: generators with a seed", noRandom, {
  valid: [
    ["a constant", 'return seedrandom("42")();'],
    ["a constant with a name", 'const seed = "a" + 1;\nconst draw = seedrandom(seed);\nreturn draw() + draw.int32();'],
    ["the input", "return seedrandom(String(input))();"],
    ["the context", "return seedrandom(ctx.instanceId + ctx.currentUtcDateTime.getTime())();"],
    ["what a helper is given", "return drawFor(input);", "const drawFor = (seed) => seedrandom(seed)();"],
    [
      "what a helper makes of the input",
      "return seedrandom(seedOf(input))();",
      "const seedOf = (text) => text.trim();",
    ],
    ["a name bound in a circle", "const a = b, b = a;\nreturn seedrandom(a)();"],
    ["a function that calls itself", "return seedrandom(f(1))();", "function f(n) { return n > 9 ? n : f(n + 1); }"],
    ["a clock in a function that is not called", "return seedrandom(String(() => Date.now()))();"],
  ].map(([name = "", body = "", after]) => ({ name, code: below(SEEDRANDOM, generator(body, after)) })),
  invalid: [
    {
      name: "none",
      code: below(SEEDRANDOM, generator("return seedrandom()();")),
      output: null,
      errors: [draws("seedrandom()", 4, 8)],
    },
    {
      name: "the clock",
      code: below(SEEDRANDOM, generator("return seedrandom(String(Date.now()))();")),
      output: null,
      errors: [seeded("seedrandom()", "Date.now()", 4, 8)],
    },
    {
      name: "the clock through a constant",
      code: below(SEEDRANDOM, functionsV4("const seed = `${new Date().getTime()}`;\nreturn seedrandom(seed)();")),
      output: null,
      errors: [seeded("seedrandom()", "new Date()", 5, 8, "context.df")],
    },
    {
      name: "the clock through a function of the program",
      code: below(
        SEEDRANDOM,
        generator("return seedrandom(seed())();", "function seed() { const at = Date.now(); return String(at); }"),
      ),
      output: null,
      errors: [seeded("seedrandom()", "Date.now()", 4, 8)],
    },
    {
      name: "the process's number, for a generator that is made",
      code: below('import Chance from "chance";', generator("return new Chance(process.pid).integer();")),
      output: null,
      errors: [seeded("new chance()", "process.pid", 4, 8)],
    },
    {
      name: "the environment, for a generator among others",
      code: below(
        'import { MersenneTwister19937, Random } from "random-js";',
        durableTask("return new Random(MersenneTwister19937.seed(+process.env.SEED)).die(6);"),
      ),
      output: null,
      errors: [seeded("random-js.MersenneTwister19937.seed()", "process.env", 4, 19)],
    },
    {
      name: "a random number, which is reported as well",
      code: below(
        'import prand from "pure-rand";',
        generator("return prand.xoroshiro128plus(input ^ (Math.random() * 9));"),
      ),
      output: null,
      errors: [
        seeded("pure-rand.xoroshiro128plus()", "Math.random()", 4, 8),
        suggests(
          draws("Math.random()", 4, 40),
          "ctx.random()",
          below(
            'import prand from "pure-rand";',
            generator("return prand.xoroshiro128plus(input ^ (ctx.random() * 9));"),
          ),
        ),
      ],
    },
    {
      name: "the clock in a helper, at its call",
      code: below(SEEDRANDOM, generator("return roll();", "const roll = () => seedrandom(Date.now().toString())();")),
      output: null,
      errors: [
        {
          message: `Calls roll() -> seedrandom() (input.ts:6). seedrandom() is seeded from Date.now(), and draws other numbers on replay. Seed it from ctx.instanceId or the input.`,
          line: 4,
          column: 8,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-random", noRandom, {
  valid: [
    { name: "a type with the name", code: generator("const id: ReturnType<typeof Math.random> = 1;\nreturn id;") },
  ],
  invalid: [
    {
      name: "through assertions",
      code: generator("return (Math as Math).random()!;"),
      output: null,
      errors: [suggests(draws("Math.random()", 3, 8), "ctx.random()", generator("return ctx.random()!;"))],
    },
  ],
});

testRuleWithTypes("no-random", noRandom, {
  valid: [
    {
      name: "a helper of another file that makes an identifier from a name",
      files: {
        "main.ts": `import { orchestrator } from "dacapo";\nimport { idOf } from "./id.ts";\norchestrator("o", (ctx, input: string) => idOf(input));`,
        "id.ts": `import { createHash } from "node:crypto";\nexport const idOf = (name: string) => createHash("md5").update(name).digest("hex");`,
      },
    },
  ],
  invalid: [
    {
      name: "a helper two files away",
      files: {
        "main.ts": `import { orchestrator } from "dacapo";\nimport { orderId } from "./order.ts";\norchestrator("o", () => orderId());`,
        "order.ts": `import { id } from "./id.ts";\nexport const orderId = () => "order-" + id();`,
        "id.ts": `import { randomUUID } from "node:crypto";\nexport const id = () => randomUUID();`,
      },
      errors: [
        {
          message:
            "Calls orderId() -> id() -> crypto.randomUUID() (virtual/id.ts:2). crypto.randomUUID() returns a different value on replay. Use ctx.newGuid(), or draw it in an activity.",
          line: 3,
          column: 25,
        },
      ],
    },
  ],
});
