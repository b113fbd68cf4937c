/**
 * A backend whose store sees texts in another form than the engine does: encoded, or off-loaded.
 *
 * Invariant: everything that goes in is written in the store's form and everything that comes out is read from it, once;
 * ids, names, statuses, tags and times are as they are, because the store goes by them. A request that cannot be written does
 * not reach the store. A work item that cannot be read is given back, so that a process that can read it finds it as it was.
 * Extended by the codec and by off-loading.
 */
import type { HistoryEvent } from "../core/history.ts";
import type { InstanceMessage } from "../core/messages.ts";
import type { Milestone } from "../core/status.ts";
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
  ReadOptions,
  RewindInstanceRequest,
  TurnCommit,
  WorkKind,
} from "../ports/backend.ts";
import type { HubPart } from "../ports/hub-snapshot.ts";
import {
  inActivityCommit,
  inActivityItem,
  inCreation,
  inHistory,
  inMessage,
  inPage,
  inPart,
  inRecord,
  inTurn,
  inTurnItem,
  ownTexts,
  type Places,
} from "./payload-places.ts";

/** How a work item that this process cannot read is given back: nothing is wrong with it, and it comes again in a while. */
const UNREADABLE = { delayMs: 30_000, isUncounted: true } as const;

export abstract class TranslatingBackend implements Backend {
  protected readonly inner: Backend;
  readonly fetchSize?: number;
  readonly now?: () => Promise<number>;
  readonly snapshot?: () => AsyncIterable<HubPart>;
  readonly restore?: (parts: AsyncIterable<HubPart>) => Promise<void>;
  /** The locks, by key and token, of instances whose histories could not be read. */
  readonly #unreadable = new Set<string>();

