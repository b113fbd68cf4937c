/**
 * Entities by the reference interpreter: each turn must leave the state, give the answers and send the messages that the
 * code gives, one operation after the other. Part of O1.
 *
 * Invariant: turns are judged as they are committed; those of an entity with promises, which have to settle, at the end
 * of the run. Of an entity whose code does not do the same twice, nothing is said.
 */
import type { Definition, EntityDefinition } from "dacapo";
import type { AppliedMessage, Caller, InstanceMessage, TurnCommit } from "dacapo/backend";
import type { PayloadTexts } from "../scenario/payload-texts.ts";
import type { PortCall } from "../world/port-calls.ts";
import { isForEntities } from "./entity-messages.ts";
import type { OperationCall, OperationEnd } from "./reference/entity-run.ts";
import { EntityRun, signalled, started } from "./reference/entity-run.ts";
import { headOf } from "./reference/recorded-errors.ts";

/** What is wrong with an entity, as the end of a sentence about it. */
export interface EntityProblem {
  readonly entityId: string;
  readonly problem: string;
}

/** Failures that the engine gives in place of an operation. */
const ENGINE_FAILURES: ReadonlySet<string | undefined> = new Set([
  ...["POISON_MESSAGE", "ENTITY_NOT_REGISTERED", "PAYLOAD_TOO_LARGE", "PAYLOAD_NOT_SERIALIZABLE", "INVALID_ARGUMENT"],
]);

/** A turn, and who runs it. */
interface Turn {
  readonly commit: TurnCommit;
  readonly run: EntityRun;
}

/** The operations of a turn, each to be given its end; then what is wrong. */
type Judging = Generator<OperationCall, string | undefined, OperationEnd | undefined>;

export class EntityRefinement {
  readonly #definitions = new Map<string, EntityDefinition>();
  readonly #sent = new Map<string, InstanceMessage>();
  /** By entity id: its current life. */
  readonly #runs = new Map<string, { readonly incarnation: string; readonly run: EntityRun }>();
  /** Turns of entities with promises, in order. */
  readonly #deferred: Turn[] = [];

  readonly #texts: PayloadTexts;

  constructor(register: readonly Definition[], texts: PayloadTexts) {
    this.#texts = texts;
    for (const one of register) if (one.kind === "entity") this.#definitions.set(one.name.toLowerCase(), one);
  }

  take(call: PortCall): readonly EntityProblem[] {
    if (this.#definitions.size === 0 || (call.type !== "send" && call.type !== "turn")) return NOTHING;
    if (call.refusedWith !== undefined || call.firstDoneAt !== undefined) return NOTHING;
    if (call.type === "send") {
      this.#sent.set(call.message.messageId, call.message);
      return NOTHING;
    }
    const { commit, before } = call;
    for (const message of commit.messages) if (isForEntities(message.body)) this.#sent.set(message.messageId, message);
    const run =
      before === undefined || commit.entity === undefined
        ? undefined
        : this.#runOf(commit.lock.key, before.incarnation);
    return run === undefined ? NOTHING : this.#judge({ commit, run });
  }

  /** What could not be judged at once. */
  async takeDeferred(): Promise<readonly EntityProblem[]> {
    const found: EntityProblem[] = [];
    for (const turn of this.#deferred.splice(0)) {
      if (turn.run.isBeyond) continue;
      const before = turn.run.state;
      const problem = await this.#runAsync(turn);
      if (problem === undefined) continue;
      turn.run.state = before;
      found.push(...report(turn, problem, await this.#runAsync(turn)));
    }
    return found;
  }

  #judge(turn: Turn): readonly EntityProblem[] {
    const { run } = turn;
    if (run.isBeyond) return NOTHING;
    const before = run.state;
    const problem = run.isAsync ? undefined : this.#run(turn);
    if (run.isAsync) {
      run.state = before;
      this.#deferred.push(turn);
      return NOTHING;
    }
    if (problem === undefined) return NOTHING;
    run.state = before;
    return report(turn, problem, this.#run(turn));
  }

  #run(turn: Turn): string | undefined {
    const judging = this.#judging(turn);
    let next = judging.next();
    while (next.done !== true && !turn.run.isAsync) next = judging.next(turn.run.apply(next.value));
    return next.done === true ? next.value : undefined;
  }

  async #runAsync(turn: Turn): Promise<string | undefined> {
    const judging = this.#judging(turn);
    let next = judging.next();
    while (next.done !== true) next = judging.next(await turn.run.applyAsync(next.value));
    return next.value;
  }

  #runOf(entityId: string, incarnation: string): EntityRun | undefined {
    const known = this.#runs.get(entityId);
    if (known?.incarnation === incarnation) return known.run;
    const definition = this.#definitions.get(entityId.slice(1, entityId.indexOf("@", 1)));
    if (definition === undefined) return undefined;
    const run = new EntityRun(definition, entityId, this.#texts);
    this.#runs.set(entityId, { incarnation, run });
    return run;
  }

  #operation(messageId: string) {
    const body = this.#sent.get(messageId)?.body;
    return body?.type === "EntityOperationCalled" || body?.type === "EntityOperationSignaled" ? body : undefined;
  }

