/**
 * One orchestration, turn by turn, without a hub: the test hands in what would come, and sees what a turn decides.
 *
 * Invariant: each turn's events are kept, and `replays()` holds every prefix of them to what was decided.
 */
import { expect } from "vitest";
import type { EntityReference, HistoryEvent, OrchestratorDefinition } from "dacapo";
import type { InstanceMessage, MessageBody } from "dacapo/backend";
import { systemSettler } from "dacapo/backend";
import { NonDeterminismError, replayHistory } from "dacapo/replay";
import { Execution } from "../../src/core/execution.ts";
import { Payloads } from "../../src/core/data-converter.ts";
import type { TurnInput, TurnResult } from "../../src/core/turn.ts";
import { runTurn } from "../../src/core/turn.ts";

/** An entity of which the test plays the part. */
export const counter: EntityReference<{ add(n: number): number; get(): number; note(text?: string): void }> = {
  kind: "entity",
  name: "Counter",
};

export class Turns {
  readonly history: HistoryEvent[] = [];
  readonly #definition: OrchestratorDefinition;
  readonly #execution: Execution;
  readonly #start: TurnInput["start"];
  #count = 0;

  constructor(definition: OrchestratorDefinition, sent?: TurnInput["start"]["event"]["sent"]) {
    this.#definition = definition;
    this.#execution = new Execution({
      instanceId: "one",
      executionId: "e",
      handler: definition.handler,
      payloads: new Payloads(1000),
      log: () => undefined,
      run: (_owner, step) => step(),
    });
    const { name } = definition;
    const event = { type: "ExecutionStarted", name, instanceId: "one", executionId: "e" } as const;
    this.#start = { event: sent === undefined ? event : { ...event, sent }, carriedEvents: [] };
  }

  input(now: number, bodies: readonly MessageBody[]): TurnInput {
    const messages = bodies.map((body) => this.message(body));
    const life = { incarnation: "i", createdAt: 0 };
    return { start: this.#start, runtimeStatus: "Running", messages, now, redeliveryHorizonMs: 1000, ...life };
  }

  async run(now: number, ...bodies: readonly MessageBody[]): Promise<TurnResult> {
    const result = await runTurn(this.#execution, this.input(now, bodies), () => systemSettler.settle());
    if (result instanceof NonDeterminismError) throw result;
    this.history.push(...result.events);
    return result;
  }

  /** Replays every prefix of whole turns, values and all. */
  async replays(): Promise<void> {
    for (const { type, eventId } of this.history) {
      if (type !== "OrchestratorCompleted") continue;
      const result = await replayHistory(this.#definition, this.history.slice(0, eventId), { strict: true });
      if (!result.ok) throw result.error;
      const decided = result.turns.flatMap(({ decisions }) => decisions);
      const recorded = this.history.slice(0, eventId).filter((event) => decided.some((one) => one.type === event.type));
      expect(comparable(recorded)).toMatchObject(comparable(decided));
    }
  }

  private message(body: MessageBody): InstanceMessage {
    const messageId = `m${++this.#count}`;
    return "taskId" in body
      ? { messageId, instanceId: "one", executionId: "e", body }
      : { messageId, instanceId: "one", body };
  }
}

/** Without stacks, which tell where in the test's code an error was made. */
const comparable = (events: readonly object[]): object[] =>
  JSON.parse(JSON.stringify(events, (key, part: unknown) => (key === "stackTrace" ? undefined : part))) as object[];

export const raised = (name: string): MessageBody => ({ type: "EventRaised", name });
export const terminated: MessageBody = { type: "ExecutionTerminated" };
export const answered = (taskId: number, result: unknown): MessageBody => ({
  type: "EntityOperationCompleted",
  taskId,
  result: JSON.stringify(result),
});
export const refused = (taskId: number, failure: object): MessageBody => ({
  type: "EntityOperationFailed",
  taskId,
  failure: { errorType: "Error", errorMessage: "no", ...failure },
});
export const granted = (taskId: number): MessageBody => ({
  type: "EntityLockGranted",
  taskId,
  criticalSectionId: `e:${taskId}`,
});

/** A turn's messages, shortly: `[receiver, number in its stream, body]`. */
export const sentBy = ({ messages }: TurnResult): readonly unknown[] =>
  messages.map(({ instanceId, position, body }) => [instanceId, position?.number, body]);

/** The unlock of one entity, as `sentBy` gives it. */
export const unlock = (entity: string, number: number, section = "e:1") => [
  entity,
  number,
  { type: "EntityUnlockSent", criticalSectionId: section },
];
