/**
 * What a user may expect of the workloads' programs, and the outside world that shows whether it came true.
 *
 * Invariant: each expectation holds whatever goes wrong below the backend contract; none of them knows how the engine
 * works. They are the last resort: most planted bugs are to die by the simulator's own oracles.
 */
import type { HistoryEvent } from "dacapo";
import type { InstanceState, Ledger, OutsideWorld, Properties } from "@dacapo/simulator";
import type { Approval, Collecting, Life, Values, Work } from "./programs.ts";

/** An effect of an activity in the outside world. */
interface Effect {
  readonly label: string;
  readonly key: string;
}

/** A try of an activity that failed as planned. */
interface Try {
  readonly label: string;
  /** Names the attempt: the same for each delivery of it. */
  readonly task: string;
}

/** What a client asked for (`begun`) and was told (`done`). */
export interface Request {
  readonly kind: "start" | "purge" | "tick";
  readonly stage: "begun" | "done" | "refused";
  readonly id: string;
  readonly what: string;
}

export interface Outside {
  readonly effects: Ledger<Effect>;
  readonly tries: Ledger<Try>;
  readonly requests: Ledger<Request>;
}

export function outside(world: OutsideWorld): Outside {
  return {
    effects: world.ledger<Effect>("effects"),
    tries: world.ledger<Try>("tries"),
    requests: world.ledger<Request>("requests"),
  };
}

interface Attempt {
  readonly attempt: number;
  readonly executionId: string;
  readonly taskId: number;
  readonly idempotencyKey: string;
}

/** The activity `work` with its effect. */
export function mocks({ effects, tries }: Outside): {
  readonly work: (ctx: Attempt, input: Work) => Promise<unknown>;
} {
  return {
    work: async (ctx, { label, gives, worksAtAttempt = 1 }) => {
      if (ctx.attempt < worksAtAttempt) {
        await tries.append({ label, task: `${ctx.executionId}/${ctx.taskId}` });
        throw new Error(`${label} does not work yet, at attempt ${ctx.attempt} (planned)`);
      }
      await effects.appendOnce(ctx.idempotencyKey, { label, key: ctx.idempotencyKey });
      return gives;
    },
  };
}

type View = Parameters<Properties<Outside>[string]>[0];

export const always: Properties<Outside> = {
  "a call has its effect once": ({ effects }) => effects.countBy("label").every((count) => count === 1),
  "a call is not tried more often than its policy says": ({ tries }) => {
    const tasks = new Map<string, Set<string>>();
    for (const { label, task } of tries.entries()) tasks.set(label, (tasks.get(label) ?? new Set()).add(task));
    return [...tasks.values()].every(({ size }) => size <= 5);
  },
  "a first start of an id is accepted": ({ requests }) =>
    requests.entries().every(({ stage, id }) => stage !== "refused" || !id.startsWith("fresh")),
  "an instance fails only where its activities or its code do": ({ hub }) =>
    hub.instances().every(({ runtimeStatus, failure }) => {
      if (runtimeStatus !== "Failed") return true;
      let cause = failure;
      while (cause?.innerFailure !== undefined) cause = cause.innerFailure;
      return /\(simulated\)|on purpose$/.test(cause?.errorMessage ?? "");
    }),
  "an output is what the program comes to": ({ hub }) =>
    hub.instances().every((instance) => instance.runtimeStatus !== "Completed" || isExpected(instance)),
  "an id is started once, and once more after each purge": ({ requests }) => {
    const count = (kind: Request["kind"], stage: Request["stage"], of: string): number =>
      requests.entries().filter((request) => request.kind === kind && request.stage === stage && request.id === of)
        .length;
    return [...new Set(requests.entries().map(({ id }) => id))].every(
      (id) => count("start", "done", id) <= 1 + count("purge", "begun", id),
    );
  },
};

export const eventually: Properties<Outside> = {
  "what an orchestration waited for was done": ({ hub, effects }) => {
    const done = new Set(effects.entries().map(({ label }) => label));
    return hub
      .instances()
      .every(({ instanceId }) => labelsDone(hub.history(instanceId)).every((label) => done.has(label)));
  },
  "a purge removes one life of an id": ({ hub, requests }) => {
    const count = (kind: Request["kind"], stage: Request["stage"]): number =>
      requests.entries().filter((request) => request.kind === kind && request.stage === stage && request.id === "one")
        .length;
    return count("start", "done") - count("purge", "begun") <= (hub.instance("one") === undefined ? 0 : 1);
  },
  "a collector that got all its ticks has ended": (view) =>
    view.hub.instances().every((instance) => instance.name !== "collector" || hasEnded(instance, view)),
  "events are taken in the order in which they came": ({ hub }) =>
    hub.instances().every(({ name, runtimeStatus, instanceId, output }) => {
      if (name !== "ordered" || runtimeStatus !== "Completed") return true;
      const came = hub.history(instanceId).flatMap((event) => (event.type === "EventRaised" ? [event.input] : []));
      return (output as readonly unknown[]).every((tick, i) => JSON.stringify(tick) === came[i]);
    }),
};

