/**
 * What one turn of an orchestration owes to others, as the conservation oracle (O9) sees it: children that it asked for,
 * events that it sent, the answer to its parent, the termination of its children.
 *
 * Invariant: read from what the turn recorded and was handed, never from the engine; one book a life of an instance id.
 * Used by `instance-life.ts` alone.
 */
import type { ExecutionStart, HistoryEvent, InstanceMessage, InstanceStart, TurnCommit } from "dacapo/backend";

/** A turn, as far as others are concerned. */
export interface FamilyTurn {
  readonly commit: TurnCommit;
  readonly executionId: string;
  readonly handed: ReadonlyMap<string, InstanceMessage>;
  readonly isTerminated: boolean;
}

type Message = InstanceMessage["body"];
type Parent = NonNullable<ExecutionStart["event"]["parent"]>;

export class FamilyBooks {
  /** Whom its end answers: another execution once its parent was rewound. */
  #parent: Parent | undefined;
  readonly #incarnation: string;
  /** The children of the latest execution that have not answered, by task. */
  readonly #children = new Map<number, Child>();
  /** The life that each child began, by its instance id. */
  readonly #lives = new Map<string, string>();
  #executionId: string;

  constructor(start: ExecutionStart, incarnation: string) {
    this.#parent = start.event.parent;
    this.#incarnation = incarnation;
    this.#executionId = start.event.executionId;
  }

  /** Its end answers another execution from now on. */
  adopt(parent: Parent): void {
    this.#parent = parent;
  }

  /** A rewind: the children live on, as do those that the failed turn began, and those whose failures are taken back. */
  rewrite(executionId: string, history: readonly HistoryEvent[]): void {
    this.#executionId = executionId;
    this.#enter(history, []);
  }

  /** True for an order to terminate that a parent gave its own child, which is another. */
  isForAnother(body: Message | HistoryEvent): boolean {
    if (body.type !== "ExecutionTerminated" || body.incarnation === undefined) return false;
    return body.incarnation !== this.#incarnation;
  }

  /** Enters a turn. Says what it owes somebody, or gave without owing it, if anything. */
  take(turn: FamilyTurn): string | undefined {
    const { commit, executionId } = turn;
    if (executionId !== this.#executionId) this.#children.clear();
    this.#executionId = executionId;
    const asked = this.#enter(commit.events, commit.starts);
    const isMistaken = turn.commit.events.some(
      (event) => event.type === "ExecutionTerminated" && this.isForAnother(event),
    );
    if (isMistaken) return "it obeys an order to terminate that was meant for another life";
    // What the failed turn decided stays on record where a rewind is refused, and nothing of it is done again.
    const isRefused = commit.events.some((event) => event.type === "ExecutionRewound" && event.isRefused === true);
    const problem = isRefused ? undefined : (problemWithStarts(turn) ?? problemWithEvents(turn));
    return problem ?? this.#answer(turn) ?? this.#terminations(turn, asked);
  }

  /** @returns the children that were asked for, and that no earlier turn began. */
  #enter(events: readonly HistoryEvent[], starts: readonly InstanceStart[]): ReadonlySet<Child> {
    const asked = new Set<Child>();
    for (const event of events) {
      if (event.type === "SubOrchestrationInstanceCreated") {
        const { taskId, instanceId } = event;
        const begun = this.#lives.get(instanceId);
        const start = starts.find((one) => one.instanceId === instanceId && one.start.event.parent?.taskId === taskId);
        const incarnation = start?.incarnation ?? begun ?? "";
        const child = { instanceId, incarnation };
        if (begun !== incarnation) asked.add(child);
        this.#lives.set(instanceId, incarnation);
        this.#children.set(taskId, child);
      } else if (
        event.type === "SubOrchestrationInstanceCompleted" ||
        event.type === "SubOrchestrationInstanceFailed"
      ) {
        this.#children.delete(event.taskId);
      }
    }
    return asked;
  }

