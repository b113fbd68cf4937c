/**
 * The critical section of an execution: from the request for its locks until their release, and what may not be asked
 * for meanwhile, so that no wait inside it can be for ever.
 *
 * Invariant: one section at a time. A rule is checked before anything of the call is recorded, so that a call that
 * breaks one leaves nothing behind; all of it is a function of the calls so far, so that replay repeats it. Used by
 * the execution and its entity calls.
 */
import { assert } from "./assert.ts";
import { LockingRulesViolationError } from "./errors.ts";

/** A section whose locks are asked for, or held. */
export interface Section {
  readonly id: string;
  /** Entity ids in the order in which they are locked. */
  readonly lockSet: readonly string[];
  isGranted: boolean;
  isReleased: boolean;
}

export class CriticalSections {
  #section: Section | undefined = undefined;
  /** Entities of the section with a call that is not answered yet. */
  readonly #busy = new Set<string>();
  /** Calls that were made outside of sections and are not answered yet: what they call, by task id. */
  readonly #outside = new Map<number, string>();

  /** The section that is asked for or held. */
  get open(): Section | undefined {
    return this.#section;
  }

  /** The section that is held: from the grant of all its locks until their release. */
  get held(): Section | undefined {
    return this.#section?.isGranted === true ? this.#section : undefined;
  }

  /** @throws LockingRulesViolationError while a section is asked for or held, or a call is not answered. */
  assertMayLock(): void {
    const section = this.#section;
    if (section !== undefined) {
      throw violation(`lockEntities() was called while the locks of ${section.lockSet.join(", ")}`, section, {
        hint: "Critical sections do not nest: lock all entities in one call, or release() the section first.",
      });
    }
    const [pending] = this.#outside.values();
    if (pending === undefined) return;
    throw new LockingRulesViolationError(`lockEntities() was called while a call of ${pending} is not answered yet.`, {
      hint:
        "Inside the section, waiting for that answer could take for ever. Wait for it before, or use signalEntity() " +
        "where no answer is needed.",
    });
  }

  /**
   * @returns the id of the section that the call belongs to, if any.
   * @throws LockingRulesViolationError when the section does not allow this call.
   */
  assertMayCall(entityId: string): string | undefined {
    const section = this.#section;
    if (section === undefined) return undefined;
    if (!section.isGranted) {
      throw violation(`${entityId} was called while the locks of ${section.lockSet.join(", ")}`, section, {
        hint: "Wait for the task of lockEntities() first.",
      });
    }
    if (!section.lockSet.includes(entityId)) {
      throw violation(`${entityId} was called while the locks of ${section.lockSet.join(", ")}`, section, {
        hint: "Inside a critical section, only its own entities are called: add this one to lockEntities().",
      });
    }
    if (!this.#busy.has(entityId)) return section.id;
    throw new LockingRulesViolationError(
      `${entityId} was called inside a critical section while a call of it is not answered yet.`,
      { hint: "Wait for the first call before the second: the calls of a section come one after the other." },
    );
  }

  /** @throws LockingRulesViolationError when the section asks for the entity's lock, or holds it. */
  assertMaySignal(entityId: string): void {
    const section = this.#section;
    if (section?.lockSet.includes(entityId) !== true) return;
    throw violation(`${entityId} was signalled while the locks of ${section.lockSet.join(", ")}`, section, {
      hint: "The signal would wait for the end of the section: use callEntity() inside it, or signal after release().",
    });
  }

  /** @throws LockingRulesViolationError while a section is asked for or held. */
  assertMayCallSubOrchestrator(): void {
    this.#assertOutside("a sub-orchestration was called", "It could wait for the same locks: call it after release().");
  }

  /** @throws LockingRulesViolationError while a section is asked for or held. */
  assertMayContinueAsNew(): void {
    this.#assertOutside("continueAsNew() was called", "The next execution does not hold them: release() them first.");
  }

  #assertOutside(what: string, hint: string): void {
    const section = this.#section;
    if (section !== undefined)
      throw violation(`${what} while the locks of ${section.lockSet.join(", ")}`, section, { hint });
  }

  /** The locks are asked for. */
  request(id: string, lockSet: readonly string[]): Section {
    assert(this.#section === undefined, "critical sections do not nest");
    const section: Section = { id, lockSet, isGranted: false, isReleased: false };
    this.#section = section;
    return section;
  }

  /** A call was made. @param sectionId is what `assertMayCall` gave. */
  called(entityId: string, taskId: number, sectionId: string | undefined): void {
    if (sectionId === undefined) this.#outside.set(taskId, entityId);
    else this.#busy.add(entityId);
  }

  /** The call was answered. */
  answered(entityId: string, taskId: number, sectionId: string | undefined): void {
    this.#outside.delete(taskId);
    if (sectionId !== undefined && sectionId === this.#section?.id) this.#busy.delete(entityId);
  }

  /** The section is over. Calls of it that are not answered yet are answered all the same: they precede the unlock. */
  close(section: Section): void {
    assert(section === this.#section, "a section ends once");
    section.isReleased = true;
    this.#section = undefined;
    this.#busy.clear();
  }
}

/** @param what reads "... was called while the locks of ...". */
function violation(
  what: string,
  { isGranted }: Section,
  { hint }: { readonly hint: string },
): LockingRulesViolationError {
  return new LockingRulesViolationError(`${what} ${isGranted ? "are held" : "are still asked for"}.`, { hint });
}
