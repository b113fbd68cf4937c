/**
 * The cases of the plugin of AWS's durable execution library, and of Inngest's, about writes out of a step's function:
 * a step is skipped on replay, and then so is the write. Our step is an activity written inside the orchestrator.
 */
import { ported, type PortedCase } from "../ported-case.ts";

/** An orchestrator with a local or two, and an activity written inside it. */
function withStep(locals: string, step: string, rest = ""): string {
  return `
    import { activity, orchestrator } from "dacapo";

    export const flow = orchestrator("flow", function* (ctx, input) {
      ${locals}
      const step = activity("step", ${step});
      ${rest}
      return yield* ctx.callActivity(step);
    });
  `;
}

/** Writes to an outer variable `value`, one a case. */
const WRITES: readonly string[] = [
  "value = 5;",
  "value += 10;",
  "value++;",
  "++value;",
  "value--;",
  "value = value + 1;",
  "[value] = [1];",
  "({ value } = { value: 2 });",
  "for (value of [1, 2]) value.toFixed();",
  "value ??= 1;",
];

const writes = WRITES.map((write) =>
  ported(
    `AWS closures: ${write} in a step's function is a report`,
    withStep("let value = 0;", `async () => {\n        ${write} // want no-captured-mutation\n      }`),
  ),
);

const others: readonly PortedCase[] = [
  ported(
    "AWS closures: reading an outer variable is silent",
    withStep("const value = input.length;", "async () => value + 1"),
  ),
  ported(
    "AWS closures: a variable of the step's own is silent",
    withStep(
      "const start = 0;",
      `async () => {
        let counter = start;
        counter++;
        if (counter > 0) {
          let inner = 0;
          inner = counter;
          return inner;
        }
        return counter;
      }`,
    ),
  ),
  ported(
    "AWS closures: a parameter of the step's own is silent",
    withStep(
      "const start = 0;",
      `async (_own, order) => {
        order = order ?? start;
        return order;
      }`,
    ),
  ),
  ported(
    "AWS closures: a variable that shadows the outer one is silent",
    withStep(
      "let counter = 0;\n      counter++;",
      `async () => {
        const inner = () => {
          let counter = 0;
          counter++;
          return counter;
        };
        return inner();
      }`,
      "ctx.setCustomStatus(counter);",
    ),
  ),
  ported(
    "AWS closures: a write in an array's callback of the orchestrator is silent",
    `
      import { orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* () {
        let counter = 0;
        [1, 2].forEach(() => {
          counter++;
        });
        return counter;
      });
    `,
  ),
  ported(
    "AWS closures: a function that calls itself by its own name is silent",
    withStep(
      "const start = 3;",
      `async function fact(_own, n = start) {\n        return n <= 1 ? 1 : n * (await fact(_own, n - 1));\n      }`,
    ),
  ),
  ported(
    "AWS closures: writing two outer variables is two reports",
    withStep(
      "let a = 0;\n      let b = 0;",
      `async () => {
        a++; // want no-captured-mutation
        b = 10; // want no-captured-mutation
        return a + b;
      }`,
    ),
  ),
  ported(
    "AWS closures: writing the orchestrator's own parameter is a report",
    withStep("", `async () => {\n        input = null; // want no-captured-mutation\n        return "done";\n      }`),
  ),
  ported(
    "AWS closures: writing a variable taken out of the input is a report",
    withStep("let { total } = input;", `async () => {\n        total += 1; // want no-captured-mutation\n      }`),
  ),
  ported(
    "AWS closures: writing from a function inside the step is a report",
    withStep(
      "let counter = 0;",
      `async () => {
        const inner = () => {
          counter++; // want no-captured-mutation
        };
        inner();
      }`,
    ),
  ),
  ported(
    "AWS closures: changing an outer object is a report",
    withStep(
      "const totals = { sum: 0 };\n      const seen = [];",
      `async () => {
        totals.sum = 1; // want no-captured-mutation
        seen.push("a"); // want no-captured-mutation
      }`,
    ),
  ),
  ported(
    "AWS closures: a step in a branch, writing a variable of the branch, is a report",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx, input) {
        if (input) {
          let counter = 0;
          const step = activity("step", async () => {
            counter++; // want no-captured-mutation
          });
          yield* ctx.callActivity(step);
        }
      });
    `,
  ),
  ported(
    "AWS closures: writing the caught error is a report",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        try {
          yield* ctx.callActivity("work");
        } catch (error) {
          const step = activity("step", async () => {
            error = null; // want no-captured-mutation
          });
          yield* ctx.callActivity(step);
          throw error;
        }
      });
    `,
  ),
  ported(
    "AWS closures: taking the step's result instead of writing is silent",
    withStep(
      "let value = 0;",
      "async () => value + 1",
      "value = yield* ctx.callActivity(step);\n      ctx.setCustomStatus(value);",
    ),
  ),
  ported(
    "AWS closures: an orchestrator that changes its own variables between steps is silent",
    `
      import { orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        let total = 0;
        for (const item of ["a", "b"]) {
          yield* ctx.callActivity("work", item);
          total += 1;
        }
        return total;
      });
    `,
  ),
];

/** Inngest writes the same as the body of an arrow. */
const inngest: readonly PortedCase[] = [
  ported(
    "Inngest mutation: an increment as an arrow's value is a report",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        let a = 1;
        const addOne = activity("addOne", async () => a++); // want no-captured-mutation
        return yield* ctx.callActivity(addOne);
      });
    `,
  ),
  ported(
    "Inngest mutation: an assignment of a step's result, outside the step, is silent",
    `
      import { activity, orchestrator } from "dacapo";

      const addOne = activity("addOne", async (_ctx, a: number) => a + 1);
      export const flow = orchestrator("flow", function* (ctx) {
        let a = 1;
        a = yield* ctx.callActivity(addOne, a);
        return a;
      });
    `,
  ),
];

export const closureCases: readonly PortedCase[] = [...writes, ...others, ...inngest];
