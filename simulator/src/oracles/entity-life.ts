/**
 * One life of an entity, as the commits of its turns tell it: what was applied, in which order, under which lock.
 *
 * Invariant: what was sent to it is applied once at most, in the order in which each sender sent it; between the grant
 * of a section's lock and its release only the section's calls are applied; what a turn takes from the queue is
 * applied, waits, is held, or is a repeat; a call is answered in the turn in which it is applied, and once. Part of
 * O10.
 */
import type { AppliedMessage, EntityData, EntityLock, InstanceMessage, TurnCommit } from "dacapo/backend";
import { isForEntities } from "./entity-messages.ts";

/** Everything that was ever sent to entities, by message id. */
export type SentMessages = ReadonlyMap<string, InstanceMessage>;

type Commit = Pick<TurnCommit, "applied" | "consumed" | "messages"> & { readonly entity: EntityData };

export class EntityLife {
  readonly #entityId: string;
  readonly #sent: SentMessages;
  readonly #applied = new Set<string>();
  /** Requests for the lock that were taken back before they were granted. */
  readonly #forgotten = new Set<string>();
  /** By stream and by what the messages are part of: the number that was applied last. */
  readonly #lastOf = new Map<string, number>();
  #lock: EntityLock | undefined = undefined;
  #data: EntityData | undefined = undefined;

  constructor(entityId: string, sent: SentMessages) {
    this.#entityId = entityId;
    this.#sent = sent;
  }

  /** What the last turn left. */
  get data(): EntityData | undefined {
    return this.#data;
  }

  /** Enters a committed turn. Says what is wrong with it, as the end of a sentence about the entity. */
  takeTurn(commit: Commit, batch: readonly InstanceMessage[]): string | undefined {
    const { applied = [], entity } = commit;
    const answers = new Map(
      commit.messages.flatMap((message) => (isAnswer(message) ? [[message.messageId, message]] : [])),
    );
    let problem: string | undefined;
    for (const one of applied) problem ??= this.#apply(one, answers);
    const [unasked] = answers.values();
    if (unasked !== undefined)
      problem ??= `answers task ${taskOf(unasked)} of "${unasked.instanceId}", and applied no call of it`;
    problem ??= this.#problemWithData(entity, applied) ?? this.#problemWithConsumed(commit, batch);
    this.#data = entity;
    return problem;
  }

  #apply(applied: AppliedMessage, answers: Map<string, InstanceMessage>): string | undefined {
    const { messageId, outcome } = applied;
    const message = this.#sent.get(messageId);
    const what = nameOf(applied);
    if (message?.instanceId !== this.#entityId) return `applied ${what}, which nobody sent to it`;
    if (this.#applied.has(messageId)) return `applied ${what} twice`;
    this.#applied.add(messageId);
    const { body } = message;
    if (!isForEntities(body) || body.type !== applied.type) return `applied ${what}, but it was sent ${body.type}`;
    const overtaken = this.#problemWithOrder(message, what);
    if (overtaken !== undefined) return overtaken;
    switch (body.type) {
      case "EntityOperationCalled": {
        const { caller, criticalSectionId } = body;
        return (
          this.#problemWithLock(criticalSectionId, what) ?? problemWithAnswer(answers, caller, ANSWERS[outcome], what)
        );
      }
      case "EntityOperationSignaled":
        return this.#problemWithLock(undefined, what);
      case "EntityLockRequested": {
        const { criticalSectionId, caller, lockSet } = body;
        if (this.#lock !== undefined)
          return `gave its lock to a section while section ${this.#lock.criticalSectionId} held it`;
        this.#lock = { criticalSectionId, caller, lockSet };
        if (lockSet.at(-1) !== this.#entityId) return undefined;
        return problemWithAnswer(answers, caller, "EntityLockGranted", what);
      }
      case "EntityUnlockSent":
        return this.#unlock(body.criticalSectionId, outcome);
    }
  }

  #unlock(section: string, outcome: AppliedMessage["outcome"]): string | undefined {
    const isHeld = this.#lock?.criticalSectionId === section;
    if (isHeld !== (outcome === "unlocked")) {
      return isHeld
        ? `was not unlocked when section ${section} ended`
        : `was unlocked by section ${section}, which did not hold it`;
    }
    if (isHeld) this.#lock = undefined;
    if (outcome !== "forgotten") return undefined;
    const waits = this.#data?.waiting.find(
      ({ body }) => body.type === "EntityLockRequested" && body.criticalSectionId === section,
    );
    if (waits !== undefined) this.#forgotten.add(waits.messageId);
    return undefined;
  }

  /**
   * A sender's messages are applied in its order. Calls within a section have an order of their own: what the sender
   * sent before the section may have to wait for the end of it.
   */
  #problemWithOrder({ position, body }: InstanceMessage, what: string): string | undefined {
    if (position === undefined || position.isUnordered === true || body.type === "EntityUnlockSent") return undefined;
    const section = body.type === "EntityOperationCalled" ? (body.criticalSectionId ?? "") : "";
    const key = `${position.stream} ${section}`;
    const last = this.#lastOf.get(key) ?? 0;
    this.#lastOf.set(key, position.number);
    if (position.number > last) return undefined;
    return `applied ${what} after one that the same sender sent later`;
  }

