/**
 * O1: whatever went wrong below, what happened is what the programming model allows.
 *
 * Invariant: the histories are the witness: they say which answers came, in which order. Given those, a second
 * interpreter of the programming model, without queues and without faults, has the orchestrators decide and end as they
 * did, and the entities have the states, answers and signals that they had; what a parent was told of a child is how the
 * child ended. That the answers themselves were possible is what O2, O5, O9 and O10 say.
 */
import type { Definition, EntityDefinition } from "dacapo";
import type { Caller, HistoryEvent, InstanceMessage, TurnCommit } from "dacapo/backend";
import type { PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Circumstances } from "./all-oracles.ts";
import { isForEntities } from "./entity-messages.ts";
import type { FinalEvidence, Oracle, ReplayedExecution, Violation } from "./oracle.ts";
import type { OperationEnd } from "./reference/entity-run.ts";
import { defaultVersions, differenceFromRecord } from "./replay.ts";
import { EntityRun, signalled, started } from "./reference/entity-run.ts";
import { problemWithExecution } from "./reference/orchestration-run.ts";

const ID = "O1";

export function refinementOracle({
  register = [],
  versioning = [],
}: Pick<Circumstances, "register" | "versioning"> = {}): Oracle {
  const defaults = defaultVersions(versioning);
  const calls = new CallReader();
  const entities = new ReferenceEntities(register);
  const take = (call: PortCall): readonly Violation[] => entities.take(call);
  return {
    id: ID,
    title: "what happened is what the programming model allows, as a second interpreter of it finds",
    observe: ({ committed }) => calls.judge(committed.calls, take),
    atEnd: ({ replays }: FinalEvidence) => childrenMisreported(replays),
    async interpret({ replays }: FinalEvidence) {
      const found: Violation[] = [];
      for (const replayed of replays) found.push(...(await judgeExecution(replayed, register, defaults)));
      return found;
    },
  };
}

async function judgeExecution(
  { execution, replay }: ReplayedExecution,
  register: readonly Definition[],
  defaults: ReadonlySet<string>,
): Promise<readonly Violation[]> {
  // Code that does not repeat itself is the business of O6.
  const { history, instanceId, record } = execution;
  if (replay === undefined || differenceFromRecord(replay, { history, record, defaults }) !== undefined) return [];
  const name = history.find((event) => event.type === "ExecutionStarted")?.name;
  const definition = register.find((one) => one.kind === "orchestrator" && one.name === name);
  if (definition?.kind !== "orchestrator") return [];
  const problem = await problemWithExecution(definition.handler, history, defaults);
  // Code that depends on how often it ran would hardly do the same again.
  const isSure =
    problem !== undefined && problem === (await problemWithExecution(definition.handler, history, defaults));
  return !isSure ? [] : [violation(instanceId, `instance "${instanceId}": ${problem}`)];
}

type End = Extract<HistoryEvent, { readonly type: "ExecutionCompleted" }>;

/** Parents that were told something else of a child than how it ended. */
function childrenMisreported(replays: readonly ReplayedExecution[]): readonly Violation[] {
  const ends = new Map<string, End>();
  for (const { execution } of replays) {
    const start = execution.history.find((event) => event.type === "ExecutionStarted");
    const end = execution.history.findLast((event) => event.type === "ExecutionCompleted");
    if (start?.parent !== undefined && end !== undefined)
      ends.set(`${start.parent.executionId} ${start.parent.taskId}`, end);
  }
  return replays.flatMap(({ execution: { executionId, instanceId, history } }) =>
    history.flatMap((event) => {
      if (event.type !== "SubOrchestrationInstanceCompleted") return [];
      const end = ends.get(`${executionId} ${event.taskId}`);
      if (end === undefined || (end.runtimeStatus === "Completed" && end.output === event.result)) return [];
      const how = `${end.runtimeStatus} with ${end.output ?? "nothing"}`;
      const told = `instance "${instanceId}" was told that its child (task ${event.taskId}) completed with ${event.result ?? "nothing"}`;
      return [violation(instanceId, `${told}, and it is ${how}`)];
    }),
  );
}

