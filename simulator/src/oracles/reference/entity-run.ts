/**
 * Runs an entity by the reference interpreter: one operation after the other on plain data, in the order in which the
 * entity says that it applied them.
 *
 * Invariant: an operation that throws leaves nothing behind; what it sends counts once it has succeeded. Operations
 * without promises are run, synchronously; of an entity with others nothing is said. It shares no code with the engine.
 */
import type { EntityDefinition, OrchestratorDefinition } from "dacapo";
import { EntityInstanceId } from "dacapo";
import { headOf } from "./recorded-errors.ts";

/** What an operation came to. */
export interface OperationEnd {
  /** Name and message of the error that it threw. */
  readonly failure: string | undefined;
  /** JSON text. */
  readonly result: string | undefined;
  /** What it sent and started, each as a text. */
  readonly effects: readonly string[];
}

interface StartOptions {
  readonly instanceId?: string;
}

export class EntityRun {
  /** True once an operation did something of which the reference knows nothing. */
  isBeyond = false;
  /** JSON text. */
  state: string | undefined = undefined;
  readonly #id: EntityInstanceId;
  readonly #definition: EntityDefinition;

  constructor(definition: EntityDefinition, entityId: string) {
    this.#definition = definition;
    this.#id = EntityInstanceId.fromString(entityId);
  }

  apply(operation: string, input: string | undefined, time: number): OperationEnd {
    const effects: string[] = [];
    const held = { state: this.state === undefined ? undefined : (JSON.parse(this.state) as unknown) };
    try {
      const returned: unknown = this.#definition.handler(
        this.#context({ operation, input, time, held, effects }) as never,
      );
      if (isThenable(returned)) this.#leave(returned);
      const result = JSON.stringify(returned) as string | undefined;
      this.state = held.state === undefined || held.state === null ? undefined : JSON.stringify(held.state);
      return { failure: undefined, result, effects };
    } catch (error) {
      return { failure: headOf(error), result: undefined, effects: [] };
    }
  }

  #context(call: {
    readonly operation: string;
    readonly input: string | undefined;
    readonly time: number;
    readonly held: { state: unknown };
    readonly effects: string[];
  }): object {
    const { operation, input, time, held, effects } = call;
    const hasState = (): boolean => held.state !== undefined && held.state !== null;
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
      getInput: (): unknown => (input === undefined ? undefined : JSON.parse(input)),
      getState: (otherwise?: unknown): unknown => (hasState() ? held.state : otherwise),
      setState: (state: unknown): void => void (held.state = state),
      deleteState: (): void => void (held.state = undefined),
      signalEntity: (...args: readonly unknown[]): void => void effects.push(signalText(args)),
      scheduleNewOrchestration: (
        name: OrchestratorDefinition | string,
        given?: unknown,
        options: StartOptions = {},
      ) => {
        effects.push(startText(name, given));
        // An id that the engine draws is its own affair.
        if (options.instanceId === undefined) this.isBeyond = true;
        return options.instanceId;
      },
    };
    return new Proxy(known, {
      get: (target, key) => {
        if (!(key in target) && typeof key !== "symbol") this.isBeyond = true;
        return Reflect.get(target, key) as unknown;
      },
    });
  }

  #leave(promise: PromiseLike<unknown>): void {
    this.isBeyond = true;
    promise.then(
      () => undefined,
      () => undefined,
    );
  }
}

/** The signal that (definition, key, operation, input) or (id, operation, input) sends. */
function signalText(args: readonly unknown[]): string {
  const [first, ...rest] = args;
  const { kind, name } = first as { readonly kind?: unknown; readonly name: string };
  if (kind !== "entity") return effectText(String(first), rest[0], rest[1]);
  return effectText(new EntityInstanceId(name, String(rest[0])).toString(), rest[1], rest[2]);
}

function effectText(to: string, operation: unknown, input: unknown): string {
  return signalled(to, String(operation), JSON.stringify(input));
}

/** A signal as a text. */
export function signalled(to: string, operation: string, input: string | undefined): string {
  return `signal "${operation}" with ${input ?? "nothing"} to "${to}"`;
}

function startText(orchestrator: OrchestratorDefinition | string, input: unknown): string {
  const name = typeof orchestrator === "string" ? orchestrator : orchestrator.name;
  return started(name, JSON.stringify(input));
}

/** A start as a text. */
export function started(name: string, input: string | undefined): string {
  return `start of ${name} with ${input ?? "nothing"}`;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
