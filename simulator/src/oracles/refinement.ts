/**
 * O1: whatever went wrong below, what happened is what the programming model allows.
 *
 * Invariant: the histories are the witness: they say which answers came, in which order. Given those, a second
 * interpreter of the programming model, without queues and without faults, has the orchestrators decide and end as they
 * did, and the entities have the states, answers and signals that they had; what a parent was told of a child is how the
 * child ended. That the answers themselves were possible is what O2, O5, O9 and O10 say.
 */
import type { Definition } from "dacapo";
import type { ExecutionCompleted, HistoryEvent, InstanceMessage } from "dacapo/backend";
import { JSON_TEXTS } from "../scenario/payload-texts.ts";
import type { PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Circumstances } from "./all-oracles.ts";
import type { EntityProblem } from "./entity-refinement.ts";
import { EntityRefinement } from "./entity-refinement.ts";
import type { FinalEvidence, Oracle, ReplayedExecution, Violation } from "./oracle.ts";
import { isTooLong, problemWithExecution } from "./reference/orchestration-run.ts";
import type { ReferenceHub } from "./reference/reference-context.ts";
import { defaultVersions, differenceFromRecord } from "./replay.ts";

const ID = "O1";
type Knows = Pick<Circumstances, "register" | "versioning" | "texts" | "payloadBytesMax" | "historyEventsMax">;

export function refinementOracle({
  register = [],
  versioning = [],
  texts = JSON_TEXTS,
  payloadBytesMax,
  historyEventsMax,
}: Knows = {}): Oracle {
  const defaults = defaultVersions(versioning);
  const hub = {
    ...{ defaults, texts },
    ...(payloadBytesMax === undefined ? {} : { payloadBytesMax }),
    ...(historyEventsMax === undefined ? {} : { historyEventsMax }),
  };
  const calls = new CallReader();
  const entities = new EntityRefinement(register, texts);
  /** What was handed out for the turns that ended executions for the length of their histories, by execution. */
  const cutOff = new Map<string, readonly InstanceMessage[]>();
  const take = (call: PortCall): readonly Violation[] => {
    const isDone = call.type === "turn" && call.refusedWith === undefined && call.firstDoneAt === undefined;
    if (isDone && call.commit.events.some(isTooLong)) cutOff.set(executionOf(call), call.before?.batch ?? []);
    return violationsOf(entities.take(call));
  };
  return {
    id: ID,
    title: "what happened is what the programming model allows, as a second interpreter of it finds",
    observe: ({ committed }) => calls.judge(committed.calls, take),
    atEnd: ({ replays }: FinalEvidence) => childrenMisreported(replays),
    async interpret({ replays }: FinalEvidence) {
      const found: Violation[] = [];
      for (const replayed of replays) {
        const batch = cutOff.get(replayed.execution.executionId);
        found.push(...(await judgeExecution(replayed, { register, hub, cutOff: batch })));
      }
      return [...found, ...violationsOf(await entities.takeDeferred())];
    },
  };
}

interface Judging {
  readonly register: readonly Definition[];
  readonly hub: Pick<ReferenceHub, "defaults"> & Partial<ReferenceHub>;
  readonly cutOff: readonly InstanceMessage[] | undefined;
}

function isTurn({ type }: HistoryEvent): boolean {
  return type === "OrchestratorStarted";
}

/** The execution that a turn belongs to: a rewind begins another. */
function executionOf({ commit, before }: Extract<PortCall, { readonly type: "turn" }>): string {
  return commit.rewritten?.start.event.executionId ?? before?.executionId ?? "";
}

async function judgeExecution(
  { execution, replay }: ReplayedExecution,
  { register, hub, cutOff }: Judging,
): Promise<readonly Violation[]> {
  // Code that does not repeat itself is the business of O6.
  const { history, instanceId, record } = execution;
  const { defaults } = hub;
  if (replay?.ok !== true) return [];
  // The turn in which the engine ended it is none that a replay could repeat.
  const isRepeated =
    cutOff === undefined
      ? differenceFromRecord(replay, { history, record, defaults }) === undefined
      : differenceFromRecord(
          { ...replay, turns: replay.turns.slice(0, -1) },
          { history: history.slice(0, history.findLastIndex(isTurn)), record: undefined, defaults },
        ) === undefined;
  if (!isRepeated) return [];
  const name = history.find((event) => event.type === "ExecutionStarted")?.name;
  const definition = register.find((one) => one.kind === "orchestrator" && one.name === name);
  if (definition?.kind !== "orchestrator") return [];
  const problem = await problemWithExecution(definition.handler, history, hub, cutOff);
  // Code that depends on how often it ran would hardly do the same again.
  const isSure =
    problem !== undefined && problem === (await problemWithExecution(definition.handler, history, hub, cutOff));
  return !isSure ? [] : [violation(instanceId, `instance "${instanceId}": ${problem}`)];
}

/** Parents that were told something else of a child than how it ended. */
function childrenMisreported(replays: readonly ReplayedExecution[]): readonly Violation[] {
  const ends = new Map<string, ExecutionCompleted>();
  for (const { execution } of replays) {
    const start = execution.history.find((event) => event.type === "ExecutionStarted");
    const end = execution.history.findLast((event) => event.type === "ExecutionCompleted");
    // One that was rewound ends a second time, of which a parent that did not wait any more was not told.
    const isRewound = execution.history.some((event) => event.type === "ExecutionRewound");
    if (start?.parent !== undefined && end !== undefined && !isRewound)
      ends.set(`${start.parent.executionId} ${start.parent.taskId}`, end);
  }
  if (ends.size === 0) return NOTHING;
  return replays.flatMap(({ execution: { executionId, instanceId, history } }) =>
    history.flatMap((event) => {
      const told = toldOfChild(event);
      const end = told === undefined ? undefined : ends.get(`${executionId} ${told.taskId}`);
      if (told === undefined || end === undefined || told.how === endOf(end)) return [];
      const what = `instance "${instanceId}" was told that its child (task ${told.taskId}) ${told.how}`;
      return [violation(instanceId, `${what}, and it ${endOf(end)}`)];
    }),
  );
}

/** What an event tells of a child, as the end of a sentence about it. */
function toldOfChild(event: HistoryEvent): { readonly taskId: number; readonly how: string } | undefined {
  switch (event.type) {
    case "SubOrchestrationInstanceCompleted":
      return { taskId: event.taskId, how: `completed with ${event.result ?? "nothing"}` };
    case "SubOrchestrationInstanceFailed": {
      const { code, errorType, errorMessage } = event.failure;
      const isEnded = code === "ORCHESTRATION_TERMINATED" && errorType === "OrchestrationTerminatedError";
      return { taskId: event.taskId, how: isEnded ? "was terminated" : `failed with ${errorType}: ${errorMessage}` };
    }
    default:
      return undefined;
  }
}

/** How a child ended, as the end of a sentence about it. */
function endOf({ runtimeStatus, output, failure }: ExecutionCompleted): string {
  switch (runtimeStatus) {
    case "Completed":
      return `completed with ${output ?? "nothing"}`;
    case "Terminated":
      return "was terminated";
    case "Failed":
      return `failed with ${failure?.errorType ?? "nothing"}: ${failure?.errorMessage ?? ""}`;
  }
}

const NOTHING: readonly Violation[] = [];

function violation(instanceId: string, message: string): Violation {
  return { oracle: ID, instanceId, message };
}

function violationsOf(problems: readonly EntityProblem[]): readonly Violation[] {
  return problems.map(({ entityId, problem }) => violation(entityId, `entity "${entityId}" ${problem}`));
}
