/**
 * A backend whose store sees payloads through a codec alone.
 *
 * Invariant: everything that goes in is encoded and everything that comes out is decoded, once; ids, names, statuses,
 * tags and times are as they are, because the store goes by them. A request that cannot be encoded does not reach the
 * store. A work item that cannot be decoded is given back, so that a process with the key finds it as it was.
 */
import { DacapoError, InvalidArgumentError, PayloadCodecError } from "../core/errors.ts";
import type { HistoryEvent } from "../core/history.ts";
import type { InstanceMessage } from "../core/messages.ts";
import type { Milestone } from "../core/status.ts";
import type { BackendFactory } from "../ports/backend-factory.ts";
import type {
  AbandonRequest,
  ActivityCommit,
  ActivityWorkItem,
  Backend,
  Backlog,
  CreateInstanceRequest,
  FetchOptions,
  InstancePage,
  InstanceQuery,
  InstanceRecord,
  Lock,
  OrchestrationWorkItem,
  PurgeInstanceRequest,
  RewindInstanceRequest,
  TurnCommit,
  WorkKind,
} from "../ports/backend.ts";
import type { PayloadCodec } from "../ports/payload-codec.ts";
import type { Places, TextMap } from "./payload-places.ts";
import {
  inActivityCommit,
  inActivityItem,
  inCreation,
  inHistory,
  inMessage,
  inPage,
  inRecord,
  inTurn,
  inTurnItem,
  ownTexts,
} from "./payload-places.ts";

/** A work item that this process cannot decode is not handed out again for this long. */
const UNDECODABLE_DELAY_MS = 30_000;

/**
 * Puts a codec between the engine and a store: what the store keeps of the user's texts is what the codec made of
 * them. All processes of the hub need it, as long as there are texts that it wrote.
 *
 * @throws InvalidArgumentError when it was given no codec.
 * @example
 * const hub = await TaskHub.open({ backend: withCodec(sqlite("app.db"), gzip()), register: [approvePurchase] });
 */
export function withCodec(backend: Backend | BackendFactory, codec: PayloadCodec): BackendFactory {
  const given: unknown = codec;
  const { encode, decode } = (given ?? {}) as { readonly encode?: unknown; readonly decode?: unknown };
  const isBackend = typeof backend === "function" || (typeof backend === "object" && "backlog" in backend);
  if (!isBackend || typeof encode !== "function" || typeof decode !== "function") {
    throw new InvalidArgumentError("withCodec() was given no backend and codec.", {
      hint: 'Write withCodec(sqlite("app.db"), { encode: (text) => ..., decode: (text) => ... }).',
    });
  }
  return (ports) => new CodecBackend(typeof backend === "function" ? backend(ports) : backend, codec);
}

class CodecBackend implements Backend {
  readonly #inner: Backend;
  readonly #codec: PayloadCodec;
  readonly fetchSize?: number;
  readonly now?: () => Promise<number>;

  constructor(inner: Backend, codec: PayloadCodec) {
    this.#inner = inner;
    this.#codec = codec;
    if (inner.fetchSize !== undefined) this.fetchSize = inner.fetchSize;
    const now = inner.now?.bind(inner);
    if (now !== undefined) this.now = now;
  }

  open(): Promise<void> {
    return this.#inner.open();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async createInstance(request: CreateInstanceRequest): Promise<void> {
    await this.#inner.createInstance(await this.#encoded(request, inCreation));
  }

  async sendMessage(message: InstanceMessage): Promise<void> {
    await this.#inner.sendMessage(await this.#encoded(message, inMessage));
  }

  purgeInstance(request: PurgeInstanceRequest): Promise<boolean> {
    return this.#inner.purgeInstance(request);
  }

  async rewindInstance(request: RewindInstanceRequest): Promise<void> {
    await this.#inner.rewindInstance(await this.#encoded(request, ownTexts));
  }

  async getInstance(instanceId: string): Promise<InstanceRecord | undefined> {
    const record = await this.#inner.getInstance(instanceId);
    return record === undefined ? undefined : this.#decoded(record, inRecord);
  }

  async getHistory(instanceId: string, executionId?: string): Promise<readonly HistoryEvent[]> {
    return this.#decoded(await this.#inner.getHistory(instanceId, executionId), inHistory);
  }

  listExecutions(instanceId: string): Promise<readonly string[]> {
    return this.#inner.listExecutions(instanceId);
  }

  async listInstances(query: InstanceQuery): Promise<InstancePage> {
    return this.#decoded(await this.#inner.listInstances(query), inPage);
  }

