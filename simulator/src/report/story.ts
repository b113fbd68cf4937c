/**
 * The story of a run, in words: who did what, what went wrong, what the outside world now holds, and which promise
 * that broke. One sentence a line, in order.
 *
 * Invariant: told from the notes alone. Steps that change nothing (polls, empty fetches, renewals) are left out.
 */
import type { Note, NotedDecision, NotedMessage, Subject } from "./notes.ts";
import { duration, failureSentence, faultSentence, firstSentence, list, payload } from "./story-words.ts";

/** Tells a run. */
export function tellStory(notes: readonly Note[]): readonly string[] {
  const teller = new StoryTeller();
  for (const note of notes) teller.hear(note);
  return teller.end();
}

type NoteOf<T extends Note["type"]> = Extract<Note, { readonly type: T }>;

/** Ids that nobody chose have this shape. */
const GENERATED_ID = /^[0-9a-f]{8}-0000-4000-8000-[0-9a-f]{12}$/;

/** Told of failures on a store that does not keep the backend contract. */
const WITHOUT_TRANSACTIONS =
  "The store of this scenario writes a turn in parts (queue-and-table): it gives neither G3 nor G4 of the backend contract";

/** What clients' calls are for. */
const CLIENT_CALLS: Readonly<Record<string, string | undefined>> = {
  createInstance: "this start",
  "sendMessage EventRaised": "this event",
  "sendMessage EntityOperationSignaled": "this signal",
  "sendMessage ExecutionTerminated": "this order to terminate",
  purgeInstance: "this purge",
  putPayload: "a payload",
  getPayloads: "payloads",
  deletePayloads: "payloads that nothing refers to",
};

class StoryTeller {
  readonly #lines: string[] = [];
  /** The sentence that may still go on, and whose doing it is: an actor's, at one activity's call. */
  #open: { readonly doer: string; text: string } | undefined;
  #toldAt: number | undefined;
  readonly #instances = new Map<string, string>();
  readonly #generated = new Map<string, number>();
  /** The activities by instance and task, and how often each was started. */
  readonly #activities = new Map<string, { readonly name: string; starts: number }>();
  readonly #entries = new Map<string, number>();

