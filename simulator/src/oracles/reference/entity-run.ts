/**
 * Runs an entity by the reference interpreter: one operation after the other on plain data, in the order in which the
 * entity says that it applied them.
 *
 * Invariant: an operation that throws leaves nothing behind; what it sends counts once it has succeeded. It shares no
 * code with the engine. An operation may return a promise; whoever cannot wait for it leaves the run and comes back.
 */
import type { Duration, EntityDefinition, OrchestratorDefinition } from "dacapo";
import { EntityInstanceId } from "dacapo";
import type { PayloadTexts } from "../../scenario/payload-texts.ts";
import { timeOf } from "./durations.ts";
import { headOf } from "./recorded-errors.ts";
import { settled } from "./settled.ts";

/** What an operation came to. */
export interface OperationEnd {
  /** Name and message of the error that it threw. */
  readonly failure: string | undefined;
  /** True when the error cannot name an id that the engine drew. */
  readonly isFailureSure: boolean;
  /** As a payload; undefined where nobody waits for it. */
  readonly result: string | undefined;
  /** What it sent and started, each as a text. */
  readonly effects: readonly string[];
}

export interface OperationCall {
  readonly operation: string;
  /** As a payload. */
  readonly input: string | undefined;
  /** True when somebody waits for the result. */
  readonly isCalled: boolean;
  /** In milliseconds since the epoch. */
  readonly time: number;
}

interface StartOptions {
  readonly instanceId?: string;
  readonly startAt?: Date | Duration;
}

/** The state of the entity, which is read when the operation first asks for it. */
interface HeldState {
  readonly text: string | undefined;
  isTouched: boolean;
  state: unknown;
}

/** An operation while it runs. */
interface Running {
  readonly call: OperationCall;
  readonly held: HeldState;
  readonly effects: string[];
  /** How many drawn ids were taken when it began. */
  readonly drawnBefore: number;
}

export class EntityRun {
  /** True once an operation did something of which the reference knows nothing. */
  isBeyond = false;
  /** True once an operation returned a promise. */
  isAsync = false;
  /** As a payload. */
  state: string | undefined = undefined;
  readonly #id: EntityInstanceId;
  readonly #definition: EntityDefinition;
  readonly #texts: PayloadTexts;
  /** Ids that the engine drew for orchestrations which the current turn starts: they are its own affair. */
  #drawn: readonly string[] = [];
  #drawnTaken = 0;

  constructor(definition: EntityDefinition, entityId: string, texts: PayloadTexts) {
    this.#definition = definition;
    this.#texts = texts;
    this.#id = EntityInstanceId.fromString(entityId);
  }

  /** Begins a turn, which started orchestrations with these ids. */
  beginTurn(startedIds: readonly string[]): void {
    this.#drawn = startedIds;
    this.#drawnTaken = 0;
  }

  /** Undefined where the operation returned a promise: it must be run again, by `applyAsync`. */
  apply(call: OperationCall): OperationEnd | undefined {
    const running = this.#begin(call);
    try {
      const returned: unknown = this.#definition.handler(this.#context(running) as never);
      if (!isThenable(returned)) return this.#returned(running, returned);
      this.isAsync = true;
      returned.then(
        () => undefined,
        () => undefined,
      );
      return undefined;
    } catch (error) {
      return this.#threw(running, error);
    }
  }

  async applyAsync(call: OperationCall): Promise<OperationEnd | undefined> {
    const running = this.#begin(call);
    let end: OperationEnd | undefined;
    const run = async (): Promise<void> => {
      try {
        end = this.#returned(running, await this.#definition.handler(this.#context(running) as never));
      } catch (error) {
        end = this.#threw(running, error);
      }
    };
    void run();
    await settled();
    // It waits for something else than itself.
    this.isBeyond ||= end === undefined;
    return end;
  }

  #begin(call: OperationCall): Running {
    const held = { text: this.state, isTouched: false, state: undefined };
    return { call, held, effects: [], drawnBefore: this.#drawnTaken };
  }