  /** The end of a child answers its parent, once; nothing else does. */
  #answer({ commit }: FamilyTurn): string | undefined {
    const parent = this.#parent;
    const end = commit.events.find((event) => event.type === "ExecutionCompleted");
    const answers = commit.messages.filter(({ body }) => isAnswerOfChild(body));
    if (end === undefined || parent === undefined) {
      return answers.length === 0 ? undefined : "it answers a parent whom it owes nothing";
    }
    const [answer, ...more] = answers;
    if (answer === undefined) return `it ended, and its parent "${parent.instanceId}" is not told`;
    if (more.length > 0) return "it answers its parent more than once";
    const { body } = answer;
    const isIts =
      answer.instanceId === parent.instanceId &&
      answer.executionId === parent.executionId &&
      "taskId" in body &&
      body.taskId === parent.taskId;
    if (!isIts) return "it answers another task than the one that started it";
    if (end.runtimeStatus !== "Completed") {
      return body.type === "SubOrchestrationInstanceFailed" ? undefined : "it failed, and tells its parent otherwise";
    }
    const isResult = body.type === "SubOrchestrationInstanceCompleted" && body.result === end.output;
    return isResult ? undefined : "it tells its parent another result than it has";
  }

  /** An order to terminate that is recursive reaches the children that run. */
  #terminations({ commit, handed, isTerminated }: FamilyTurn, asked: ReadonlySet<Child>) {
    const isOrdered = commit.consumed.some((id) => {
      const body = handed.get(id)?.body;
      return body?.type === "ExecutionTerminated" && body.isRecursive === true && !this.isForAnother(body);
    });
    const isOver = commit.events.some(({ type }) => type === "ExecutionCompleted");
    const told = commit.messages.filter(({ body }) => body.type === "ExecutionTerminated");
    if (!isOrdered || !isOver) return told.length === 0 ? undefined : "it terminates somebody, and nobody asked it to";
    const due = [...this.#children.values()].filter((child) => !(isTerminated && asked.has(child)));
    const missed = due.find((child) => !told.some((message) => isRecursiveTo(child, message)));
    return missed === undefined ? undefined : `its child "${missed.instanceId}" is not told to terminate`;
  }
}

interface Child {
  readonly instanceId: string;
  readonly incarnation: string;
}

function isAnswerOfChild({ type }: Message): boolean {
  return type === "SubOrchestrationInstanceCompleted" || type === "SubOrchestrationInstanceFailed";
}

function isRecursiveTo({ instanceId, incarnation }: Child, message: InstanceMessage): boolean {
  const { body } = message;
  if (body.type !== "ExecutionTerminated" || body.isRecursive !== true) return false;
  return message.instanceId === instanceId && body.incarnation === incarnation;
}

/** Each child that is asked for begins, as it was asked for, and no other. */
function problemWithStarts({ commit, executionId, isTerminated }: FamilyTurn): string | undefined {
  const starts = new Map(commit.starts.map((start) => [start.start.event.parent?.taskId, start]));
  for (const event of commit.events) {
    if (event.type !== "SubOrchestrationInstanceCreated") continue;
    const start = starts.get(event.taskId);
    starts.delete(event.taskId);
    if (isTerminated && start !== undefined) {
      return `it was terminated, and its child "${event.instanceId}" begins all the same`;
    }
    if (isTerminated) continue;
    if (start === undefined) return `it asked for the child "${event.instanceId}", which never begins`;
    if (!isAsAsked(start, event, executionId)) {
      return `its child "${event.instanceId}" begins otherwise than it was asked for`;
    }
  }
  // After a rewind, children that it asked for before, and that are to be tried again, begin anew.
  for (const event of commit.rewritten?.history ?? []) if ("taskId" in event) starts.delete(event.taskId);
  return starts.size === 0 ? undefined : "a child begins that it did not ask for";
}

type Asked = Extract<HistoryEvent, { readonly type: "SubOrchestrationInstanceCreated" }>;

function isAsAsked({ instanceId, start }: InstanceStart, asked: Asked, executionId: string): boolean {
  const { name, input, parent } = start.event;
  const isSame = instanceId === asked.instanceId && name === asked.name && input === asked.input;
  return isSame && parent?.executionId === executionId;
}

/** Each event that it sent is on its way, as it was sent, and no other. */
function problemWithEvents({ commit }: FamilyTurn): string | undefined {
  const sent = commit.events.flatMap((event) => (event.type === "EventSent" ? [textOf(event)] : []));
  const due = commit.messages.flatMap(({ instanceId, position, body }) =>
    body.type === "EventRaised" ? [textOf({ ...body, instanceId, position })] : [],
  );
  const lost = sent.find((text) => !due.includes(text));
  if (lost !== undefined) return `it sent an event that is not on its way: ${lost}`;
  const stray = due.find((text) => !sent.includes(text));
  return stray === undefined ? undefined : `an event is on its way that it did not send: ${stray}`;
}

interface Sent {
  readonly name: string;
  readonly instanceId: string;
  readonly input?: string;
  readonly position: Extract<HistoryEvent, { readonly type: "EventSent" }>["position"] | undefined;
}

function textOf({ name, instanceId, input, position }: Sent): string {
  return `"${name}" for "${instanceId}" with ${input ?? "nothing"} (${position?.stream ?? "?"}, ${position?.number ?? "?"})`;
}