  hear(note: Note): void {
    switch (note.type) {
      case "worker-started":
        if (note.incarnation > 1) this.#say(note, note.worker, `${note.worker} comes back, with nothing in memory`);
        break;
      case "client-call":
        this.#say(note, note.client, this.#clientCall(note));
        break;
      case "turn":
        this.#hearTurn(note);
        break;
      case "activity-started":
        this.#hearActivity(note);
        break;
      case "activity-threw":
        this.#goOn(note, doerOf(note.worker, note), (isOpen) =>
          isOpen
            ? `${note.name} throws ${note.error}`
            : `${note.name} for ${this.#instance(note.instanceId)} throws ${note.error}`,
        );
        break;
      case "effect":
        this.#hearEffect(note);
        break;
      case "fault":
        this.#hearFault(note);
        break;
      case "refused":
        if (note.call.startsWith("complete")) {
          const { worker, on } = note;
          this.#goOn(
            note,
            doerOf(worker, on),
            (isOpen) => `${worker} may not record ${this.#subject(on, isOpen)}: its lease is lost`,
          );
        }
        break;
      case "rest":
        this.#close();
        this.#lines.push(`${this.#instance(note.instanceId)} has not ended: ${note.reason}`);
        break;
      case "failure":
        this.#close();
        this.#lines.push(failureSentence(note.failure));
        if (note.storage === "queue-and-table") this.#lines.push(WITHOUT_TRANSACTIONS);
        break;
      case "operation":
      case "line":
      case "time":
      case "client-started":
      case "client-ended":
      case "activity-recorded":
      case "crash":
        break;
    }
  }

  end(): readonly string[] {
    this.#close();
    return this.#lines;
  }

  /** Begins a sentence, with the time that passed since the last one. */
  #say(note: Note, doer: string, text: string): void {
    this.#close();
    const passed = note.now - (this.#toldAt ?? note.now);
    this.#toldAt = note.now;
    this.#open = { doer, text: passed > 0 ? `${duration(passed)} later, ${text}` : text };
  }

  /** Goes on with the doer's sentence, if it is the last one and no time has passed; else begins one of its own. */
  #goOn(note: Note, doer: string, text: (isOpen: boolean) => string): void {
    if (this.#open?.doer !== doer || this.#toldAt !== note.now) this.#say(note, doer, text(false));
    else this.#open.text += `; ${text(true)}`;
  }

  #close(): void {
    if (this.#open !== undefined) this.#lines.push(this.#open.text);
    this.#open = undefined;
  }

  #clientCall({ client, call, instanceId, name, payload: sent, outcome }: NoteOf<"client-call">): string {
    const data = sent === undefined ? "" : ` with ${payload(sent)}`;
    const what = ((): string => {
      switch (call) {
        case "createInstance":
          return `starts ${this.#instance(instanceId, name)}${data}`;
        case "sendMessage EventRaised":
          return `raises the event "${name ?? ""}"${data} for ${this.#instance(instanceId)}`;
        case "sendMessage EntityOperationSignaled":
          return `signals ${name ?? ""}${data} to ${this.#instance(instanceId)}`;
        case "sendMessage ExecutionTerminated":
          return `terminates ${this.#instance(instanceId)}`;
        case "purgeInstance":
          return `purges ${this.#instance(instanceId)}`;
        default:
          return `calls ${call} for ${this.#instance(instanceId)}`;
      }
    })();
    switch (outcome) {
      case "done":
        return `${client} ${what}`;
      case "refused":
        return `${client} ${what}, and is refused`;
      case "no answer":
        return `${client} ${what}, and hears nothing`;
    }
  }

  #hearTurn(note: NoteOf<"turn">): void {
    if (note.isEntity === true) {
      this.#hearEntityTurn(note);
      return;
    }
    const { worker, instanceId, name, fed, decided, output, failure } = note;
    for (const { name: activity, taskId } of decided) {
      if (activity !== undefined) this.#activities.set(`${instanceId}/${taskId ?? 0}`, { name: activity, starts: 0 });
    }
    if (fed.length === 0 && decided.length === 0) return;
    const instance = this.#instance(instanceId, name);
    const isStart = fed.some(({ type }) => type === "ExecutionStarted");
    const heard = fed
      .filter(({ type }) => type !== "ExecutionStarted")
      .map((message) => this.#message(instanceId, message));
    const gets = heard.length === 0 ? [] : [`gets ${list(heard)}`];
    const start = `${instance} ${list([...(isStart ? ["starts"] : []), ...gets, ...(fed.length === 0 ? ["goes on"] : [])])} on ${worker}`;
    const end =
      note.status === "Failed"
        ? `fails with ${firstSentence(failure ?? "an error")}`
        : `ends${output === undefined ? "" : ` with ${payload(output)}`}`;
    const does = decided.map((decision) => (decision.type === "ExecutionCompleted" ? end : decisionWords(decision)));
    this.#say(note, worker, `${start}; it ${does.length === 0 ? "waits" : list(does)}`);
  }

  #hearEntityTurn(note: NoteOf<"turn">): void {
    const { fed, decided } = note;
    const gets = fed.map(
      (message) => this.#message(note.instanceId, message) + (message.fails === true ? ", which fails" : ""),
    );
    if (gets.length === 0) return;
    const does = decided.length === 0 ? "" : `; it ${list(decided.map(decisionWords))}`;
    this.#say(note, note.worker, `${this.#instance(note.instanceId)} gets ${list(gets)} on ${note.worker}${does}`);
  }

  #hearActivity(note: NoteOf<"activity-started">): void {
    const key = `${note.instanceId}/${note.taskId}`;
    const known = this.#activities.get(key) ?? { name: note.name, starts: 0 };
    known.starts += 1;
    this.#activities.set(key, known);
    const again = known.starts > 1 ? " again" : "";
    const doer = doerOf(note.worker, note);
    this.#say(note, doer, `${note.worker} runs ${note.name}${again} for ${this.#instance(note.instanceId)}`);
  }

  #hearEffect(note: NoteOf<"effect">): void {
    const { actor, by } = note;
    const opening = by === undefined ? `${actor}: ` : `${actor}, in ${by.name} for ${this.#instance(by.instanceId)}: `;
    const effect = this.#effect(note);
    this.#goOn(note, doerOf(actor, by), (isOpen) => (isOpen ? effect : opening + effect));
  }

  #effect({ ledger, entry, size }: NoteOf<"effect">): string {
    const key = `${ledger}/${entry}`;
    const count = (this.#entries.get(key) ?? 0) + 1;
    this.#entries.set(key, count);
    if (count > 1) return `ledger "${ledger}" gets ${payload(entry)} once more and now holds it ${count} times`;
    return `ledger "${ledger}" gets ${payload(entry)}${size > 1 ? ` and now holds ${size} entries` : ""}`;
  }

  #hearFault(note: NoteOf<"fault">): void {
    const { actor, on } = note;
    const doer = doerOf(actor, on);
    // What hits an activity belongs to the sentence about it; what hits a fetch or a message stands alone.
    if (note.at.startsWith("fetch")) this.#say(note, doer, faultSentence(note, this.#subject(on, true)));
    else this.#goOn(note, doer, (isOpen) => this.#where(note, isOpen) + faultSentence(note, this.#hit(note, isOpen)));
  }

  /** In which activity an effect was hit, where the sentence does not tell. */
  #where({ fault, on }: NoteOf<"fault">, isTold: boolean): string {
    if (isTold || on.instanceId === undefined || !fault.endsWith("-effect") || !fault.startsWith("crash")) return "";
    return `in ${this.#activity(on.instanceId, on.taskId)} for ${this.#instance(on.instanceId)}, `;
  }

  /** Names what a fault hit: a client's call by what it is for, anything else by whose it is. */
  #hit({ at, on }: NoteOf<"fault">, isTold: boolean): string {
    return CLIENT_CALLS[at] ?? this.#subject(on, isTold);
  }

  /** Names what a call or a fault concerns; of an activity's result not whose it is, where the sentence tells. */
  #subject({ instanceId, taskId, message }: Subject, isTold: boolean): string {
    if (instanceId === undefined) return "its work";
    if (message !== undefined) return `${this.#message(instanceId, message)} for ${this.#instance(instanceId)}`;
    if (taskId === undefined) return `this step of ${this.#instance(instanceId)}`;
    const result = `the result of ${this.#activity(instanceId, taskId)}`;
    return isTold ? result : `${result} for ${this.#instance(instanceId)}`;
  }

  #activity(instanceId: string, taskId: number | undefined): string {
    return this.#activities.get(`${instanceId}/${taskId ?? 0}`)?.name ?? "an activity";
  }

  #message(instanceId: string, message: NotedMessage): string {
    const activity = this.#activity(instanceId, message.taskId);
    switch (message.type) {
      case "ExecutionStarted":
        return "its start";
      case "ExecutionRewound":
        return "the order to go on after its failure";
      case "TaskCompleted":
        return `the result of ${activity}`;
      case "TaskFailed":
        return `the failure of ${activity}`;
      case "TimerFired":
        return "its timer";
      case "EventRaised":
        return `the event "${message.name ?? ""}"`;
      case "SubOrchestrationInstanceCompleted":
        return `the result of ${activity}`;
      case "SubOrchestrationInstanceFailed":
        return `the failure of ${activity}`;
      case "EntityOperationCompleted":
        return `the answer to ${activity}`;
      case "EntityOperationFailed":
        return `the failure of ${activity}`;
      case "EntityLockGranted":
        return "its locks";
      case "EntityOperationCalled":
        return `the call of "${message.name ?? ""}"`;
      case "EntityOperationSignaled":
        return `the signal "${message.name ?? ""}"`;
      case "EntityLockRequested":
        return "a request for its lock";
      case "EntityUnlockSent":
        return "the end of a critical section";
      case "ExecutionSuspended":
        return "the order to suspend";
      case "ExecutionResumed":
        return "the order to resume";
      case "ExecutionTerminated":
        return "the order to terminate";
    }
  }

  /** As it was called, such as `"order-17"`; or `approvePurchase #1` when nobody gave it a name. */
  #instance(instanceId: string, name?: string): string {
    const known = this.#instances.get(instanceId);
    if (known !== undefined) return known;
    if (!GENERATED_ID.test(instanceId)) {
      this.#instances.set(instanceId, `"${instanceId}"`);
      return name === undefined ? `"${instanceId}"` : `${name} "${instanceId}"`;
    }
    const kind = name ?? "an instance";
    const number = (this.#generated.get(kind) ?? 0) + 1;
    this.#generated.set(kind, number);
    this.#instances.set(instanceId, `${kind} #${number}`);
    return `${kind} #${number}`;
  }
}