/** Failures that the engine gives in place of an operation. */
const ENGINE_FAILURES: ReadonlySet<string | undefined> = new Set([
  ...["POISON_MESSAGE", "ENTITY_NOT_REGISTERED", "PAYLOAD_TOO_LARGE", "PAYLOAD_NOT_SERIALIZABLE", "INVALID_ARGUMENT"],
]);

class ReferenceEntities {
  readonly #definitions = new Map<string, EntityDefinition>();
  readonly #sent = new Map<string, InstanceMessage>();
  /** By entity id: its current life. */
  readonly #runs = new Map<string, { readonly incarnation: string; readonly run: EntityRun }>();

  constructor(register: readonly Definition[]) {
    for (const one of register) if (one.kind === "entity") this.#definitions.set(one.name.toLowerCase(), one);
  }

  take(call: PortCall): readonly Violation[] {
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
    if (run === undefined || run.isBeyond) return NOTHING;
    const problem = this.#problemWith(commit, run);
    if (problem === undefined || run.isBeyond) return NOTHING;
    run.isBeyond = true;
    return [violation(commit.lock.key, `entity "${commit.lock.key}" ${problem}`)];
  }

  #runOf(entityId: string, incarnation: string): EntityRun | undefined {
    const known = this.#runs.get(entityId);
    if (known?.incarnation === incarnation) return known.run;
    const definition = this.#definitions.get(entityId.slice(1, entityId.indexOf("@", 1)));
    if (definition === undefined) return undefined;
    const run = new EntityRun(definition, entityId);
    this.#runs.set(entityId, { incarnation, run });
    return run;
  }

  #operation(messageId: string) {
    const body = this.#sent.get(messageId)?.body;
    return body?.type === "EntityOperationCalled" || body?.type === "EntityOperationSignaled" ? body : undefined;
  }

  /** Runs the operations that a turn applied. Says what came out otherwise, as the end of a sentence about the entity. */
  #problemWith(commit: TurnCommit, run: EntityRun): string | undefined {
    const { applied = [], messages, starts, entity } = commit;
    const effects: string[] = [];
    for (const one of applied) {
      const body = this.#operation(one.messageId);
      if (body === undefined) continue;
      const answer = body.type === "EntityOperationCalled" ? answerTo(body.caller, messages) : undefined;
      run.isBeyond ||= isOfEngine(answer);
      if (run.isBeyond) return undefined;
      const end = run.apply(body.operation, body.input, commit.status.lastUpdatedAt);
      const problem = differenceInEnd(end, one.outcome, answer);
      if (problem !== undefined) return `applied "${body.operation}", ${problem}`;
      effects.push(...end.effects);
    }
    const { state = "none" } = run;
    if ((entity?.state ?? "none") !== state) return `has another state than by its code: not ${state}`;
    return differenceInEffects(effects, [...messages.flatMap(signalOf), ...starts.map(startOf)]);
  }
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
  { failure, result }: OperationEnd,
  outcome: string,
  answer: InstanceMessage["body"] | undefined,
): string | undefined {
  const must = failure === undefined ? "completed" : "failed";
  if (outcome !== must) return `which ${outcome}, and by its code it ${must}: ${failure ?? result ?? "nothing"}`;
  if (answer?.type !== "EntityOperationCompleted" || answer.result === result) return undefined;
  return `and answered ${answer.result ?? "nothing"}, and by its code it gives ${result ?? "nothing"}`;
}

function signalOf({ instanceId, body }: InstanceMessage): readonly string[] {
  return body.type === "EntityOperationSignaled" ? [signalled(instanceId, body.operation, body.input)] : [];
}

function startOf({ start: { event } }: TurnCommit["starts"][number]): string {
  return started(event.name, event.input);
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

const NOTHING: readonly Violation[] = [];

function violation(instanceId: string, message: string): Violation {
  return { oracle: ID, instanceId, message };
}
