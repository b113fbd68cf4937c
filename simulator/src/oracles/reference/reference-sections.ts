/**
 * What an orchestration asks of entities, as the reference interpreter (O1) has it: calls, signals, critical sections and
 * their rules.
 *
 * Invariant: written from the documented meaning; sharing no code with the engine's. One section at a time; a call that
 * breaks a rule throws, and has decided nothing. Held by the reference's context.
 */
import type { Duration } from "dacapo";
import { EntityInstanceId, EntityOperationFailedError, LockingRulesViolationError } from "dacapo";
import type { AskedTasks } from "./asked-tasks.ts";
import { entityCallText, lockText, signalText, unlockText } from "./decision-texts.ts";
import { timeOf } from "./durations.ts";
import { errorOf } from "./recorded-errors.ts";
import type { GivenValues } from "./given-values.ts";
import type { ReferencePayloads } from "./reference-payloads.ts";
import { ReferenceTask } from "./reference-task.ts";

/** The locks that are asked for, or held. */
interface Section {
  /** The task that asked for them. */
  readonly lock: number;
  readonly lockSet: readonly string[];
  isGranted: boolean;
  isReleased: boolean;
  /** Entities of the section with a call that is not answered yet. */
  readonly busy: Set<string>;
}

type Arguments = readonly unknown[];

/** The parts of the context that it works with. */
interface Parts {
  readonly asked: AskedTasks;
  readonly given: GivenValues;
  readonly payloads: ReferencePayloads;
}

export class ReferenceSections {
  readonly #asked: AskedTasks;
  readonly #given: GivenValues;
  readonly #payloads: ReferencePayloads;
  #section: Section | undefined = undefined;
  /** Calls outside of sections that are not answered yet. */
  #callsOutside = 0;

  constructor({ asked, given, payloads }: Parts) {
    this.#asked = asked;
    this.#given = given;
    this.#payloads = payloads;
  }

  /** `ctx.entities`. */
  readonly surface = {
    callEntity: (...args: Arguments): ReferenceTask => this.#call(args),
    signalEntity: (...args: Arguments): void => {
      this.#signal(args);
    },
    lockEntities: (...args: Arguments): ReferenceTask => this.#lock(args),
    isInCriticalSection: (): object => {
      const section = this.#section;
      if (section?.isGranted !== true) return { inSection: false };
      return { inSection: true, lockedEntities: section.lockSet.map((id) => EntityInstanceId.fromString(id)) };
    },
  };

  /** @throws LockingRulesViolationError while locks are asked for, or held. */
  assertOutside(what: string): void {
    if (this.#section !== undefined) throw brokenRule(what);
  }

  /** The execution is over: gives back what it holds, or waits for. */
  end(): void {
    if (this.#section !== undefined) this.#unlock(this.#section);
  }

  #call(args: Arguments): ReferenceTask {
    const { id, operation, input } = this.#requested(args);
    const entityId = id.toString();
    const section = this.#section;
    if (section !== undefined && (!section.isGranted || !section.lockSet.includes(entityId)))
      throw brokenRule(`a call of ${entityId}`);
    if (section?.busy.has(entityId) === true) throw brokenRule(`a second call of ${entityId}`);
    if (section === undefined) this.#callsOutside += 1;
    else section.busy.add(entityId);
    const task = new ReferenceTask();
    const decision = (taskId: number): string => entityCallText(taskId, { entityId, operation, input }, section?.lock);
    this.#asked.ask("entity call", decision, (answer) => {
      if (section === undefined) this.#callsOutside -= 1;
      else section.busy.delete(entityId);
      if (!("failure" in answer)) task.complete("result" in answer ? this.#payloads.read(answer.result) : undefined);
      else task.fail(new EntityOperationFailedError(id, operation, answer.failure, errorOf(answer.failure)));
    });
    return task;
  }

  #signal(args: Arguments): void {
    const { id, operation, input, options } = this.#requested(args);
    const entityId = id.toString();
    const { signalTime } = options as { readonly signalTime?: Date | Duration };
    if (this.#section?.lockSet.includes(entityId) === true) throw brokenRule(`a signal to ${entityId}`);
    if (signalTime !== undefined) this.#given.time(signalTime);
    const at = signalTime === undefined ? undefined : timeOf(signalTime, this.#asked.time);
    this.#asked.decide(signalText({ entityId, operation, input }, at));
  }

  #requested([entity, ...rest]: Arguments): {
    readonly id: EntityInstanceId;
    readonly operation: string;
    readonly input: string | undefined;
    readonly options: object;
  } {
    const { kind, name, key } = (entity ?? {}) as {
      readonly kind?: unknown;
      readonly name?: unknown;
      readonly key?: unknown;
    };
    const isById = kind !== "entity";
    this.#given.name(name);
    this.#given.name(isById ? key : rest[0]);
    const [operation, input, options = {}] = isById ? rest : rest.slice(1);
    this.#given.name(operation);
    this.#given.payload(input);
    const text = this.#payloads.write(input);
    return { id: idOf(entity, rest[0]), operation: String(operation), input: text, options: options as object };
  }

  #lock(args: Arguments): ReferenceTask {
    const [only] = args;
    const targets = args.length === 1 && Array.isArray(only) && !isPair(only) ? (only as Arguments) : args;
    const ids = targets.map((one) => (isPair(one) ? idOf(one[0], one[1]) : idOf(one, undefined)).toString());
    const lockSet = [...new Set(ids)].sort();
    if (lockSet.length === 0) this.#asked.leave("no entities to lock");
    if (this.#section !== undefined || this.#callsOutside > 0) throw brokenRule("another request for locks");
    const task = new ReferenceTask();
    const settle = (): void => {
      section.isGranted = true;
      task.complete(this.#handleOf(section));
    };
    const lock = this.#asked.ask("lock", (taskId) => lockText(taskId, lockSet), settle);
    const section: Section = { lock, lockSet, isGranted: false, isReleased: false, busy: new Set() };
    this.#section = section;
    return task;
  }

  #handleOf(section: Section): object {
    const release = (): void => {
      if (!section.isReleased) this.#unlock(section);
    };
    return {
      ownedLocks: section.lockSet.map((id) => EntityInstanceId.fromString(id)),
      get isReleased() {
        return section.isReleased;
      },
      release,
      [Symbol.dispose]: release,
    };
  }

  /** To each entity where the locks are held; else to the first, along the way of the request. */
  #unlock(section: Section): void {
    const { lock, lockSet, isGranted } = section;
    section.isReleased = true;
    this.#section = undefined;
    if (isGranted) for (const id of lockSet) this.#asked.decide(unlockText(lock, id, undefined));
    else this.#asked.decide(unlockText(lock, lockSet[0] ?? "", lockSet));
  }
}

function brokenRule(what: string): LockingRulesViolationError {
  return new LockingRulesViolationError(`The rules of critical sections do not allow ${what} here.`, {
    hint: "Release the section first, or wait for what was asked for.",
  });
}

/** Reads (definition, key, operation, input, options) or (id, operation, input, options). */
function idOf(entity: unknown, key: unknown): EntityInstanceId {
  const { kind, name, key: its } = entity as { readonly kind?: unknown; readonly name: string; readonly key?: string };
  return new EntityInstanceId(name, kind === "entity" ? String(key) : (its ?? ""));
}

function isPair(value: unknown): value is readonly [unknown, string] {
  return Array.isArray(value) && value.length === 2 && typeof value[1] === "string";
}
