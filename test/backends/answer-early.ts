/**
 * An activity that is answered while a worker fetches: what the fetch hands out rests on an answer that is not durable yet.
 */
import { expect } from "vitest";
import type { ActivityWorkItem, Backend, OrchestrationWorkItem } from "../../src/ports/backend.ts";
import type { Stage } from "../../src/testing/stage.ts";

/** What the worker asks for. */
export const ORDER = { workerId: "worker", maxItems: 10, leaseMs: 60_000 } as const;

export interface Answered {
  /** Settles with the answer's transaction. */
  readonly answered: Promise<unknown>;
  readonly item: OrchestrationWorkItem;
}

export async function answerEarly(backend: Backend, stage: Stage, activity: ActivityWorkItem): Promise<Answered> {
  const fetched = backend.fetchOrchestrations(ORDER);
  const answered = stage.answer(activity);
  answered.catch(() => undefined);
  const [item] = await fetched;
  expect(item?.messages).toHaveLength(1);
  return { answered, item: item as OrchestrationWorkItem };
}
