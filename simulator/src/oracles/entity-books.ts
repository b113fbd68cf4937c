/**
 * What one life of an entity made of its messages, as the conservation oracle (O9) keeps its books.
 *
 * Invariant: built from what the commits of its turns say, and from what was sent. Everything that a turn takes out of
 * the queue took effect, is kept for later, or did so before; what is kept stays until it takes effect. In which order,
 * and with what outcome, is the business of O10. Used by `instance-life.ts` alone.
 */
import type { EntityData, InstanceMessage, TurnCommit } from "dacapo/backend";
import { isForOrchestrations } from "dacapo/backend";

type Body = InstanceMessage["body"];

export class EntityBooks {
  readonly #applied = new Set<string>();
  /** Requests for the lock that went with the end of their sections. */
  readonly #takenBack = new Set<string>();
  /** What the last turn kept: for the end of the lock, or for a message before it. */
  #kept = new Map<string, Body>();

  /**
   * Enters a committed turn. Says what is wrong with it, if anything. `nameOf` names a message, `wasSent` knows them
   * all.
   */
  takeTurn(
    commit: TurnCommit & { readonly entity: EntityData },
    batch: readonly InstanceMessage[],
    nameOf: (body: Body) => string,
    wasSent: (messageId: string) => boolean,
  ): string | undefined {
    const { entity, applied = [], consumed } = commit;
    const keptBefore = this.#kept;
    const handed = new Map(batch.map(({ messageId, body }) => [messageId, body]));
    this.#kept = new Map([...entity.waiting, ...entity.held].map(({ messageId, body }) => [messageId, body]));
    for (const { messageId } of applied) {
      const body = handed.get(messageId) ?? keptBefore.get(messageId);
      if (body === undefined) return "it applied a message that it had neither been handed nor kept";
      if (this.#applied.has(messageId)) return `${nameOf(body)} was applied twice`;
      this.#applied.add(messageId);
    }
    for (const messageId of consumed) {
      const body = handed.get(messageId);
      if (body === undefined) return "a message was taken from its queue that the worker had not been handed";
      if (this.#isAccountedFor(messageId) || isForOrchestrations(body)) continue;
      if (this.#takeBack(messageId, body, commit, handed)) continue;
      return `${nameOf(body)} was taken from its queue, and it neither applied it nor keeps it`;
    }
    for (const [messageId, body] of keptBefore) {
      if (this.#isAccountedFor(messageId) || this.#takeBack(messageId, body, commit, handed)) continue;
      return `${nameOf(body)}, which it kept, is lost`;
    }
    const stray = [...this.#kept].find(([messageId]) => !wasSent(messageId));
    return stray === undefined ? undefined : `it keeps ${nameOf(stray[1])}, which nobody sent`;
  }

  #isAccountedFor(messageId: string): boolean {
    return this.#applied.has(messageId) || this.#kept.has(messageId) || this.#takenBack.has(messageId);
  }

  #takeBack(messageId: string, body: Body, commit: TurnCommit, handed: ReadonlyMap<string, Body>): boolean {
    if (!isTakenBack(body, commit, handed)) return false;
    this.#takenBack.add(messageId);
    return true;
  }
}

/** A request for the lock goes with the end of its section. */
function isTakenBack(body: Body, { applied = [] }: TurnCommit, handed: ReadonlyMap<string, Body>): boolean {
  if (body.type !== "EntityLockRequested") return false;
  return applied.some(({ messageId, outcome }) => {
    const end = outcome === "forgotten" ? handed.get(messageId) : undefined;
    // One that was held until now is not among what was handed.
    return end === undefined
      ? outcome === "forgotten"
      : "criticalSectionId" in end && end.criticalSectionId === body.criticalSectionId;
  });
}