  /** Runs the operations that a turn applied. Says what came out otherwise. */
  *#judging({ commit, run }: Turn): Judging {
    const { applied = [], messages, starts, entity } = commit;
    run.beginTurn(starts.map(({ instanceId }) => instanceId));
    const effects: string[] = [];
    for (const one of applied) {
      const body = this.#operation(one.messageId);
      if (body === undefined) continue;
      const answer = body.type === "EntityOperationCalled" ? answerTo(body.caller, messages) : undefined;
      run.isBeyond ||= isOfEngine(answer);
      if (run.isBeyond) return undefined;
      const { operation, input } = body;
      const isCalled = body.type === "EntityOperationCalled";
      const end = yield { operation, input, isCalled, time: commit.status.lastUpdatedAt };
      if (end === undefined) return undefined;
      const problem = differenceInEnd(end, one.outcome, answer);
      if (problem !== undefined) return `applied "${operation}", ${problem}`;
      effects.push(...end.effects);
    }
    const { state = "none" } = run;
    if ((entity?.state ?? "none") !== state) return `has another state than by its code: not ${state}`;
    return differenceInEffects(effects, [...messages.flatMap(signalOf), ...starts.map(startOf)]);
  }
}

/** Once something is wrong, all that follows is; code that does not do the same twice is passed over. */
function report({ commit, run }: Turn, problem: string, again: string | undefined): readonly EntityProblem[] {
  const isSure = !run.isBeyond && problem === again;
  run.isBeyond = true;
  return isSure ? [{ entityId: commit.lock.key, problem }] : NOTHING;
}

function isOfEngine(answer: InstanceMessage["body"] | undefined): boolean {
  return answer?.type === "EntityOperationFailed" && ENGINE_FAILURES.has(answer.failure.code);
}

function answerTo({ executionId, taskId }: Caller, messages: readonly InstanceMessage[]) {
  const isIt = ({ executionId: to, body }: InstanceMessage): boolean =>
    to === executionId && "taskId" in body && body.taskId === taskId;
  return messages.find(isIt)?.body;
}

/** How an operation came out otherwise, as the end of a sentence. */
function differenceInEnd(
  { failure, isFailureSure, result }: OperationEnd,
  outcome: AppliedMessage["outcome"],
  answer: InstanceMessage["body"] | undefined,
): string | undefined {
  const must = failure === undefined ? "completed" : "failed";
  if (outcome !== must) return `which ${outcome}, and by its code it ${must}: ${failure ?? result ?? "nothing"}`;
  if (answer?.type === "EntityOperationFailed") {
    const { errorType: name, errorMessage: message } = answer.failure;
    const said = headOf({ name, message });
    return said === failure || !isFailureSure
      ? undefined
      : `and failed with ${said}, and by its code with ${failure ?? ""}`;
  }
  if (answer?.type !== "EntityOperationCompleted" || answer.result === result) return undefined;
  return `and answered ${answer.result ?? "nothing"}, and by its code it gives ${result ?? "nothing"}`;
}

function signalOf({ instanceId, body, dueTime }: InstanceMessage): readonly string[] {
  return body.type === "EntityOperationSignaled" ? [signalled(instanceId, body, dueTime)] : [];
}

function startOf({ instanceId, start: { event, startAt } }: TurnCommit["starts"][number]): string {
  return started({ name: event.name, instanceId }, event.input, startAt);
}

/** Signals and starts go different ways, so each kind is compared in its order. */
function differenceInEffects(must: readonly string[], sent: readonly string[]): string | undefined {
  const byKind = (texts: readonly string[]): readonly string[] => [
    ...texts.filter((text) => text.startsWith("signal")),
    ...texts.filter((text) => !text.startsWith("signal")),
  ];
  const [is, due] = [byKind(sent), byKind(must)];
  for (let i = 0; i < Math.max(is.length, due.length); i++) {
    if (is[i] !== due[i])
      return `makes the ${is[i] ?? "end of its turn"}, and by its code it makes the ${due[i] ?? "end of its turn"}`;
  }
  return undefined;
}

const NOTHING: readonly EntityProblem[] = [];
