/**
 * The orchestration context of the reference interpreter: what an orchestrator asks for, written down; and the events that
 * its history says were raised, handed over.
 *
 * Invariant: written from the documented meaning of the programming model, sharing no code with the engine's. What it
 * does not know it refuses, and then nothing is said of that execution.
 */
import { createHash } from "node:crypto";
import type {
  CallHttpOptions,
  Duration,
  DurableHttpRequest,
  EventRaised,
  ExecutionStarted,
  FailureDetails,
  OrchestrationContext,
} from "dacapo";
import { SubOrchestrationFailedError, TaskCancelledError, TaskFailedError } from "dacapo";
import { AskedTasks } from "./asked-tasks.ts";
import type { PayloadTexts } from "../../scenario/payload-texts.ts";
import { activityText, childText, eventText, timerText } from "./decision-texts.ts";
import { timeOf } from "./durations.ts";
import { GivenValues } from "./given-values.ts";
import { followed, HTTP_ACTIVITY, requestOf } from "./http-requests.ts";
import { errorOf } from "./recorded-errors.ts";
import { ReferencePayloads } from "./reference-payloads.ts";
import { ReferenceSections } from "./reference-sections.ts";
import { ReferenceTask, ReferenceTimer } from "./reference-task.ts";
import type { Retry } from "./retried-calls.ts";
import { RetriedCalls } from "./retried-calls.ts";

type Named = string | { readonly name: string };

/** What the hub was told that orchestrations notice. */
export interface ReferenceHub {
  /** The versions that workers give to sub-orchestrations that are started without one. */
  readonly defaults: ReadonlySet<string>;
  /** One payload may take this many bytes. */
  readonly payloadBytesMax: number;
  /** How payloads are written. */
  readonly texts: PayloadTexts;
  /** The history of an execution that goes on may have this many events. */
  readonly historyEventsMax: number;
}

interface ChildOptions {
  readonly retry?: Retry;
  readonly instanceId?: string;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Raised events of one name: those that nobody waited for yet, or who waits. */
interface Events {
  readonly kept: (string | undefined)[];
  readonly waiters: ReferenceTask[];
}

export class ReferenceContext {
  readonly asked = new AskedTasks();
  readonly payloads: ReferencePayloads;
  readonly sections: ReferenceSections;
  /** What the user's code gets. */
  readonly surface: OrchestrationContext;
  continuation: { readonly input: string | undefined } | undefined = undefined;
  readonly #started: ExecutionStarted;
  /** The versions that workers give to sub-orchestrations that are started without one. */
  readonly #defaults: ReadonlySet<string>;
  readonly #calls: RetriedCalls;
  readonly #given: GivenValues;
  /** By their names in lower case. */
  readonly #events = new Map<string, Events>();
  #guids = 0;
  #random: (() => number) | undefined = undefined;