  #problemWithLock(section: string | undefined, what: string): string | undefined {
    const holder = this.#lock?.criticalSectionId;
    if (holder === section) return undefined;
    if (holder === undefined) return `applied ${what} as part of section ${section ?? ""}, which did not hold its lock`;
    return `applied ${what} while section ${holder} held its lock`;
  }

  #problemWithData({ lock, state, waiting, held }: EntityData, applied: readonly AppliedMessage[]): string | undefined {
    if (lock?.criticalSectionId !== this.#lock?.criticalSectionId) {
      const holder = (one: EntityLock | undefined): string =>
        one === undefined ? "nobody" : `section ${one.criticalSectionId}`;
      return `says that ${holder(lock)} holds its lock, and by what it applied ${holder(this.#lock)} does`;
    }
    const changed = applied.some(({ outcome }) => outcome === "completed");
    if (!changed && state !== this.#data?.state) return "has another state, although no operation was completed";
    const kept = [...waiting, ...held].map(({ messageId }) => messageId);
    if (new Set(kept).size < kept.length) return "keeps a message twice";
    const stray = kept.find((id) => this.#sent.get(id)?.instanceId !== this.#entityId);
    if (stray !== undefined) return `keeps a message that nobody sent to it: ${stray}`;
    const done = kept.find((id) => this.#applied.has(id));
    return done === undefined ? undefined : `keeps a message that it has applied: ${done}`;
  }

  #problemWithConsumed({ consumed, entity }: Commit, batch: readonly InstanceMessage[]): string | undefined {
    const kept = new Set([...entity.waiting, ...entity.held].map(({ messageId }) => messageId));
    for (const id of consumed) {
      if (this.#applied.has(id) || kept.has(id) || this.#forgotten.has(id)) continue;
      const body = (this.#sent.get(id) ?? batch.find(({ messageId }) => messageId === id))?.body;
      if (body === undefined || !isForEntities(body)) continue;
      // A request that came together with the order to forget it was never seen to wait.
      if (body.type === "EntityLockRequested") continue;
      return `took a message (${body.type}) from its queue, and neither applied nor kept it`;
    }
    return undefined;
  }
}

/** How a call is answered, by what became of it. */
const ANSWERS: Readonly<Partial<Record<AppliedMessage["outcome"], InstanceMessage["body"]["type"]>>> = {
  completed: "EntityOperationCompleted",
  failed: "EntityOperationFailed",
};

function isAnswer({ body }: InstanceMessage): boolean {
  const { type } = body;
  return type === "EntityOperationCompleted" || type === "EntityOperationFailed" || type === "EntityLockGranted";
}

function taskOf({ body }: InstanceMessage): number {
  return "taskId" in body ? body.taskId : 0;
}

/** Takes the answer to a task out of those that a turn gives. */
function problemWithAnswer(
  answers: Map<string, InstanceMessage>,
  caller: { readonly instanceId: string; readonly executionId: string; readonly taskId: number },
  type: InstanceMessage["body"]["type"] | undefined,
  what: string,
): string | undefined {
  // The id of an answer is part of the contract, written anew.
  const id = `${caller.executionId}:${caller.taskId}`;
  const answer = answers.get(id);
  answers.delete(id);
  const whom = `task ${caller.taskId} of "${caller.instanceId}"`;
  if (answer === undefined) return `applied ${what}, and does not answer ${whom}`;
  if (
    answer.instanceId === caller.instanceId &&
    answer.executionId === caller.executionId &&
    answer.body.type === type
  ) {
    return undefined;
  }
  return `applied ${what}, and answers ${whom} with ${answer.body.type}`;
}

function nameOf({ type, operation }: AppliedMessage): string {
  switch (type) {
    case "EntityOperationCalled":
      return `the call of "${operation ?? ""}"`;
    case "EntityOperationSignaled":
      return `the signal "${operation ?? ""}"`;
    case "EntityLockRequested":
      return "a request for its lock";
    case "EntityUnlockSent":
      return "the end of a section";
  }
}