/** The labels of the calls of `work` that this history says were completed. */
function labelsDone(history: readonly HistoryEvent[]): readonly string[] {
  const completed = new Set(history.flatMap((event) => (event.type === "TaskCompleted" ? [event.taskId] : [])));
  return history.flatMap((event) =>
    event.type === "TaskScheduled" && event.name === "work" && completed.has(event.taskId)
      ? [(JSON.parse(event.input ?? "{}") as Work).label]
      : [],
  );
}

function hasEnded({ isTerminal, input, instanceId }: InstanceState, { requests }: View): boolean {
  const { total } = input as Collecting;
  const sent = requests
    .entries()
    .filter(({ kind, stage, id }) => kind === "tick" && stage === "done" && id === instanceId);
  return isTerminal || sent.length < total;
}

/** True when a completed instance's output, and its custom status, are what its program must come to. */
function isExpected({ name, input, output, customStatus }: InstanceState): boolean {
  switch (name) {
    case "chain":
    case "fanOut":
    case "combined":
    case "branches":
      return isSame(output, (input as Values).values);
    case "plain":
      return output === (input as Values).values.length;
    case "compensated":
      return output === "undone";
    case "hopeless":
      return output === "given up";
    case "forgetful":
      return output === "sent";
    case "persistent":
      return isInTime(output) && (output as { readonly result: unknown }).result === "at last";
    case "patient":
      return isInTime(output) && (output as { readonly result: unknown }).result === "done";
    case "timers":
      return (output as readonly unknown[]).length === 2 && (output as readonly unknown[]).every(isInTime);
    case "draws":
      return areDrawn(output as readonly Drawn[]);
    case "approval":
      return isAnswered(input as Approval, output as Answered, customStatus);
    case "collector":
      return isCollection(input as Collecting, output as Collected, customStatus);
    case "ordered":
      return areTicks(output as readonly unknown[]);
    case "life":
    case "brief":
      return isInTime(output) && isLife(input as Life, output as Lived, customStatus);
    default:
      // Such as `torn`, which must not complete.
      return false;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** True when it took as long as it had to. */
function isInTime(output: unknown): boolean {
  const { elapsed, least } = output as { readonly elapsed: number; readonly least: number };
  return elapsed >= least;
}

interface Drawn {
  readonly random: number;
  readonly guid: string;
  readonly time: number;
}

function areDrawn(drawn: readonly Drawn[]): boolean {
  const isNew = ({ random, guid, time }: Drawn, i: number): boolean =>
    drawn.slice(0, i).every((earlier) => earlier.random !== random && earlier.guid !== guid && earlier.time <= time);
  return drawn.length === 3 && drawn.every(isNew);
}

interface Answered {
  readonly run: string;
  readonly outcome: string;
  readonly answer: number | null;
}

function isAnswered({ run }: Approval, output: Answered, customStatus: unknown): boolean {
  const isAnswer = output.outcome === "late" ? output.answer === null : typeof output.answer === "number";
  return output.run === run && customStatus === output.outcome && isAnswer;
}

interface Collected {
  readonly ticks: readonly unknown[];
  readonly keys: readonly string[];
  readonly done: unknown;
}

function isCollection({ run, total }: Collecting, { ticks, keys, done }: Collected, customStatus: unknown): boolean {
  return (
    ticks.length === total &&
    areTicks(ticks) &&
    new Set(keys).size === keys.length &&
    done === `${run}/${keys.length - 1}` &&
    isSame(customStatus, { run, total })
  );
}

/** True when each is a tick that a client sends, and none is there twice. */
function areTicks(ticks: readonly unknown[]): boolean {
  return new Set(ticks).size === ticks.length && ticks.every((tick) => /^tick \d+ of \w+ ✓$/.test(String(tick)));
}

interface Lived {
  readonly run: string;
  readonly went: unknown;
}

/** An event is sent to an id: where that was purged and started again, it may reach the next life. */
function isLife({ run }: Life, output: Lived, customStatus: unknown): boolean {
  return (
    output.run === run &&
    customStatus === run &&
    (output.went === null || (typeof output.went === "string" && /^go \w+$/.test(output.went)))
  );
}