/** Whose doing something is: an actor's, in the name of an activity's call where there is one. */
function doerOf(actor: string, on: Subject = {}): string {
  return on.taskId === undefined ? actor : `${actor}: ${on.instanceId ?? ""}/${on.taskId}`;
}

function decisionWords({ type, name, delayMs, on = "another" }: NotedDecision): string {
  switch (type) {
    case "TaskScheduled":
      return `calls ${name ?? "an activity"}`;
    case "TimerCreated":
      return `sets a timer of ${duration(delayMs ?? 0)}`;
    case "ExecutionCompleted":
      return "ends";
    case "ContinueAsNew":
      return "starts over";
    case "SubOrchestrationInstanceCreated":
      return `calls ${name ?? "a sub-orchestration"} as "${on}"`;
    case "ExecutionStarted":
      return `starts ${name ?? "an orchestration"} as "${on}"`;
    case "EventSent":
      return `sends the event "${name ?? ""}" to "${on}"`;
    case "EntityOperationCalled":
      return `calls ${name ?? ""} of ${on}`;
    case "EntityOperationSignaled":
      return `signals ${name ?? ""} to ${on}`;
    case "EntityLockRequested":
      return `asks for the locks of ${on}`;
    case "EntityUnlockSent":
      return `lets go of ${on}`;
  }
}
