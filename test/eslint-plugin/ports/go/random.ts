/** The cases of orchestratorvet about random numbers and identifiers (`random`). */
import { dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

const seedrandom = `import seedrandom from "seedrandom";`;

export const randomCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet random: each version of UUID that draws is a report",
    dacapoGenerator(
      `
      const first = v4(); // want no-random
      const second = v1(); // want no-random
      const third = v7(); // want no-random
      return first + second + third;
    `,
      { before: `import { v1, v4, v7 } from "uuid";` },
    ),
  ),
  ported(
    "orchestratorvet random: a UUID of a renamed import is a report",
    functionsV3(`return makeId(); // want no-random`, { before: `import { v4 as makeId } from "uuid";` }),
  ),
  ported(
    "orchestratorvet random: random bytes and integers of the crypto module are reports",
    functionsV4(
      `
      const bytes = randomBytes(16); // want no-random
      const value = randomInt(10); // want no-random
      const id = randomUUID(); // want no-random
      return bytes.length + value + id.length;
    `,
      { before: `import { randomBytes, randomInt, randomUUID } from "node:crypto";` },
    ),
  ),
  ported(
    "orchestratorvet random: the global crypto object draws too",
    durableTask(`
      const buffer = new Uint8Array(16);
      crypto.getRandomValues(buffer); // want no-random
      return crypto.randomUUID(); // want no-random
    `),
  ),
  ported(
    "orchestratorvet random: the global random source is a report at each draw",
    dacapoGenerator(`
      const whole = Math.floor(Math.random() * 10); // want no-random
      const part = Math.random(); // want no-random
      return whole + part;
    `),
  ),
  ported(
    "orchestratorvet random: a generator without a seed is a report",
    dacapoGenerator(`return seedrandom()(); // want no-random`, { before: seedrandom }),
  ),
  ported(
    "orchestratorvet random: a generator seeded by the clock is a report of both",
    dacapoGenerator(`return seedrandom(String(Date.now()))(); // want no-random no-wall-clock`, {
      before: seedrandom,
    }),
  ),
  ported(
    "orchestratorvet random: a generator seeded by a constant is silent",
    dacapoGenerator(
      `
      const draw = seedrandom("42");
      return draw() + draw.int32();
    `,
      { before: seedrandom },
    ),
  ),
  ported(
    "orchestratorvet random: a generator whose seed stands in a constant of its own is silent",
    durableTask(
      `
      const seed = "ninety-nine";
      const draw = seedrandom(seed);
      return draw();
    `,
      { before: seedrandom },
    ),
  ),
  ported(
    "orchestratorvet random: a generator seeded by the input is silent",
    dacapoGenerator(`return seedrandom(String(input))();`, { before: seedrandom }),
  ),
  ported(
    "orchestratorvet random: a generator seeded by a parameter of a helper is silent",
    dacapoGenerator(`return drawFor(ctx.newGuid());`, {
      before: seedrandom,
      after: `
        function drawFor(token) {
          return seedrandom(String(token.length))();
        }
      `,
    }),
  ),
  ported(
    "orchestratorvet random: identifiers made from names, and parsing, are silent",
    dacapoGenerator(
      `
      const own = ctx.newGuid();
      const named = v5("stable", v5.DNS);
      const older = v3("stable", v3.DNS);
      return validate(own) && parse(named).length > 0 ? own : older;
    `,
      { before: `import { parse, v3, v5, validate } from "uuid";` },
    ),
  ),
  ported(
    "orchestratorvet random: the context's own random number is silent",
    dacapoGenerator(`return Math.floor(ctx.random() * 10);`),
  ),
  ported(
    "orchestratorvet random: hashing is silent",
    functionsV4(`return createHash("sha256").update(String(context.df.getInput())).digest("hex");`, {
      before: `import { createHash } from "node:crypto";`,
    }),
  ),
];
