/** What `dacapo/no-random` takes for random, and what it suggests instead. */
import { noRandom } from "../../eslint-plugin/src/rules/no-random.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const draws = (api: string, line: number, column: number, context = "ctx"): Expected => ({
  message: `${api} returns a different value on replay. Use ${context}.newGuid(), or draw it in an activity.`,
  line,
  column,
});

/** A report, and the replacement that is suggested for it. */
const replaced = (expected: Expected, replacement: string, output: string): Expected => ({
  ...expected,
  suggestions: [{ desc: `Replace with ${replacement}.`, output }],
});

const UUID = 'import { v4, v5, validate } from "uuid";\n';

testRule("no-random", noRandom, {
  valid: [
    { name: "the context's own", code: generator("return [ctx.newGuid(), ctx.random()];") },
    {
      name: "an identifier that is computed from what it names",
      code: UUID + generator("return [v5(input, v5.URL), validate(input)];"),
    },
    {
      name: "a hash",
      code: `import { createHash } from "node:crypto";\n${generator('return createHash("sha256").update(input).digest("hex");')}`,
    },
    { name: "a reference", code: UUID + generator("return [Math.random, v4];") },
    { name: "another object's random", code: generator("return input.random() + input.Math.random();") },
    { name: "a Math of its own", code: generator("const Math = input.math; return Math.random();") },
    {
      name: "a generator with a constant seed",
      code: `import seedrandom from "seedrandom";\n${generator('return seedrandom("42")();')}`,
    },
    {
      name: "a generator seeded by the context",
      code: `import seedrandom from "seedrandom";\n${generator("return seedrandom(ctx.newGuid())();")}`,
    },
    { name: "an activity", code: 'import { activity } from "dacapo";\nactivity("a", () => Math.random());' },
    { name: "a helper that nobody calls", code: generator("return 1;", "export const draw = () => Math.random();") },
    { name: "lodash without chance", code: `import _ from "lodash";\n${generator("return _.sortBy(_.uniq(input));")}` },
    {
      name: "an ObjectId of a known value",
      code: `import { ObjectId } from "mongodb";\n${generator("return new ObjectId(input);")}`,
    },
  ],
  invalid: [
    {
      name: "Math.random(), for which Dacapo has its own",
      code: generator("return Math.random() + 1;"),
      output: null,
      errors: [replaced(draws("Math.random()", 3, 8), "ctx.random()", generator("return ctx.random() + 1;"))],
    },
    {
      name: "Math.random() in Durable Functions, which has none",
      code: functionsV3("return Math.random();"),
      output: null,
      errors: [draws("Math.random()", 3, 8, "context.df")],
    },
    {
      name: "a random identifier",
      code: asyncStyle("return crypto.randomUUID();"),
      output: null,
      errors: [replaced(draws("crypto.randomUUID()", 3, 8), "ctx.newGuid()", asyncStyle("return ctx.newGuid();"))],
    },
    {
      name: "a random identifier in Durable Functions, whose own needs a text",
      code: functionsV4("return crypto.randomUUID();"),
      output: null,
      errors: [
        replaced(
          draws("crypto.randomUUID()", 3, 8, "context.df"),
          "context.df.newGuid(context.df.instanceId)",
          functionsV4("return context.df.newGuid(context.df.instanceId);"),
        ),
      ],
    },
    {
      name: "uuid",
      code: UUID + durableTask("return v4();"),
      output: null,
      errors: [replaced(draws("uuid.v4()", 4, 8), "ctx.newGuid()", `${UUID}${durableTask("return ctx.newGuid();")}`)],
    },
    {
      name: "bytes and numbers of the crypto module",
      code: `import { randomBytes, randomInt } from "node:crypto";\n${generator("return [randomBytes(8), randomInt(5)];")}`,
      output: null,
      errors: [draws("crypto.randomBytes()", 4, 9), draws("crypto.randomInt()", 4, 25)],
    },
    {
      name: "makers of identifiers",
      code: `import { nanoid } from "nanoid";\nimport { ulid } from "ulid";\n${generator("return [nanoid(), ulid()];")}`,
      output: null,
      errors: [draws("nanoid.nanoid()", 5, 9), draws("ulid.ulid()", 5, 19)],
    },
    {
      name: "chance in lodash",
      code: `const _ = require("lodash");\n${generator("return [_.shuffle(input), _.sample(input), _.uniqueId()];")}`,
      output: null,
      errors: [draws("lodash.shuffle()", 4, 9), draws("lodash.sample()", 4, 27), draws("lodash.uniqueId()", 4, 44)],
    },
    {
      name: "keys and salts, for which an identifier is no substitute",
      code: `import bcrypt from "bcrypt";\n${generator("return bcrypt.hash(input, 10);")}`,
      output: null,
      errors: [
        {
          message: "bcrypt.hash() returns a different value on replay. Hash passwords in an activity.",
          line: 4,
          column: 8,
        },
      ],
    },
    {
      name: "a generator without a seed",
      code: `import seedrandom from "seedrandom";\n${generator("const draw = seedrandom();\nreturn draw();")}`,
      output: null,
      errors: [draws("seedrandom()", 4, 14)],
    },
    {
      name: "a generator whose seed varies, itself, by a name or by a helper",
      code: `import seedrandom from "seedrandom";\n${generator(
        "const seed = process.pid;\nreturn [seedrandom(Date.now()), seedrandom(seed), seedrandom(make())];",
        "const make = () => `${Math.random()}`;",
      )}`,
      output: null,
      errors: [
        ["Date.now()", 9],
        ["process.pid", 33],
        ["Math.random()", 51],
      ]
        .map(([source, column]) => ({
          message: `seedrandom() is seeded from ${String(source)}, which has another value on replay. Seed it with ctx.newGuid(), or with the input.`,
          line: 5,
          column: Number(column),
        }))
        .concat([
          {
            message: `Calls make() -> Math.random() (input.ts:7). ${draws("Math.random()", 0, 0).message}`,
            line: 5,
            column: 62,
          },
        ]),
    },
    {
      name: "a helper",
      code: generator("return [1, 2].map(draw);", "function draw() { return Math.random(); }"),
      output: null,
      errors: [
        {
          message: `Calls draw() -> Math.random() (input.ts:5). ${draws("Math.random()", 0, 0).message}`,
          line: 3,
          column: 19,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-random", noRandom, {
  valid: [],
  invalid: [
    {
      name: "a context to be added",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async () => crypto.randomUUID());',
      output: null,
      errors: [
        {
          ...draws("crypto.randomUUID()", 2, 31),
          suggestions: [
            {
              desc: "Add the parameter ctx and replace with ctx.newGuid().",
              output: 'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx) => ctx.newGuid());',
            },
          ],
        },
      ],
    },
  ],
});

testRuleWithTypes("no-random", noRandom, {
  valid: [],
  invalid: [
    {
      name: "two files away",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nimport { price } from "./price.ts";\norchestrator("o", async () => price(2));',
        "price.ts": 'import { noise } from "./noise.ts";\nexport const price = (n: number): number => n + noise();',
        "noise.ts": "export const noise = (): number => Math.random();",
      },
      errors: [
        {
          message: `Calls price() -> noise() -> Math.random() (virtual/noise.ts:1). ${draws("Math.random()", 0, 0).message}`,
          line: 3,
          column: 31,
        },
      ],
    },
  ],
});
