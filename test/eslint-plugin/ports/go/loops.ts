/** The cases of orchestratorvet about loops without end (`loops`); ours also ask for continue-as-new. */
import { dacapoGenerator, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

export const loopCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet loops: a loop that neither ends nor waits is a report",
    dacapoGenerator(`
      let counter = 0;
      for (;;) { // want no-spin-loop
        counter++;
      }
    `),
  ),
  ported(
    "orchestratorvet loops: a loop on a constant condition is a report",
    functionsV4(`
      let counter = 0;
      while (true) { // want no-spin-loop
        counter += 2;
      }
    `),
  ),
  ported(
    "orchestratorvet loops: a loop of pure helpers is a report",
    dacapoGenerator(
      `
      for (;;) { // want no-spin-loop
        pureStep();
      }
    `,
      {
        after: `
          function pureStep() { return "a".repeat(2) + pureNested(); }
          function pureNested() { return "b".toUpperCase(); }
        `,
      },
    ),
  ),
  ported(
    "orchestratorvet loops: recursion in the loop's helpers ends, and the loop is a report",
    dacapoGenerator(
      `
      while (true) { // want no-spin-loop
        recursiveA(3);
      }
    `,
      {
        after: `
          function recursiveA(depth) { if (depth > 0) recursiveB(depth - 1); }
          function recursiveB(depth) { if (depth > 0) recursiveA(depth - 1); }
        `,
      },
    ),
  ),
  ported(
    "orchestratorvet loops: an eternal loop of timers does not spin, but its history grows",
    dacapoGenerator(`
      while (true) { // want require-continue-as-new
        yield* ctx.createTimer({ hours: 1 });
      }
    `),
  ),
  ported(
    "orchestratorvet loops: an eternal loop of activities in a helper does not spin, but its history grows",
    dacapoGenerator(
      `
      for (;;) { // want require-continue-as-new
        yield* durableStep(ctx);
      }
    `,
      {
        after: `
          function* durableStep(context) {
            yield* context.callActivity("work");
          }
        `,
      },
    ),
  ),
  ported(
    "orchestratorvet loops: a loop that continues as new is silent",
    functionsV4(`
      for (;;) {
        yield context.df.createTimer(context.df.currentUtcDateTime);
        context.df.continueAsNew(null);
        return;
      }
    `),
  ),
  ported(
    "orchestratorvet loops: counted and conditional loops are silent",
    dacapoGenerator(`
      let total = 0;
      for (let i = 0; i < 10; i++) total += i;
      while (total < 100) total *= 2;
      for (;;) {
        total++;
        if (total > 200) break;
      }
      for (;;) {
        if (total > 300) return total;
        total += 3;
      }
    `),
  ),
  ported(
    "orchestratorvet loops: a loop that throws is silent",
    dacapoGenerator(`
      let total = 0;
      while (true) {
        total++;
        if (total > 10) throw new Error("too many");
      }
    `),
  ),
  ported(
    "orchestratorvet loops: a labelled break ends the outer loop",
    dacapoGenerator(`
      let total = 0;
      outer: while (true) {
        for (const step of [1, 2, 3]) {
          total += step;
          if (total > 10) break outer;
        }
      }
      return total;
    `),
  ),
  ported(
    "orchestratorvet loops: a break of an inner loop does not end the outer one",
    dacapoGenerator(`
      let total = 0;
      while (true) { // want no-spin-loop
        for (const step of [1, 2, 3]) {
          total += step;
          if (total > 10) break;
        }
      }
    `),
  ),
  ported(
    "orchestratorvet loops: a loop through a package that nobody models is not proven to spin",
    dacapoGenerator(
      `
      let joined = "";
      for (;;) {
        joined = segment(joined); // want no-unknown-effects
      }
    `,
      { before: `import { segment } from "path-segments";` },
    ),
  ),
  ported(
    "orchestratorvet loops: an eternal loop outside orchestrators is silent",
    dacapoGenerator(`return ctx.instanceId;`, {
      after: `
        export function poll() {
          let ticks = 0;
          for (;;) ticks++;
        }
      `,
    }),
  ),
];
