/**
 * What an orchestrator asks of entities: checks the arguments, then the rules of critical sections, then records.
 *
 * Invariant: a call that throws has recorded nothing and taken no task id. Held by the execution.
 */
import type { AnsweredCalls } from "./answered-calls.ts";
import { assert } from "./assert.ts";
import type { CriticalSections, Section } from "./critical-sections.ts";
import { DurableTask } from "./durable-task.ts";
import type { CriticalSectionInfo, LockHandle, OrchestrationEntityFeature } from "./entity-feature.ts";
import { EntityInstanceId } from "./entity-instance-id.ts";
import { signalTimeOf } from "./entity-operation.ts";
import type { EntityReference } from "./entity-reference.ts";
import { entityIdOf, operationRequest } from "./entity-reference.ts";
import { EntityOperationFailedError, InvalidArgumentError } from "./errors.ts";
import type { CallScope } from "./execution-scope.ts";
import { fromFailureDetails } from "./failure.ts";
import { unlocksOf } from "./section-unlocks.ts";
import type { OutboundStreams } from "./streams.ts";
import type { Task } from "./task.ts";

/** What the entity calls ask of their execution. */
export interface EntityScope extends CallScope {
  readonly answers: AnsweredCalls;
  readonly sections: CriticalSections;
  readonly sent: OutboundStreams;
  /** @throws NonDeterminismError when the code calls the context while it should be waiting. */
  assertInTurn(call: string): void;
}

export class EntityCalls implements OrchestrationEntityFeature {
  readonly #execution: EntityScope;

  constructor(execution: EntityScope) {
    this.#execution = execution;
  }

  callEntity<O>(entity: EntityReference | EntityInstanceId, ...rest: readonly unknown[]): Task<O> {
    this.#execution.assertInTurn("entities.callEntity");
    const { answers, sections, sent, time } = this.#execution;
    const { id, operation, input } = operationRequest(entity, rest, "callEntity");
    const entityId = id.toString();
    const criticalSectionId = sections.assertMayCall(entityId);
    const text = this.#write(operation, entityId, input);
    const task = new DurableTask(this.#execution);
    const taskId = this.#execution.nextTaskId();
    sections.called(entityId, taskId, criticalSectionId);
    answers.expect(taskId, {
      kind: "entity-call",
      name: `${operation} of ${entityId}`,
      settle: (answer) => {
        sections.answered(entityId, taskId, criticalSectionId);
        if (answer.type === "EntityOperationCompleted") {
          const what = `result of "${operation}" of entity ${entityId}`;
          this.#execution.payloads.settle(task, answer.result, what);
        } else {
          assert(answer.type === "EntityOperationFailed", "a call of an entity is answered with its end");
          const { failure } = answer;
          task.fail(new EntityOperationFailedError(id, operation, failure, fromFailureDetails(failure)));
        }
      },
    });
    this.#execution.decide({
      type: "EntityOperationCalled",
      taskId,
      entityId,
      operation,
      ...(text === undefined ? {} : { input: text }),
      ...(criticalSectionId === undefined ? {} : { criticalSectionId }),
      position: sent.next(entityId, time),
    });
    return task as unknown as Task<O>;
  }

  signalEntity(entity: EntityReference | EntityInstanceId, ...rest: readonly unknown[]): void {
    this.#execution.assertInTurn("entities.signalEntity");
    const { sections, sent, time } = this.#execution;
    const { id, operation, input, options } = operationRequest(entity, rest, "signalEntity");
    const entityId = id.toString();
    const scheduledTime = signalTimeOf(options, time, "signalEntity");
    sections.assertMaySignal(entityId);
    const text = this.#write(operation, entityId, input);
    this.#execution.decide({
      type: "EntityOperationSignaled",
      entityId,
      operation,
      ...(text === undefined ? {} : { input: text }),
      ...(scheduledTime === undefined ? {} : { scheduledTime }),
      position: sent.next(entityId, time, scheduledTime !== undefined),
    });
  }

  lockEntities(...entities: readonly unknown[]): Task<LockHandle> {
    this.#execution.assertInTurn("entities.lockEntities");
    const { answers, executionId, sections, sent, time } = this.#execution;
    const lockSet = lockSetOf(entities);
    const [first] = lockSet;
    if (first === undefined) {
      throw new InvalidArgumentError("lockEntities() was given no entity.", {
        hint: "Pass new EntityInstanceId(name, key), or [definition, key], one for each entity to lock.",
      });
    }
    sections.assertMayLock();
    const task = new DurableTask<LockHandle>(this.#execution);
    const taskId = this.#execution.nextTaskId();
    // A function of who asks, so that a repeated turn asks for the same section.
    const section = sections.request(`${executionId}:${taskId}`, lockSet);
    answers.expect(taskId, {
      kind: "entity-lock",
      name: lockSet.join(", "),
      settle: () => {
        section.isGranted = true;
        task.complete(new Locks(section, () => this.#release(section)));
      },
    });
    this.#execution.decide({
      type: "EntityLockRequested",
      taskId,
      criticalSectionId: section.id,
      lockSet,
      position: sent.next(first, time),
    });
    return task as unknown as Task<LockHandle>;
  }

  isInCriticalSection(): CriticalSectionInfo {
    this.#execution.assertInTurn("entities.isInCriticalSection");
    const { held } = this.#execution.sections;
    return held === undefined ? { inSection: false } : { inSection: true, lockedEntities: idsOf(held) };
  }

  /** The execution ends: gives back what it holds, and what it asked for. */
  end(): void {
    const { open } = this.#execution.sections;
    if (open !== undefined) this.#unlock(open);
  }

  #release(section: Section): void {
    if (section.isReleased) return;
    // First: outside a turn it throws, and the section stays as it is.
    this.#execution.assertInTurn("entities.release");
    this.#unlock(section);
  }

  #unlock(section: Section): void {
    const { sections, sent, time } = this.#execution;
    sections.close(section);
    for (const unlock of unlocksOf(section, (receiver) => sent.next(receiver, time))) this.#execution.decide(unlock);
  }

  #write(operation: string, entityId: string, input: unknown): string | undefined {
    return this.#execution.payloads.write(input, `input of "${operation}" of entity ${entityId}`);
  }
}

class Locks implements LockHandle {
  readonly #section: Section;
  readonly #release: () => void;

  constructor(section: Section, release: () => void) {
    this.#section = section;
    this.#release = release;
  }

  get ownedLocks(): readonly EntityInstanceId[] {
    return idsOf(this.#section);
  }

  get isReleased(): boolean {
    return this.#section.isReleased;
  }

  release(): void {
    this.#release();
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}

function idsOf({ lockSet }: Section): readonly EntityInstanceId[] {
  return lockSet.map((entityId) => EntityInstanceId.fromString(entityId));
}

/** The ids of what is to be locked, in the one global order (UTF-16 code units), none twice. */
function lockSetOf(entities: readonly unknown[]): readonly string[] {
  const [only] = entities;
  const list = entities.length === 1 && Array.isArray(only) && !isPair(only) ? (only as readonly unknown[]) : entities;
  const ids = list.map((entity) =>
    isPair(entity)
      ? entityIdOf(entity[0] as EntityReference, entity[1], "lockEntities").toString()
      : entityIdOf(entity as EntityInstanceId, undefined, "lockEntities").toString(),
  );
  // Without a comparison of its own, sort() goes by UTF-16 code units.
  return [...new Set(ids)].sort();
}

/** A definition and a key, where a list of entities to lock has no text in it. */
function isPair(value: unknown): value is readonly [unknown, string] {
  return Array.isArray(value) && value.length === 2 && typeof value[1] === "string";
}
