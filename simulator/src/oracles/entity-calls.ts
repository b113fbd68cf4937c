/**
 * What callers saw of each entity: when they called, when they were answered, and what. Held against a model of the
 * entity. Part of O10.
 *
 * Invariant: a call begins with the turn that records it and ends with the turn that records its answer, so only what is
 * durable counts. A signal begins like a call and has no answer. It knows nothing of what entities do or say of
 * themselves.
 */
import type { HistoryEvent, InstanceMessage } from "dacapo/backend";
import type { PayloadTexts } from "../scenario/payload-texts.ts";
import type { EntityModel, EntityModels } from "../scenario/scenario.ts";
import type { PortCall } from "../world/port-calls.ts";
import type { Model, Operation } from "./linearizability.ts";
import { checkLinearizability } from "./linearizability.ts";

interface Called {
  readonly operation: string;
  /** A payload's text. */
  readonly input: string | undefined;
}

/** What a caller was told: a payload's text, or that it failed. */
type Told = { readonly result: string | undefined } | "failed";

interface Entry {
  readonly input: Called;
  answer: { readonly output: Told } | undefined;
  readonly calledAt: number;
  answeredAt: number;
}

export class EntityCalls {
  readonly #models: EntityModels;
  readonly #texts: PayloadTexts;
  readonly #entries = new Map<string, Entry[]>();
  /** Calls that are not answered, by execution and task. */
  readonly #open = new Map<string, Entry>();

  constructor(models: EntityModels, texts: PayloadTexts) {
    this.#texts = texts;
    this.#models = models;
  }

  /** Enters a call of a port that was done; `at` is its place among all calls. */
  take(call: PortCall, at: number): void {
    if (call.type === "send") this.#signal(call.message, at);
    if (call.type !== "turn" || call.before === undefined) return;
    const { commit, before } = call;
    if (commit.entity !== undefined) for (const message of commit.messages) this.#signal(message, at);
    for (const event of commit.events) this.#record(event, before.executionId, at);
  }

  /** What no order of the calls explains, entity by entity, as the end of a sentence about it. */
  problems(): readonly { readonly entityId: string; readonly problem: string }[] {
    return [...this.#entries].flatMap(([entityId, entries]) => {
      const model = this.#modelOf(entityId);
      if (model === undefined) return [];
      const { verdict, order } = checkLinearizability(
        entries satisfies Operation<Called, Told>[],
        sequential(model, this.#texts),
      );
      if (verdict !== "not linearizable") return [];
      return [{ entityId, problem: `did not answer as one object would: ${storyOf(entries, order)}` }];
    });
  }

  #record(event: HistoryEvent, executionId: string, at: number): void {
    switch (event.type) {
      case "EntityOperationCalled": {
        const entry = this.#enter(event.entityId, event, at);
        if (entry !== undefined) this.#open.set(`${executionId} ${event.taskId}`, entry);
        return;
      }
      case "EntityOperationSignaled":
        this.#enter(event.entityId, event, at);
        return;
      case "EntityOperationCompleted":
        this.#answer(`${executionId} ${event.taskId}`, { result: event.result }, at);
        return;
      case "EntityOperationFailed":
        this.#answer(`${executionId} ${event.taskId}`, "failed", at);
        return;
      default:
        return;
    }
  }

  #signal({ instanceId, body }: InstanceMessage, at: number): void {
    if (body.type === "EntityOperationSignaled") this.#enter(instanceId, body, at);
  }

  #enter(entityId: string, { operation, input }: { readonly operation: string; readonly input?: string }, at: number) {
    if (this.#modelOf(entityId) === undefined) return undefined;
    const entry: Entry = { input: { operation, input }, answer: undefined, calledAt: at, answeredAt: Infinity };
    const entries = this.#entries.get(entityId);
    if (entries === undefined) this.#entries.set(entityId, [entry]);
    else entries.push(entry);
    return entry;
  }

  #answer(task: string, output: Told, at: number): void {
    const entry = this.#open.get(task);
    if (entry === undefined) return;
    this.#open.delete(task);
    entry.answer = { output };
    entry.answeredAt = at;
  }

  /** The model for the entities of this one's name, `counter` of `@counter@key`. */
  #modelOf(entityId: string): EntityModel | undefined {
    const name = entityId.slice(1, entityId.indexOf("@", 1));
    return Object.hasOwn(this.#models, name) ? this.#models[name] : undefined;
  }
}

/** A scenario's model as a sequential object. An operation that throws fails, and changes nothing. */
function sequential(model: EntityModel, texts: PayloadTexts): Model<unknown, Called, Told> {
  return {
    init: model.init,
    step(state, { operation, input }, answer) {
      const { after, told } = applied(() => model.apply(state, operation, texts.read(input)), { state, texts });
      return answer === undefined || textOf(answer.output) === textOf(told) ? { state: after } : undefined;
    },
    keyOf: (state) => texts.write(state) ?? "",
  };
}

function applied(
  apply: () => ReturnType<EntityModel["apply"]>,
  { state: before, texts }: { readonly state: unknown; readonly texts: PayloadTexts },
): { readonly after: unknown; readonly told: Told } {
  try {
    const { state, result } = apply();
    return { after: state, told: { result: texts.write(result) } };
  } catch {
    return { after: before, told: "failed" };
  }
}

function textOf(told: Told): string {
  return told === "failed" ? "failure" : (told.result ?? "nothing");
}

const SHOWN = 6;

/** The end of the longest order that was found, and the calls that fit nowhere after it. */
function storyOf(entries: readonly Entry[], order: readonly number[]): string {
  const placed = new Set(order);
  const say = ({ input: { operation, input }, answer }: Entry): string =>
    `${operation}(${input ?? ""})${answer === undefined ? "" : ` = ${textOf(answer.output)}`}`;
  const after = order.slice(-SHOWN).flatMap((index) => entries[index] ?? []);
  const stuck = entries.filter(({ answer }, index) => answer !== undefined && !placed.has(index)).slice(0, SHOWN);
  const start =
    after.length === 0 ? "from the start" : `after ${order.length > SHOWN ? "..., " : ""}${after.map(say).join(", ")}`;
  return `${start} no order explains ${stuck.map(say).join(", ")}`;
}
