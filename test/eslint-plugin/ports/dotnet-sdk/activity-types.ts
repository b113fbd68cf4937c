/** The cases of durabletask-dotnet's analyzers about inputs and outputs of activities (DURABLE2001, 2002). */
import { portedTyped, type PortedCase } from "../ported-case.ts";

/** A Dacapo orchestrator with the lines of a case, and an activity whose function is given. */
function dacapo(handler: string, body: string): string {
  return (
    'import { activity, orchestrator } from "dacapo";\n\n' +
    `export const sayHello = activity("sayHello", ${handler});\n` +
    'export const flow = orchestrator("flow", function* (ctx) {\n' +
    body +
    "\n});\n"
  );
}

/** The same for Durable Functions. */
function functions(handler: string, body: string): string {
  return (
    'import * as df from "durable-functions";\n\n' +
    `df.app.activity("sayHello", { handler: ${handler} });\n` +
    'df.app.orchestration("flow", function* (context) {\n' +
    body +
    "\n});\n"
  );
}

const inputs: readonly PortedCase[] = [
  portedTyped(
    "durabletask-dotnet MatchingTypes: an input of the activity's type is silent",
    functions(`(name: string) => "Hello " + name`, `  yield context.df.callActivity("sayHello", "Tokyo");`),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an input of another type is a report",
    functions(
      `(name: string) => "Hello " + name`,
      `  yield context.df.callActivity("sayHello", 123456); // want activity-types`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: a missing input is a report",
    functions(
      `(name: string) => "Hello " + name`,
      `  yield context.df.callActivity("sayHello"); // want activity-types`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: a missing input that may be missing is silent",
    functions(`(name?: string) => "Hello " + String(name)`, `  yield context.df.callActivity("sayHello");`),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: no input where none is taken is silent",
    functions(`() => "hello"`, `  yield context.df.callActivity("sayHello");`),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an input where none is taken is a report",
    functions(`() => "hello"`, `  yield context.df.callActivity("sayHello", "Tokyo"); // want activity-types`),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an object that lacks a property is a report",
    functions(
      `(order: { id: string; total: number }) => order.id`,
      `  yield context.df.callActivity("sayHello", { id: "1" }); // want activity-types`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an object with the right properties is silent",
    functions(
      `(order: { id: string; total?: number }) => order.id`,
      `  yield context.df.callActivity("sayHello", { id: "1" });`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an input of unknown type is silent",
    functions(
      `(name: string) => "Hello " + name`,
      `  yield context.df.callActivity("sayHello", context.df.getInput());`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: a call by name takes what the definition takes (dacapo)",
    dacapo(
      `async (_ctx, name: string) => "Hello " + name`,
      `  yield* ctx.callActivity("sayHello", "Tokyo");\n  yield* ctx.callActivity("sayHello", 42); // want activity-types`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: a call through the definition is silent",
    dacapo(`async (_ctx, name: string) => "Hello " + name`, `  yield* ctx.callActivity(sayHello, "Tokyo");`),
  ),
];

const outputs: readonly PortedCase[] = [
  portedTyped(
    "durabletask-dotnet MatchingTypes: an output of the activity's type is silent",
    functions(
      `(name: string) => name.length`,
      `  const output: number = yield context.df.callActivity("sayHello", "Tokyo");\n  return output;`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: a promise of the output's type is silent",
    functions(
      `async (name: string) => name.length`,
      `  const output: number = yield context.df.callActivity("sayHello", "Tokyo");\n  return output;`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an output of another type is a report",
    functions(
      `(name: string) => name.length`,
      `  const output: string = yield context.df.callActivity("sayHello", "Tokyo"); // want activity-types\n  return output;`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an output that nobody takes is silent",
    functions(`(_name: string): void => undefined`, `  yield context.df.callActivity("sayHello", "Tokyo");`),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an output taken from an activity that gives none is a report",
    functions(
      `(_name: string): void => undefined`,
      `  const output: number = yield context.df.callActivity("sayHello", "Tokyo"); // want activity-types\n  return output;`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an output told as another type is a report (dacapo)",
    dacapo(
      `async (_ctx, name: string) => name.length`,
      `  return yield* ctx.callActivity<string>("sayHello", "Tokyo"); // want activity-types`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: an output told as its own type is silent (dacapo)",
    dacapo(
      `async (_ctx, name: string) => name.length`,
      `  return yield* ctx.callActivity<number>("sayHello", "Tokyo");`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: the output of a generic function is its input's type, silent",
    `
      import { activity, orchestrator } from "dacapo";

      const echo = async <T>(_ctx: unknown, input: T) => input;
      export const another = activity("another", echo<number>);
      export const flow = orchestrator("flow", function* (ctx) {
        return yield* ctx.callActivity<number>("another", 5);
      });
    `,
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: literals and constants name the activity, variables do not",
    functions(
      `(name: string) => name.length`,
      `  const known = "sayHello";
  let other = "sayHello";
  if (context.df.getInput()) other = "sayHello";
  const first: string = yield context.df.callActivity("sayHello", "Tokyo"); // want activity-types
  const second: string = yield context.df.callActivity(known, "Tokyo"); // want activity-types
  const third: string = yield context.df.callActivity(other, "Tokyo"); // want literal-task-name
  return first + second + third;`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet MatchingTypes: the types of an activity that is not in sight are not known",
    `
      import * as df from "durable-functions";

      df.app.orchestration("flow", function* (context) {
        const output: string = yield context.df.callActivity("notFound", "Tokyo");
        return output;
      });
    `,
  ),
];

export const activityTypeCases: readonly PortedCase[] = [...inputs, ...outputs];
