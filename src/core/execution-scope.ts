/**
 * What the parts of an execution see of it: the activity calls, and the context that the user's code holds.
 */
import type { ActivityCalls } from "./activity-calls.ts";
import type { Chance } from "./chance.ts";
import type { ContinueAsNewOptions } from "./context.ts";
import type { Payloads } from "./data-converter.ts";
import type { AwaitObserver } from "./durable-task.ts";
import type { ExternalEvents } from "./external-events.ts";
import type { OrchestrationEntityFeature } from "./entity-feature.ts";
import type { DecisionEvent, EventBody } from "./history.ts";
import type { OutboundStreams } from "./streams.ts";
import type { SubOrchestrationCalls } from "./sub-orchestration-calls.ts";

/** Something that an execution waits for. */
export type OpenTask =
  | { readonly kind: "activity"; readonly name: string; readonly taskId: number }
  | { readonly kind: "timer"; readonly taskId: number }
  | {
      readonly kind: "sub-orchestration" | "entity-call" | "entity-lock";
      readonly name: string;
      readonly taskId: number;
    }
  | { readonly kind: "event"; readonly name: string };

/** Where an orchestrator's log lines go. */
export type CoreLog = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

/** What the activity calls ask of their execution. */
export interface CallScope extends AwaitObserver {
  readonly executionId: string;
  readonly payloads: Payloads;
  /** The time of the current turn, in milliseconds since the epoch. */
  readonly time: number;
  nextTaskId(): number;
  decide(decision: EventBody<DecisionEvent>): void;
  /** Runs a function of the user's that is a part of the orchestrator, such as a retry handler. */
  runUserCode<T>(step: () => T): T;
}

/** What the user's context asks of its execution. */
export interface ContextScope {
  readonly time: number;
  readonly isReplaying: boolean;
  readonly log: CoreLog;
  readonly entities: OrchestrationEntityFeature;
  /** @throws NonDeterminismError when the code calls the context while it should be waiting. */
  assertInTurn(call: string): void;
  readonly payloads: Payloads;
  readonly calls: Pick<ActivityCalls, "call" | "createTimer">;
  readonly events: Pick<ExternalEvents, "waitFor">;
  readonly chance: Chance;
  readonly subOrchestrations: SubOrchestrationCalls;
  readonly sent: OutboundStreams;
  decide(decision: EventBody<DecisionEvent>): void;
  continueAsNew(input: unknown, options: ContinueAsNewOptions): void;
  setCustomStatus(status: unknown): void;
}
