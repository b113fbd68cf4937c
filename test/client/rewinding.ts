/**
 * What the tests of rewinding share: something that fails for a while, and what holds of every rewound history.
 */
import { expect } from "vitest";
import type { Definition, HistoryEvent, OrchestratorDefinition } from "dacapo";
import { activity } from "dacapo";
import { replayHistory } from "dacapo/replay";
import { countingIds, Stage, type StageOptions } from "../runtime/stage.ts";

/** An activity that fails for each input as often as `failures` says, and notes all its runs. */
export function flaky(failures: Readonly<Record<string, number>>) {
  const runs: { readonly input: string; readonly key: string }[] = [];
  const left = new Map(Object.entries(failures));
  const step = activity("step", (ctx, input: string) => {
    runs.push({ input, key: ctx.idempotencyKey });
    const times = left.get(input) ?? 0;
    left.set(input, times - 1);
    if (times > 0) throw new Error(`${input} is not ready`);
    return `${input} done`;
  });
  return { step, runs, inputs: (): string[] => runs.map(({ input }) => input) };
}

/** Checks what holds of every history of a rewound instance, and gives the types of its events. */
export async function checkHistory(
  stage: Stage,
  definition: OrchestratorDefinition,
  id = "one",
): Promise<readonly string[]> {
  const history = await stage.history(id);
  expect(history.map(({ eventId }) => eventId)).toEqual(history.map((_, i) => i + 1));
  const result = await replayHistory(definition, history, { strict: true });
  if (!result.ok) throw result.error;
  const { runtimeStatus } = await stage.state(id);
  expect(result.runtimeStatus).toBe(runtimeStatus);
  return history.map(({ type }) => type);
}

export const count = (types: readonly string[], type: HistoryEvent["type"]): number =>
  types.filter((one) => one === type).length;

let workers = 0;

/** Another worker on the same hub, with other code: what it does not know, or cannot run, it fails. */
export function nextWorker(
  { store, clock }: Stage,
  register: readonly Definition[],
  options: StageOptions = {},
): Promise<Stage> {
  workers += 1;
  return Stage.open(register, { store, clock, system: { ids: countingIds(String(workers)) }, ...options });
}