  waitForInstance(instanceId: string, milestone: Milestone, signal?: AbortSignal): Promise<void> {
    return this.#inner.waitForInstance(instanceId, milestone, signal);
  }

  async fetchOrchestrations(options: FetchOptions): Promise<readonly OrchestrationWorkItem[]> {
    return this.#readable(await this.#inner.fetchOrchestrations(options), inTurnItem, (request) =>
      this.#inner.abandonOrchestration(request),
    );
  }

  async readHistory(lock: Lock): Promise<readonly HistoryEvent[]> {
    return this.#decoded(await this.#inner.readHistory(lock), inHistory);
  }

  renewOrchestration(lock: Lock, leaseMs: number): Promise<void> {
    return this.#inner.renewOrchestration(lock, leaseMs);
  }

  async completeOrchestration(commit: TurnCommit): Promise<void> {
    await this.#inner.completeOrchestration(await this.#encoded(commit, inTurn));
  }

  abandonOrchestration(request: AbandonRequest): Promise<void> {
    return this.#inner.abandonOrchestration(request);
  }

  async fetchActivities(options: FetchOptions): Promise<readonly ActivityWorkItem[]> {
    return this.#readable(await this.#inner.fetchActivities(options), inActivityItem, (request) =>
      this.#inner.abandonActivity(request),
    );
  }

  renewActivity(lock: Lock, leaseMs: number): Promise<void> {
    return this.#inner.renewActivity(lock, leaseMs);
  }

  async completeActivity(commit: ActivityCommit): Promise<void> {
    await this.#inner.completeActivity(await this.#encoded(commit, inActivityCommit));
  }

  abandonActivity(request: AbandonRequest): Promise<void> {
    return this.#inner.abandonActivity(request);
  }

  waitForWork(kind: WorkKind, signal: AbortSignal, order?: FetchOptions): Promise<void> {
    return this.#inner.waitForWork(kind, signal, order);
  }

  backlog(): Promise<Backlog> {
    return this.#inner.backlog();
  }

  #encoded<T>(value: T, places: Places<T>): Promise<T> {
    return converted(value, places, "encode", (text) => this.#codec.encode(text));
  }

  #decoded<T>(value: T, places: Places<T>): Promise<T> {
    return converted(value, places, "decode", (text) => this.#codec.decode(text));
  }

  /** The items that this process can decode. @throws the codec's error when there are others alone. */
  async #readable<T extends { readonly lock: Lock }>(
    items: readonly T[],
    places: Places<T>,
    giveBack: (request: AbandonRequest) => Promise<void>,
  ): Promise<readonly T[]> {
    const readable: T[] = [];
    let problem: Error | undefined;
    for (const item of items) {
      try {
        readable.push(await this.#decoded(item, places));
      } catch (error) {
        problem = error as Error;
        // Where that fails too, the lock ends by expiry.
        await giveBack({ lock: item.lock, delayMs: UNDECODABLE_DELAY_MS, isUncounted: true }).catch(() => undefined);
      }
    }
    if (readable.length === 0 && problem !== undefined) throw problem;
    return readable;
  }
}

/** Replaces all texts of a value by what `convert` makes of them. */
async function converted<T>(
  value: T,
  places: Places<T>,
  what: "encode" | "decode",
  convert: (text: string) => string | Promise<string>,
): Promise<T> {
  const texts: string[] = [];
  places(
    value,
    textMap(what, (text) => {
      texts.push(text);
      return text;
    }),
  );
  if (texts.length === 0) return value;
  try {
    const done: readonly unknown[] = await Promise.all(texts.map(async (text) => convert(text)));
    let next = 0;
    return places(
      value,
      textMap(what, () => textOf(done[next++], what)),
    );
  } catch (error) {
    if (error instanceof DacapoError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new PayloadCodecError(`A payload could not be ${what}d: ${message.replace(/\.$/u, "")}.`, {
      hint: "Nothing was changed. See that this process has the codec, and its keys, that the hub's payloads were written with.",
      cause: error,
    });
  }
}

/** What a store says of its own accord has no mark, and is not decoded. */
const FAILURE_MARK = "codec:";

function textMap(what: "encode" | "decode", map: (text: string) => string): TextMap {
  const encoded = (text: string): string => FAILURE_MARK + map(text);
  const decoded = (text: string): string =>
    text.startsWith(FAILURE_MARK) ? map(text.slice(FAILURE_MARK.length)) : text;
  return { payload: map, failure: what === "encode" ? encoded : decoded };
}

function textOf(converted: unknown, what: string): string {
  if (typeof converted === "string") return converted;
  throw new TypeError(`the codec's ${what}() gave something of type ${typeof converted}, not a text`);
}
