/**
 * A counter as a function: a switch on the name of the operation. The type parameters tell callers which operations
 * there are, and what the state is.
 */
import { entity } from "dacapo";

export interface CounterOperations {
  add(n: number): number;
  get(): number;
  reset(): void;
}

export const functionCounter = entity<CounterOperations, number>("functionCounter", (ctx) => {
  const value = ctx.getState(0);
  switch (ctx.operationName) {
    case "add": {
      const sum = value + ctx.getInput<number>();
      if (sum < 0) throw new RangeError("A counter does not go below zero.");
      ctx.setState(sum);
      return sum;
    }
    case "get":
      return value;
    case "reset":
      ctx.setState(0);
      return undefined;
    default:
      throw new Error(`A counter cannot ${ctx.operationName}.`);
  }
});