  constructor(started: ExecutionStarted, { defaults, payloadBytesMax, texts }: ReferenceHub) {
    const { asked } = this;
    this.payloads = new ReferencePayloads(texts, () => {
      asked.isBeyond = true;
    });
    this.#given = new GivenValues(asked, payloadBytesMax, texts);
    this.sections = new ReferenceSections({ asked, given: this.#given, payloads: this.payloads });
    this.#started = started;
    this.#defaults = defaults;
    this.#calls = new RetriedCalls({ asked, payloads: this.payloads }, () => this.surface);
    this.surface = this.#closed(this.#known()) as OrchestrationContext;
  }

  /** An event was raised. */
  raise({ name, input }: EventRaised): void {
    const { kept, waiters } = this.#eventsOf(name);
    const waiter = waiters.shift();
    if (waiter === undefined) kept.push(input);
    else waiter.complete(this.payloads.read(input));
  }

  /** An object of which the reference knows all that may be asked for. */
  #closed(known: object): object {
    return new Proxy(known, {
      get: (target, key) => {
        if (key in target || typeof key === "symbol") return Reflect.get(target, key) as unknown;
        return this.asked.leave(key);
      },
    });
  }

  #known(): object {
    const { asked } = this;
    const { instanceId, executionId, name, parent, version = "" } = this.#started;
    const seed = `${instanceId}:${this.#seed}`;
    return {
      ...{ instanceId, executionId, name, parent, version, isReplaying: true, log: LOG },
      get currentUtcDateTime(): Date {
        return new Date(asked.time);
      },
      entities: this.#closed(this.sections.surface),
      callActivity: (activity: Named, input?: unknown, options: { readonly retry?: Retry } = {}) =>
        this.#callActivity(activity, input, options.retry),
      callHttp: (options: CallHttpOptions) => this.#callHttp(options),
      callSubOrchestrator: (orchestrator: Named, input?: unknown, options: ChildOptions = {}) =>
        this.#callChild(orchestrator, input, options),
      compareVersionTo: (other: string) =>
        typeof other !== "string"
          ? asked.leave("such a version")
          : (compared(version, other) ?? asked.leave("such versions")),
      createTimer: (when: Duration | Date) => this.#createTimer(when),
      waitForExternalEvent: (event: string) => this.#waitForEvent(event),
      sendEvent: (to: string, event: string, data?: unknown): void => {
        this.#given.instanceId(to ?? null);
        this.#given.name(event);
        this.#given.payload(data);
        asked.decide(eventText(to, event, this.payloads.write(data)));
      },
      continueAsNew: (input?: unknown): void => {
        this.sections.assertOutside("continueAsNew()");
        this.#given.payload(input);
        this.continuation = { input: this.payloads.write(input) };
      },
      // O6 holds the custom status to the history.
      setCustomStatus: (status: unknown): void => {
        this.#given.customStatus(status);
      },
      newGuid: () => uuidV5(`${seed}:${this.#guids++}`),
      random: () => (this.#random ??= mulberry32(seed))(),
    };
  }

  /** What chance and ids are made from: the same before and after a rewind. */
  get #seed(): string {
    const { executionId, seed = executionId } = this.#started;
    return seed;
  }

