/** Which waits `dacapo/no-native-timers` reports, and the durable timers that it suggests. */
import { noNativeTimers } from "../../eslint-plugin/src/rules/no-native-timers.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const waits = (api: string, line: number, column: number, context = "ctx"): Expected => ({
  message: `${api} runs on the host's time, which is not replayed. Wait for ${context}.createTimer().`,
  line,
  column,
});

const timer = (expected: Expected, output: string, context = "ctx"): Expected => ({
  ...expected,
  suggestions: [{ desc: `Wait for ${context}.createTimer().`, output }],
});

const DELAY = 'import delay from "delay";\n';

testRule("no-native-timers", noNativeTimers, {
  valid: [
    { name: "a durable timer", code: generator("yield* ctx.createTimer({ hours: 1 });") },
    { name: "a durable timer of Durable Functions", code: functionsV3("yield context.df.createTimer(new Date(0));") },
    { name: "clearing what is no timer here", code: generator("clearTimeout(input.handle);") },
    { name: "a reference", code: generator("return [setTimeout, setInterval];") },
    { name: "a function of its own", code: generator("const setTimeout = input.later; setTimeout(1);") },
    { name: "another object's", code: generator("input.setTimeout(1); input.process.nextTick(2);") },
    {
      name: "an activity",
      code: 'import { activity } from "dacapo";\nactivity("a", async () => { await new Promise((r) => setTimeout(r, 5)); });',
    },
    { name: "code beside the orchestrator", code: generator("return 1;", "setInterval(() => {}, 1000);") },
    { name: "a delay of its own", code: generator("return delay(5);", "function delay(n) { return n * 2; }") },
  ],
  invalid: [
    {
      name: "a timer of the host",
      code: generator("setTimeout(() => {}, 5); setInterval(input, 5); setImmediate(input); queueMicrotask(input);"),
      output: null,
      errors: [
        waits("setTimeout()", 3, 1),
        waits("setInterval()", 3, 26),
        waits("setImmediate()", 3, 49),
        waits("queueMicrotask()", 3, 70),
      ],
    },
    {
      name: "a promise of a timer, awaited in Dacapo",
      code: asyncStyle("await new Promise((resolve) => setTimeout(resolve, input * 2));"),
      output: null,
      errors: [timer(waits("setTimeout()", 3, 32), asyncStyle("await ctx.createTimer({ milliseconds: input * 2 });"))],
    },
    {
      name: "a promise of a timer in a block, awaited in durabletask-js",
      code: durableTask("await new Promise((r) => { setTimeout(r, 1000 + input); });"),
      output: null,
      errors: [
        timer(
          waits("setTimeout()", 3, 28),
          durableTask("await ctx.createTimer(new Date(ctx.currentUtcDateTime.getTime() + (1000 + input)));"),
        ),
      ],
    },
    {
      name: "a delay, yielded in Durable Functions",
      code: DELAY + functionsV4("yield delay(5000);"),
      output: null,
      errors: [
        timer(
          waits("delay()", 4, 7, "context.df"),
          `${DELAY}${functionsV4("yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 5000));")}`,
          "context.df",
        ),
      ],
    },
    {
      name: "a timer of node:timers/promises",
      code: `import { setTimeout } from "node:timers/promises";\n${asyncStyle("await setTimeout(10);")}`,
      output: null,
      errors: [
        timer(
          waits("setTimeout()", 4, 7),
          `import { setTimeout } from "node:timers/promises";\n${asyncStyle("await ctx.createTimer({ milliseconds: 10 });")}`,
        ),
      ],
    },
    {
      name: "a wait that is not waited for has no timer to take its place",
      code: DELAY + asyncStyle("const later = delay(5);\nawait later;"),
      output: null,
      errors: [waits("delay()", 4, 15)],
    },
    {
      name: "a promise that does more than to wait",
      code: asyncStyle("await new Promise((resolve) => setTimeout(() => resolve(input), 5));"),
      output: null,
      errors: [waits("setTimeout()", 3, 32)],
    },
    {
      name: "retries, which a policy replaces",
      code: `import pRetry from "p-retry";\n${asyncStyle("return pRetry(() => input);")}`,
      output: null,
      errors: [
        {
          message: "p-retry() runs on the host's time, which is not replayed. Give the call a retry policy instead.",
          line: 4,
          column: 8,
        },
      ],
    },
    {
      name: "a sleep in a helper",
      code: asyncStyle("await sleep(5);", "const sleep = (ms) => new Promise((r) => setTimeout(r, ms));"),
      output: null,
      errors: [
        {
          message: `Calls sleep() -> setTimeout() (input.ts:5). ${waits("setTimeout()", 0, 0).message}`,
          line: 3,
          column: 7,
        },
      ],
    },
    {
      name: "a signal that a timer sets off",
      code: asyncStyle("return AbortSignal.timeout(5);"),
      output: null,
      errors: [waits("AbortSignal.timeout()", 3, 8)],
    },
  ],
});

testRuleOnTypeScript("no-native-timers", noNativeTimers, {
  valid: [],
  invalid: [
    {
      name: "a promise with a type",
      code: asyncStyle("await new Promise<void>((resolve) => setTimeout(resolve, 5));"),
      output: null,
      errors: [timer(waits("setTimeout()", 3, 38), asyncStyle("await ctx.createTimer({ milliseconds: 5 });"))],
    },
  ],
});