  constructor(inner: Backend) {
    this.inner = inner;
    if (inner.fetchSize !== undefined) this.fetchSize = inner.fetchSize;
    const now = inner.now?.bind(inner);
    if (now !== undefined) this.now = now;
    const snapshot = inner.snapshot?.bind(inner);
    if (snapshot !== undefined) this.snapshot = () => this.#readParts(snapshot());
    const restore = inner.restore?.bind(inner);
    if (restore !== undefined) this.restore = (parts) => restore(this.#writtenParts(parts));
  }

  /** The value in the store's form is handed to `send`. `lock` is the one under which a turn is committed. */
  protected abstract sent<T, R>(value: T, places: Places<T>, send: (stored: T) => Promise<R>, lock?: Lock): Promise<R>;
  /** The value as the engine knows it. `lock` is the one under which a turn is being run. */
  protected abstract read<T>(stored: T, places: Places<T>, lock?: Lock): Promise<T>;

  open(): Promise<void> {
    return this.inner.open();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  createInstance(request: CreateInstanceRequest): Promise<void> {
    return this.sent(request, inCreation, (stored) => this.inner.createInstance(stored));
  }

  sendMessage(message: InstanceMessage): Promise<void> {
    return this.sent(message, inMessage, (stored) => this.inner.sendMessage(stored));
  }

  purgeInstance(request: PurgeInstanceRequest): Promise<boolean> {
    return this.inner.purgeInstance(request);
  }

  rewindInstance(request: RewindInstanceRequest): Promise<void> {
    return this.sent(request, ownTexts, (stored) => this.inner.rewindInstance(stored));
  }

  async getInstance(instanceId: string, options: ReadOptions = {}): Promise<InstanceRecord | undefined> {
    const record = await this.inner.getInstance(instanceId, options);
    return record === undefined ? undefined : this.read(record, looked(inRecord, options));
  }

  async getHistory(instanceId: string, executionId?: string): Promise<readonly HistoryEvent[]> {
    return this.read(await this.inner.getHistory(instanceId, executionId), inHistory);
  }

  listExecutions(instanceId: string): Promise<readonly string[]> {
    return this.inner.listExecutions(instanceId);
  }

  async listInstances(query: InstanceQuery): Promise<InstancePage> {
    return this.read(await this.inner.listInstances(query), looked(inPage, query));
  }

  waitForInstance(instanceId: string, milestone: Milestone, signal?: AbortSignal): Promise<void> {
    return this.inner.waitForInstance(instanceId, milestone, signal);
  }

  async fetchOrchestrations(options: FetchOptions): Promise<readonly OrchestrationWorkItem[]> {
    const items = await this.inner.fetchOrchestrations(options);
    return readable(
      items,
      (item) => this.read(item, inTurnItem, item.lock),
      (request) => this.abandonOrchestration(request),
    );
  }

  async readHistory(lock: Lock): Promise<readonly HistoryEvent[]> {
    const stored = await this.inner.readHistory(lock);
    try {
      return await this.read(stored, inHistory, lock);
    } catch (error) {
      this.#unreadable.add(nameOf(lock));
      throw error;
    }
  }

  renewOrchestration(lock: Lock, leaseMs: number): Promise<void> {
    return this.inner.renewOrchestration(lock, leaseMs);
  }

  completeOrchestration(commit: TurnCommit): Promise<void> {
    return this.sent(commit, inTurn, (stored) => this.inner.completeOrchestration(stored), commit.lock);
  }

  abandonOrchestration(request: AbandonRequest): Promise<void> {
    const isUnreadable = this.#unreadable.delete(nameOf(request.lock));
    return this.inner.abandonOrchestration(isUnreadable ? { ...request, ...UNREADABLE } : request);
  }

  async fetchActivities(options: FetchOptions): Promise<readonly ActivityWorkItem[]> {
    return readable(
      await this.inner.fetchActivities(options),
      (item) => this.read(item, inActivityItem),
      (request) => this.abandonActivity(request),
    );
  }

  renewActivity(lock: Lock, leaseMs: number): Promise<void> {
    return this.inner.renewActivity(lock, leaseMs);
  }

  completeActivity(commit: ActivityCommit): Promise<void> {
    return this.sent(commit, inActivityCommit, (stored) => this.inner.completeActivity(stored));
  }

  abandonActivity(request: AbandonRequest): Promise<void> {
    return this.inner.abandonActivity(request);
  }

  waitForWork(kind: WorkKind, signal: AbortSignal, order?: FetchOptions): Promise<void> {
    return this.inner.waitForWork(kind, signal, order);
  }

  backlog(): Promise<Backlog> {
    return this.inner.backlog();
  }

  async *#readParts(parts: AsyncIterable<HubPart>): AsyncGenerator<HubPart, void, undefined> {
    for await (const part of parts) yield await this.read(part, inPart);
  }

  async *#writtenParts(parts: AsyncIterable<HubPart>): AsyncGenerator<HubPart, void, undefined> {
    for await (const part of parts) yield await this.sent(part, inPart, (stored) => Promise.resolve(stored));
  }
}

/** The places that the caller looks at. */
function looked<T>(places: Places<T>, { withoutPayloads }: ReadOptions): Places<T> {
  if (withoutPayloads !== true) return places;
  return (value, { failure }) => places(value, { payload: (text) => text, failure });
}

function nameOf({ key, token }: Lock): string {
  return `${token}#${key}`;
}

/** The items that this process can read. @throws what is wrong with the others when there are others alone. */
async function readable<T extends { readonly lock: Lock }>(
  items: readonly T[],
  read: (item: T) => Promise<T>,
  giveBack: (request: AbandonRequest) => Promise<void>,
): Promise<readonly T[]> {
  let problem: Error | undefined;
  const attempts = items.map(async (item) => {
    try {
      return [await read(item)];
    } catch (error) {
      problem ??= error as Error;
      // Where that fails too, the lock ends by expiry.
      await giveBack({ lock: item.lock, ...UNREADABLE }).catch(() => undefined);
      return [];
    }
  });
  const readItems = (await Promise.all(attempts)).flat();
  if (readItems.length === 0 && problem !== undefined) throw problem;
  return readItems;
}
