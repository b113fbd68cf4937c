/**
 * O10: entities keep the promises of an actor.
 *
 * Invariant: each operation that was called or signalled is applied once, in the order of its sender; no two sections
 * overlap, and nothing but its own calls comes into one; at rest no lock is left with an owner that is over, and nothing
 * waits for what cannot come. Where the scenario gives a model of an entity, what callers were told is what a single
 * object would have told them, one call after the other, each between its call and its answer (linearizability).
 */
import type { InstanceMessage } from "dacapo/backend";
import { JSON_TEXTS } from "../scenario/payload-texts.ts";
import type { PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Circumstances } from "./all-oracles.ts";
import { EntityCalls } from "./entity-calls.ts";
import { EntityLife } from "./entity-life.ts";
import { isForEntities } from "./entity-messages.ts";
import type { FinalEvidence, Oracle, Violation } from "./oracle.ts";

const ID = "O10";

export function entitiesOracle({
  models = {},
  texts = JSON_TEXTS,
}: Pick<Circumstances, "models" | "texts"> = {}): Oracle {
  const calls = new CallReader();
  const book = new EntityBook();
  const history = new EntityCalls(models, texts);
  let position = 0;
  const take = (call: PortCall): readonly Violation[] => {
    position += 1;
    if (isDone(call)) history.take(call, position);
    return book.take(call);
  };
  return {
    id: ID,
    title: "entities apply each operation once, in order and under their locks, and answer as one object would",
    observe: ({ committed }) => calls.judge(committed.calls, take),
    atEnd: (evidence) => [
      ...calls.judge(evidence.committed.calls, take),
      ...(evidence.isAtRest ? book.atRest(evidence) : []),
      ...history.problems().map(({ entityId, problem }) => violation(entityId, problem)),
    ],
  };
}

function isDone(call: PortCall): boolean {
  return (
    !("refusedWith" in call && call.refusedWith !== undefined) &&
    !("firstDoneAt" in call && call.firstDoneAt !== undefined)
  );
}

class EntityBook {
  readonly #sent = new Map<string, InstanceMessage>();
  /** By entity id: its current life. */
  readonly #lives = new Map<string, { readonly incarnation: string; readonly life: EntityLife }>();

  take(call: PortCall): readonly Violation[] {
    if (!isDone(call)) return NOTHING;
    if (call.type === "send") this.#send(call.message);
    if (call.type !== "turn") return NOTHING;
    const { commit, before } = call;
    for (const message of commit.messages) this.#send(message);
    if (commit.entity === undefined || before === undefined) return NOTHING;
    const entityId = commit.lock.key;
    const { life } = this.#lifeOf(entityId, before.incarnation);
    const problem = life.takeTurn({ ...commit, entity: commit.entity }, before.batch);
    return problem === undefined ? NOTHING : [violation(entityId, problem)];
  }

  #send(message: InstanceMessage): void {
    if (isForEntities(message.body)) this.#sent.set(message.messageId, message);
  }

  #lifeOf(entityId: string, incarnation: string): { readonly incarnation: string; readonly life: EntityLife } {
    const known = this.#lives.get(entityId);
    if (known?.incarnation === incarnation) return known;
    const made = { incarnation, life: new EntityLife(entityId, this.#sent) };
    this.#lives.set(entityId, made);
    return made;
  }

  /** Locks whose owners are over, and what is kept for what cannot come. */
  atRest({ store }: FinalEvidence): readonly Violation[] {
    const found: Violation[] = [];
    for (const { record, entity } of store.instances()) {
      if (record.kind !== "entity" || entity === undefined) continue;
      const { lock, waiting, held } = entity;
      if (lock !== undefined) {
        const { instanceId, executionId } = lock.caller;
        const owner = store.getInstance(instanceId);
        const isAlive = owner?.executionId === executionId && !OVER.has(owner.runtimeStatus);
        if (!isAlive) found.push(violation(record.instanceId, `is locked for ever: its owner "${instanceId}" is over`));
      } else if (waiting.length > 0) {
        found.push(violation(record.instanceId, "is free, and a message still waits for its lock"));
      }
      if (held.length > 0)
        found.push(violation(record.instanceId, "still holds a message until one comes that was sent before it"));
    }
    return found;
  }
}

const OVER: ReadonlySet<string> = new Set(["Completed", "Failed", "Terminated"]);

const NOTHING: readonly Violation[] = [];

function violation(entityId: string, problem: string): Violation {
  return { oracle: ID, instanceId: entityId, message: `entity "${entityId}" ${problem}` };
}
