/**
 * O9: nothing is lost on the way, and nothing comes from nowhere.
 *
 * Invariant: every message that was sent, every timer that was set and every activity that was asked for waits in its
 * queue, or is recorded in a history, or was discarded for a reason that the histories bear out: a repeat, an answer
 * to what is answered, cancelled or over, the end of the instance, its removal, or an orchestrator that said at
 * continue-as-new that it wants its unprocessed events no more. Where the engine ended the instance, events are recorded. What is
 * recorded or waits was sent. No instance begins before its time.
 */
import type { ChildRewind, InstanceMessage, InstanceStart } from "dacapo/backend";
import type { PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import { InstanceLife } from "./instance-life.ts";
import type { Evidence, Oracle, ReplayedExecution, Violation } from "./oracle.ts";

const ID = "O9";

export function conservationOracle(): Oracle {
  const calls = new CallReader();
  const book = new ConservationBook();
  const touched = new Set<string>();
  const take = (call: PortCall): readonly Violation[] => book.take(call, touched);
  return {
    id: ID,
    title: "every message and every activity waits, is recorded, or was discarded for a good reason",
    observe: (evidence, changed) => {
      const found = [...calls.judge(evidence.committed.calls, take)];
      for (const id of touched) found.push(...book.compare(id, evidence));
      for (const id of changed) if (!touched.has(id)) found.push(...book.compare(id, evidence));
      touched.clear();
      return found;
    },
    atEnd: (evidence) => {
      const found = calls.judge(evidence.committed.calls, take);
      const carried = evidence.replays.flatMap((replayed) => book.carriedOver(replayed));
      return [...found, ...book.compareAll(evidence), ...carried];
    },
  };
}

class ConservationBook {
  readonly #lives = new Map<string, InstanceLife>();
  /** The names of all lives that ever began: a start that is made again begins nothing. */
  readonly #known = new Set<string>();
  /** The names of the lives that began with a turn of another instance. */
  readonly #children = new Set<string>();
  /** The lives that ended by purge or replacement, for what their executions had begun with. */
  readonly #gone: InstanceLife[] = [];

  /** Enters a call of a port. Says what is wrong with it. */
  take(call: PortCall, touched: Set<string>): readonly Violation[] {
    switch (call.type) {
      case "create": {
        const { instanceId, incarnation, start } = call.request;
        if (call.removed !== undefined) this.#remove(instanceId);
        if (call.tookEffect) this.#begin(new InstanceLife(instanceId, incarnation, start));
        return [];
      }
      case "purge":
        if (call.removed !== undefined) this.#remove(call.request.instanceId);
        return [];
      case "send":
        touched.add(call.message.instanceId);
        if (call.tookEffect) this.#deliver(call.message);
        return [];
      case "redeliver":
        this.#lives.get(call.message.instanceId)?.sendCopy(call.message);
        return [];
      case "turn":
        return this.#turn(call, touched);
      case "answer":
        return this.#answer(call, touched);
      case "rewind":
        touched.add(call.request.instanceId);
        if (call.tookEffect) this.#lives.get(call.request.instanceId)?.goOn(call.request);
        return [];
      case "fetch":
      case "renew":
      case "abandon":
      case "read-history":
      case "expire":
      case "run":
      case "told":
      case "retention":
      case "disturbance":
        return [];
    }
  }

  #turn(call: Extract<PortCall, { readonly type: "turn" }>, touched: Set<string>): readonly Violation[] {
    const { commit, before, refusedWith, firstDoneAt } = call;
    const instanceId = commit.lock.key;
    touched.add(instanceId);
    const life = this.#lives.get(instanceId);
    if (refusedWith !== undefined || firstDoneAt !== undefined || before === undefined || life === undefined) return [];
    const problem = life.takeTurn(commit, before);
    for (const start of commit.starts) {
      touched.add(start.instanceId);
      this.#start(start);
    }
    for (const rewind of commit.rewinds ?? []) {
      touched.add(rewind.instanceId);
      this.#rewind(rewind);
    }
    for (const message of commit.messages) {
      touched.add(message.instanceId);
      this.#deliver(message);
    }
    return violation(instanceId, problem);
  }

  /** An instance begins, or its sender is refused. */
  #start({ instanceId, incarnation, start, replaces, refusal }: InstanceStart): void {
    if (this.#known.has(incarnation)) return;
    const existing = this.#lives.get(instanceId);
    if (existing !== undefined && !(existing.isOver && existing.incarnation === replaces)) {
      if (refusal !== undefined) this.#deliver(refusal);
      return;
    }
    this.#remove(instanceId);
    this.#children.add(incarnation);
    this.#begin(new InstanceLife(instanceId, incarnation, start));
  }

  /** A child is to answer another execution: it goes on if it failed, and answers again if it has ended otherwise. */
  #rewind({ instanceId, incarnation, parent, order, lost }: ChildRewind): void {
    const child = this.#lives.get(instanceId);
    const answer = child?.incarnation === incarnation ? child.answerTo(parent) : lost;
    if (answer === "goes on") child?.goOn(order);
    else if (answer !== "runs") this.#deliver(answer);
  }

  /** A message is on its way; an entity begins with its first. */
  #deliver(message: InstanceMessage): void {
    const { instanceId, birth } = message;
    if (birth !== undefined && !this.#lives.has(instanceId)) {
      const { name, incarnation } = birth;
      const event = { type: "ExecutionStarted", name, instanceId, executionId: incarnation } as const;
      this.#begin(new InstanceLife(instanceId, incarnation, { event, carriedEvents: [] }));
    }
    this.#lives.get(instanceId)?.send(message);
  }

  #begin(life: InstanceLife): void {
    this.#known.add(life.incarnation);
    this.#lives.set(life.instanceId, life);
  }

  #answer(
    { commit, work, refusedWith, firstDoneAt }: Extract<PortCall, { readonly type: "answer" }>,
    touched: Set<string>,
  ) {
    if (refusedWith !== undefined || firstDoneAt !== undefined || work === undefined) return [];
    touched.add(work.instanceId);
    const life = this.#lives.get(work.instanceId);
    if (life === undefined) return [];
    life.activities.delete(commit.lock.key);
    life.send(commit.message);
    return [];
  }

  #remove(instanceId: string): void {
    const life = this.#lives.get(instanceId);
    if (life !== undefined) this.#gone.push(life);
    this.#lives.delete(instanceId);
  }

  /** Compares what must be there with what the store has. */
  compare(instanceId: string, { store }: Evidence): readonly Violation[] {
    const life = this.#lives.get(instanceId);
    if (life !== undefined && this.#children.has(life.incarnation) && store.getInstance(instanceId) === undefined) {
      return violation(instanceId, "its parent started it, and it is not there");
    }
    // That an instance is gone, or replaced, is the business of O3.
    if (life === undefined || store.getInstance(instanceId)?.incarnation !== life.incarnation) return [];
    const problem = life.problemWithQueue(store.queue(instanceId));
    if (problem !== undefined) return violation(instanceId, problem);
    for (const [id, { name, taskId }] of life.activities) {
      if (store.activity(id) !== undefined) continue;
      return violation(
        instanceId,
        `its activity "${name}" (task ${taskId}) is lost: it waits no more, and has no result`,
      );
    }
    return [];
  }

  compareAll(evidence: Evidence): readonly Violation[] {
    const found = [...this.#lives.keys()].flatMap((instanceId) => this.compare(instanceId, evidence));
    for (const { id, work } of evidence.store.activities()) {
      if (this.#lives.get(work.instanceId)?.activities.has(id) === true) continue;
      found.push(
        ...violation(work.instanceId, `activity "${work.name}" waits for a worker, but it did not ask for it`),
      );
    }
    return found;
  }

  /** At continue-as-new the next execution gets the events that the code had not taken, in order, if it wants them. */
  carriedOver({ execution, replay }: ReplayedExecution): readonly Violation[] {
    const { instanceId, executionId, incarnation, history } = execution;
    const end = history.find((event) => event.type === "ContinueAsNew");
    const life = [this.#lives.get(instanceId), ...this.#gone].find((known) => known?.incarnation === incarnation);
    if (replay?.ok !== true || replay.continuedAsNew === undefined || end === undefined || life === undefined)
      return [];
    const recorded = new Set(history.flatMap((event) => ("messageId" in event ? [event.messageId] : [])));
    const unfed = life.starts.get(executionId)?.carriedEvents.filter(({ messageId }) => !recorded.has(messageId)) ?? [];
    // Those that came before others of their sender are not yet the code's to refuse.
    const early = [...replay.earlyEvents, ...unfed.filter(({ position }) => position !== undefined)];
    const left = [...replay.unprocessedEvents, ...unfed.filter(({ position }) => position === undefined)];
    const carried = life.starts.get(end.newExecutionId)?.carriedEvents ?? [];
    const due = [...(replay.continuedAsNew.preservesUnprocessedEvents ? left : []), ...early];
    if (due.map(({ messageId }) => messageId).join() === carried.map(({ messageId }) => messageId).join()) return [];
    return violation(
      instanceId,
      `its code left ${namesOf(left)} for the next execution${due.length < left.length ? " and wanted none kept" : ""}, ` +
        `which got ${namesOf(carried)}`,
    );
  }
}

function namesOf(events: readonly { readonly name: string }[]): string {
  if (events.length === 0) return "no event";
  return `${events.length === 1 ? "the event" : "the events"} ${events.map(({ name }) => `"${name}"`).join(", ")}`;
}

function violation(instanceId: string, problem: string | undefined): readonly Violation[] {
  return problem === undefined ? [] : [{ oracle: ID, instanceId, message: `instance "${instanceId}": ${problem}` }];
}
