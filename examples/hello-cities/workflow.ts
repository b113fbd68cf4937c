/**
 * Hello, cities: a chain of activities, each begun when the one before is done. Once as a generator, once as an async
 * function: the same context, the same history, the same rules.
 */
import { activity, orchestrator, type RetryPolicy } from "dacapo";

export const sayHello = activity("sayHello", (_ctx, city: string) => `Hello ${city}!`);

const retry: RetryPolicy = { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 5 } };

export const helloGenerator = orchestrator("helloGenerator", function* (ctx, cities: readonly string[]) {
  const greetings: string[] = [];
  for (const city of cities) greetings.push(yield* ctx.callActivity(sayHello, city, { retry }));
  return greetings;
});

export const helloAsync = orchestrator("helloAsync", async (ctx, cities: readonly string[]) => {
  const greetings: string[] = [];
  for (const city of cities) greetings.push(await ctx.callActivity(sayHello, city, { retry }));
  return greetings;
});
