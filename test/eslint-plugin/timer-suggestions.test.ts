/** Which waits a durable timer can take the place of. */
import { noNativeTimers } from "../../eslint-plugin/src/rules/no-native-timers.ts";
import { asyncStyle, durableTask, functionsV4, generator } from "./frames.ts";
import { testRule, type Expected } from "./rule-tester.ts";

const waits = (column: number, context = "ctx", api = "setTimeout()"): Expected => ({
  message: `${api} runs on the host's time, which is not replayed. Wait for ${context}.createTimer().`,
  line: 3,
  column,
});

type Frame = (body: string) => string;

const replaced = (name: string, frame: Frame, body: string, column: number, output: string, context = "ctx") => ({
  name,
  code: frame(body),
  output: null,
  errors: [
    {
      ...waits(column, context),
      suggestions: [{ desc: `Wait for ${context}.createTimer().`, output: frame(output) }],
    },
  ],
});

const kept = (name: string, frame: Frame, body: string, column: number) => ({
  name,
  code: frame(body),
  output: null,
  errors: [waits(column)],
});

testRule("no-native-timers: what is suggested", noNativeTimers, {
  valid: [
    { name: "the timer of Dacapo", code: generator("yield* ctx.createTimer({ milliseconds: 5 });") },
    {
      name: "the timer of Durable Functions",
      code: functionsV4("yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 5 * input));"),
    },
  ],
  invalid: [
    replaced(
      "a callback that only resolves",
      asyncStyle,
      "await new Promise((resolve) => setTimeout(() => resolve(), 5));",
      32,
      "await ctx.createTimer({ milliseconds: 5 });",
    ),
    replaced(
      "a callback that only resolves, in blocks",
      asyncStyle,
      "await new Promise((done) => { setTimeout(() => { done(); }, 1000); });",
      31,
      "await ctx.createTimer({ milliseconds: 1000 });",
    ),
    replaced(
      "a length that a sum needs parentheses for",
      functionsV4,
      "yield new Promise((resolve) => setTimeout(resolve, 60 * 1000));",
      32,
      "yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + (60 * 1000)));",
      "context.df",
    ),
    replaced(
      "a length that is a name",
      durableTask,
      "await new Promise((resolve) => setTimeout(resolve, input));",
      32,
      "await ctx.createTimer(new Date(ctx.currentUtcDateTime.getTime() + input));",
    ),
    kept("a value for who waits", asyncStyle, "await new Promise((r) => setTimeout(r, 5, input));", 26),
    kept("a value in the callback", asyncStyle, "await new Promise((r) => setTimeout(() => r(input), 5));", 26),
    kept("more than to resolve", asyncStyle, "await new Promise((r) => setTimeout(() => { input(); r(); }, 5));", 26),
    kept("another function than the promise's own", asyncStyle, "await new Promise((r) => setTimeout(input, 5));", 26),
    kept("a comment that would be lost", asyncStyle, "await new Promise((r) => setTimeout(r, 5 /* ms */));", 26),
    kept("a promise that nobody waits for here", asyncStyle, "return new Promise((r) => setTimeout(r, 5));", 27),
    kept(
      "a context whose name means something else",
      asyncStyle,
      "{ const ctx = input; await new Promise((r) => setTimeout(r, 5)); }",
      47,
    ),
  ],
});