  #returned({ call: { isCalled }, held, effects }: Running, returned: unknown): OperationEnd {
    const written = held.isTouched && held.state !== null ? this.#texts.write(held.state) : undefined;
    const result = isCalled ? this.#texts.write(returned) : undefined;
    if (held.isTouched) this.state = written;
    return { failure: undefined, isFailureSure: true, result, effects };
  }

  #threw({ drawnBefore }: Running, error: unknown): OperationEnd {
    const isFailureSure = this.#drawnTaken === drawnBefore;
    this.#drawnTaken = drawnBefore;
    return { failure: headOf(error), isFailureSure, result: undefined, effects: [] };
  }

  #context({ call: { operation, input, time }, held, effects }: Running): object {
    const texts = this.#texts;
    const hasState = (): boolean =>
      held.isTouched ? held.state !== undefined && held.state !== null : held.text !== undefined;
    const getState = (otherwise: unknown): unknown => {
      if (!held.isTouched) setState(texts.read(held.text));
      return hasState() ? held.state : otherwise;
    };
    const setState = (state: unknown): void => {
      held.state = state;
      held.isTouched = true;
    };
    const log = Object.fromEntries(["debug", "info", "warn", "error"].map((level) => [level, () => undefined]));
    const known = {
      ...{ id: this.#id, operationName: operation, hasInput: input !== undefined, log },
      isNewlyConstructed: !hasState(),
      signal: new AbortController().signal,
      get hasState() {
        return hasState();
      },
      get currentUtcDateTime() {
        return new Date(time);
      },
      getInput: (): unknown => texts.read(input),
      getState: (otherwise?: unknown): unknown => getState(otherwise),
      setState,
      deleteState: (): void => {
        setState(undefined);
      },
      signalEntity: (...args: readonly unknown[]): void => void effects.push(signalText(args, time, texts)),
      scheduleNewOrchestration: (
        name: OrchestratorDefinition | string,
        given?: unknown,
        { instanceId, startAt }: StartOptions = {},
      ): string => {
        const id = instanceId ?? this.#drawn[this.#drawnTaken] ?? "drawn";
        this.#drawnTaken += 1;
        const at = startAt === undefined ? undefined : timeOf(startAt, time);
        const text = texts.write(given);
        effects.push(started({ name: typeof name === "string" ? name : name.name, instanceId: id }, text, at));
        return id;
      },
    };
    return new Proxy(known, {
      get: (target, key) => {
        if (!(key in target) && typeof key !== "symbol") this.isBeyond = true;
        return Reflect.get(target, key) as unknown;
      },
    });
  }
}

/** The signal that (definition, key, operation, input, options) or (id, operation, input, options) sends. */
function signalText([first, ...rest]: readonly unknown[], time: number, texts: PayloadTexts): string {
  const { kind, name } = first as { readonly kind?: unknown; readonly name: string };
  const to = kind === "entity" ? new EntityInstanceId(name, String(rest[0])).toString() : String(first);
  const [operation, input, options] = kind === "entity" ? rest.slice(1) : rest;
  const { signalTime } = (options ?? {}) as { readonly signalTime?: Date | Duration };
  const at = signalTime === undefined ? undefined : timeOf(signalTime, time);
  return signalled(to, { operation: String(operation), input: texts.write(input) }, at);
}

interface Signal {
  readonly operation: string;
  readonly input?: string | undefined;
}

/** A signal as a text. */
export function signalled(to: string, { operation, input }: Signal, dueTime: number | undefined): string {
  return `signal "${operation}" with ${input ?? "nothing"} to "${to}"${dueTime === undefined ? "" : ` at ${dueTime}`}`;
}

interface Start {
  readonly name: string;
  readonly instanceId: string;
}

/** A start as a text. */
export function started({ name, instanceId }: Start, input: string | undefined, startAt: number | undefined): string {
  return `start of ${name} "${instanceId}" with ${input ?? "nothing"}${startAt === undefined ? "" : ` at ${startAt}`}`;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
