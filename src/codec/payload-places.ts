/**
 * Where the payloads are in what goes to a store and comes from it.
 *
 * Invariant: each function gives a copy in which every text of the user's was replaced, and nothing else was; it visits
 * the same texts in the same order each time. A user's texts are inputs, results, outputs, custom statuses, states of
 * entities, reasons, and messages and stacks of errors. Used by what stands in front of a store.
 */
import type { EntityData } from "../core/entity-data.ts";
import type { FailureDetails } from "../core/failure.ts";
import type { HistoryEvent } from "../core/history.ts";
import type { ExecutionStart, InstanceMessage, InstanceStart } from "../core/messages.ts";
import type {
  ActivityCommit,
  ActivityWorkItem,
  CreateInstanceRequest,
  InstancePage,
  InstanceRecord,
  OrchestrationWorkItem,
  TurnCommit,
} from "../ports/backend.ts";
import type { HubPart, InstanceSnapshot } from "../ports/hub-snapshot.ts";

/** What becomes of one text. */
export interface TextMap {
  readonly payload: (text: string) => string;
  /** Messages and stacks of errors: stores make some of their own, as when an instance is replaced. */
  readonly failure: (text: string) => string;
}

/** Replaces the texts of a value. */
export type Places<T> = (value: T, map: TextMap) => T;

/** What events, messages, records and requests call them. */
const TEXT_FIELDS = ["input", "result", "output", "customStatus", "reason", "state"] as const;

/** The texts that something holds itself. */
export function ownTexts<T extends object>(holder: T, map: TextMap): T {
  const fields = holder as Readonly<Record<string, unknown>>;
  const replaced: Record<string, unknown> = {};
  for (const name of TEXT_FIELDS) {
    const text = fields[name];
    if (typeof text === "string") replaced[name] = map.payload(text);
  }
  const failure = fields["failure"] as FailureDetails | undefined;
  if (failure !== undefined) replaced["failure"] = inFailure(failure, map);
  return { ...holder, ...replaced };
}

function inFailure(failure: FailureDetails, map: TextMap): FailureDetails {
  const { errorMessage, stackTrace, innerFailure, innerFailures } = failure;
  return {
    ...failure,
    errorMessage: map.failure(errorMessage),
    ...(stackTrace === undefined ? {} : { stackTrace: map.failure(stackTrace) }),
    ...(innerFailure === undefined ? {} : { innerFailure: inFailure(innerFailure, map) }),
    ...(innerFailures === undefined ? {} : { innerFailures: innerFailures.map((inner) => inFailure(inner, map)) }),
  };
}

export function inHistory(events: readonly HistoryEvent[], map: TextMap): readonly HistoryEvent[] {
  return events.map((event) => ownTexts(event, map));
}

export function inMessage(message: InstanceMessage, map: TextMap): InstanceMessage {
  return { ...message, body: ownTexts(message.body, map) };
}

function inMessages(messages: readonly InstanceMessage[], map: TextMap): readonly InstanceMessage[] {
  return messages.map((message) => inMessage(message, map));
}

function inStart(start: ExecutionStart, map: TextMap): ExecutionStart {
  const { event, carriedEvents, suspended } = start;
  return {
    ...start,
    event: ownTexts(event, map),
    carriedEvents: carriedEvents.map((carried) => ownTexts(carried, map)),
    ...(suspended === undefined ? {} : { suspended: ownTexts(suspended, map) }),
  };
}

function inBirth(birth: InstanceStart, map: TextMap): InstanceStart {
  const { start, refusal } = birth;
  return {
    ...birth,
    start: inStart(start, map),
    ...(refusal === undefined ? {} : { refusal: inMessage(refusal, map) }),
  };
}

function inEntity(data: EntityData, map: TextMap): EntityData {
  const { waiting, held } = data;
  return {
    ...ownTexts(data, map),
    waiting: waiting.map((one) => ({ ...one, body: ownTexts(one.body, map) })),
    held: held.map((one) => ({ ...one, body: ownTexts(one.body, map) })),
  };
}

export function inRecord(record: InstanceRecord, map: TextMap): InstanceRecord {
  const { entity } = record;
  return { ...ownTexts(record, map), ...(entity === undefined ? {} : { entity: ownTexts(entity, map) }) };
}

export function inPage(page: InstancePage, map: TextMap): InstancePage {
  return { ...page, instances: page.instances.map((record) => inRecord(record, map)) };
}

export function inCreation(request: CreateInstanceRequest, map: TextMap): CreateInstanceRequest {
  return { ...request, start: inStart(request.start, map) };
}

export function inTurnItem(item: OrchestrationWorkItem, map: TextMap): OrchestrationWorkItem {
  const { instance, start, rewind, entity, messages } = item;
  return {
    ...item,
    instance: inRecord(instance, map),
    start: inStart(start, map),
    ...(rewind === undefined ? {} : { rewind: ownTexts(rewind, map) }),
    ...(entity === undefined ? {} : { entity: inEntity(entity, map) }),
    messages: inMessages(messages, map),
  };
}

export function inActivityItem(item: ActivityWorkItem, map: TextMap): ActivityWorkItem {
  return { ...item, work: ownTexts(item.work, map) };
}

export function inActivityCommit(commit: ActivityCommit, map: TextMap): ActivityCommit {
  return { ...commit, message: inMessage(commit.message, map) };
}

export function inTurn(commit: TurnCommit, map: TextMap): TurnCommit {
  const { rewritten, events, activities, timers, messages, starts, rewinds, entity, status, next } = commit;
  return {
    ...commit,
    ...(rewritten === undefined
      ? {}
      : { rewritten: { start: inStart(rewritten.start, map), history: inHistory(rewritten.history, map) } }),
    events: inHistory(events, map),
    activities: activities.map((work) => ownTexts(work, map)),
    timers: inMessages(timers, map),
    messages: inMessages(messages, map),
    starts: starts.map((start) => inBirth(start, map)),
    ...(rewinds === undefined
      ? {}
      : {
          rewinds: rewinds.map((one) => ({
            ...one,
            order: ownTexts(one.order, map),
            lost: inMessage(one.lost, map),
          })),
        }),
    ...(entity === undefined ? {} : { entity: inEntity(entity, map) }),
    status: ownTexts(status, map),
    ...(next === undefined ? {} : { next: inStart(next, map) }),
  };
}

export function inPart(part: HubPart, map: TextMap): HubPart {
  return part.kind === "instance" ? { ...part, instance: inSnapshot(part.instance, map) } : part;
}

function inSnapshot(snapshot: InstanceSnapshot, map: TextMap): InstanceSnapshot {
  const { record, start, rewind, entity, executions, messages, activities } = snapshot;
  return {
    ...snapshot,
    record: ownTexts(record, map),
    start: inStart(start, map),
    ...(rewind === undefined ? {} : { rewind: ownTexts(rewind, map) }),
    ...(entity === undefined ? {} : { entity: inEntity(entity, map) }),
    executions: executions.map((one) => ({ ...one, events: inHistory(one.events, map) })),
    messages: inMessages(messages, map),
    activities: activities.map((work) => ownTexts(work, map)),
  };
}