  #callActivity(activity: Named, input: unknown, retry: Retry): ReferenceTask {
    this.#check(activity, input, retry);
    const task = new ReferenceTask();
    const text = this.payloads.write(input);
    this.#calls.begin({
      ...activityCall(nameOf(activity), text, task),
      retry,
      completed: (result) => {
        task.complete(result);
      },
    });
    return task;
  }

  #callHttp(options: CallHttpOptions): ReferenceTask {
    if (!/^https?:\/\/\w/.test(options.url)) this.asked.leave("such a request");
    this.#given.text(options.method);
    this.#given.tags(options.headers);
    if (options.timeout !== undefined) this.#given.time(options.timeout);
    const { retry, asynchronousPatternEnabled = true, enablePolling: isPolled = asynchronousPatternEnabled } = options;
    this.#given.retry(retry);
    this.#given.body(options.body);
    const task = new ReferenceTask();
    const original = requestOf(options);
    const request = (made: DurableHttpRequest): void => {
      this.#calls.begin({
        ...activityCall(HTTP_ACTIVITY, this.payloads.write(made), task),
        retry,
        completed: (answer) => {
          const next = followed(answer, { original, url: made.url, isPolled, time: this.asked.time });
          if (next === undefined) this.asked.isBeyond = true;
          else if ("response" in next) task.complete(next.response);
          else
            this.#calls.wait(next.at, () => {
              request(next.request);
            });
        },
      });
    };
    request(original);
    return task;
  }

  #callChild(orchestrator: Named, input: unknown, options: ChildOptions): ReferenceTask {
    this.sections.assertOutside("a sub-orchestration");
    const { retry, instanceId: given, version, tags } = options;
    this.#check(orchestrator, input, retry);
    this.#given.instanceId(given);
    this.#given.text(version);
    this.#given.tags(tags);
    const task = new ReferenceTask();
    const name = nameOf(orchestrator);
    const text = this.payloads.write(input);
    const idOf = (taskId: number): string => given ?? `${this.#seed}:${taskId}`;
    this.#calls.begin({
      ...{ kind: "sub-orchestration", task, retry },
      decision: (taskId, attempt) =>
        childText(taskId, { name, instanceId: idOf(taskId), input: text, attempt, version, tags }, this.#defaults),
      completed: (result) => {
        task.complete(result);
      },
      error: (taskId, failure) =>
        new SubOrchestrationFailedError({ name, instanceId: idOf(taskId), taskId }, failure, errorOf(failure)),
    });
    return task;
  }

  #check(called: Named, input: unknown, retry: Retry): void {
    const name: unknown = called;
    this.#given.name(typeof name === "string" ? name : (name as { readonly name?: unknown } | undefined)?.name);
    this.#given.payload(input);
    this.#given.retry(retry);
  }

  #createTimer(when: Duration | Date): ReferenceTimer {
    this.#given.time(when);
    const fireAt = timeOf(when, this.asked.time);
    const fired = (): void => {
      timer.complete(undefined);
    };
    const taskId = this.asked.ask("timer", (id) => timerText(id, fireAt), fired);
    const forget = (): void => {
      this.asked.forget(taskId);
    };
    const timer = new ReferenceTimer(fireAt, forget, cancelled);
    return timer;
  }

  #waitForEvent(name: string): ReferenceTask {
    this.#given.name(name);
    const task = new ReferenceTask();
    const { kept, waiters } = this.#eventsOf(name);
    if (kept.length === 0) waiters.push(task);
    else task.complete(this.payloads.read(kept.shift()));
    return task;
  }

  #eventsOf(spelt: string): Events {
    const name = spelt.toLowerCase();
    let events = this.#events.get(name);
    if (events === undefined) this.#events.set(name, (events = { kept: [], waiters: [] }));
    return events;
  }
}

function cancelled(): Error {
  return new TaskCancelledError("The timer was cancelled, so it never fires.", {
    hint: "Do not wait for a timer after cancelling it.",
  });
}

/** Numbers with dots between, of the same length, and no version at all: others are not known here. */
function compared(version: string, other: string): number | undefined {
  if (version === other) return 0;
  if (version === "" || other === "") return version === "" ? -1 : 1;
  const [a, b] = [version, other].map((one) => (/^\d{1,9}(\.\d{1,9}){0,3}$/.test(one) ? one.split(".") : []));
  if (a === undefined || a.length === 0 || a.length !== b?.length) return undefined;
  const first = a.findIndex((part, i) => Number(part) !== Number(b[i]));
  return first < 0 ? 0 : Math.sign(Number(a[first]) - Number(b[first]));
}

/** Replay is silent. */
const LOG = Object.fromEntries(["debug", "info", "warn", "error"].map((level) => [level, () => undefined]));

function nameOf(called: Named): string {
  return typeof called === "string" ? called : called.name;
}

/** What calls of activities have in common. */
function activityCall(name: string, input: string | undefined, task: ReferenceTask) {
  return {
    ...({ kind: "activity", task } as const),
    decision: (taskId: number, attempt: number): string => activityText(taskId, { name, input, attempt }),
    error: (taskId: number, failure: FailureDetails): Error =>
      new TaskFailedError({ name, taskId }, failure, errorOf(failure)),
  };
}

/** Durable Functions' namespace for the ids that orchestrators make. */
const NAMESPACE = Buffer.from("9e9529585e334daf827f2fa12937b875", "hex");

/** RFC 9562, section 5.5. */
function uuidV5(name: string): string {
  const bytes = createHash("sha1").update(NAMESPACE).update(name).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** mulberry32 by Tommy Ettinger. */
function mulberry32(seed: string): () => number {
  let a = createHash("sha1").update(seed).digest().readInt32BE(0);
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
