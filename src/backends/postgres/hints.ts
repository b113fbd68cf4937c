/**
 * Tells the processes of a hub that something has changed, by LISTEN and NOTIFY.
 *
 * Invariant: a hint may be lost, late or for nothing; nobody relies on it. While the listening connection is down, there are
 * none, and it is opened anew by and by.
 */
import type { WorkKind } from "../../ports/backend.ts";
import type { PostgresClient, PostgresPool } from "./driver.ts";

const PAUSE_MS = 1_000;

/** More ids than this are told as "many". */
const IDS_MAX = 40;

const ALL: readonly WorkKind[] = ["orchestration", "activity"];

export interface HintsOptions {
  readonly pool: PostgresPool;
  readonly channel: string;
  /** Names the handle, whose own hints tell it nothing. */
  readonly from: number;
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** Called with the instances that may have changed (undefined says that any may) and the kinds of work that may be ready. */
  readonly changed: (instanceIds: readonly string[] | undefined, ready: readonly WorkKind[]) => void;
}

export class Hints {
  readonly #options: HintsOptions;
  readonly #stop = new AbortController();
  /** Instances that others are to be told of; undefined is any. */
  readonly #untold = new Set<string | undefined>();
  readonly #ready = new Set<WorkKind>();
  #client: PostgresClient | undefined;
  #isTelling = false;
  #isLost: (() => void) | undefined;
  #listening: Promise<void> | undefined;

  constructor(options: HintsOptions) {
    this.#options = options;
  }

  /** Begins to listen; resolves when it does, or it failed for a first time. */
  async open(): Promise<void> {
    await this.#connect().catch(() => undefined);
    this.#listening = this.#keepListening();
  }

  async close(): Promise<void> {
    this.#stop.abort("closed");
    this.#isLost?.();
    await this.#listening;
    this.#client?.release(true);
    this.#client = undefined;
  }

  /** Tells the others of instances, and of kinds of work that are ready, by and by: whoever changed them has nothing to wait for. */
  tell(instanceIds: Iterable<string>, ready: Iterable<WorkKind>): void {
    for (const id of instanceIds) this.#untold.add(this.#untold.size > IDS_MAX ? undefined : id);
    for (const kind of ready) this.#ready.add(kind);
    if (!this.#isTelling && this.#untold.size > 0) void this.#tell();
  }

  async #tell(): Promise<void> {
    const { channel, from } = this.#options;
    this.#isTelling = true;
    while (this.#untold.size > 0) {
      const payload = payloadOf(from, [...this.#untold], [...this.#ready]);
      this.#untold.clear();
      this.#ready.clear();
      // A hint that does not get through is lost.
      await this.#client
        ?.query({ name: "dacapo_notify", text: "SELECT pg_notify($1, $2)", values: [channel, payload] })
        .catch(() => undefined);
    }
    this.#isTelling = false;
  }

  async #keepListening(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (this.#client === undefined) {
        await this.#options.sleep(PAUSE_MS, signal);
        if (!signal.aborted) await this.#connect().catch(() => undefined);
        // What happened meanwhile, nobody has told.
        this.#options.changed(undefined, ALL);
      } else await new Promise<void>((resolve) => (this.#isLost = resolve));
    }
  }

  async #connect(): Promise<void> {
    const { pool, channel, from, changed } = this.#options;
    const client = await pool.connect();
    client.on("error", (error) => {
      if (this.#client !== client) return;
      this.#client = undefined;
      client.release(error);
      this.#isLost?.();
    });
    client.on("notification", (notification) => {
      if (notification.channel !== channel) return;
      const { sender, ids, ready } = hintOf(notification.payload ?? "[]");
      if (sender !== from) changed(ids.length === 0 ? undefined : ids, ready);
    });
    try {
      await client.query(`LISTEN "${channel}"`);
    } catch (error) {
      client.release(true);
      throw error;
    }
    this.#client = client;
  }
}

/** What a hint says: who gives it, what is ready, and of which instances; of any, when there are none. */
function payloadOf(from: number, instanceIds: readonly (string | undefined)[], ready: readonly WorkKind[]): string {
  const text = JSON.stringify([from, { ready }, ...instanceIds]);
  // PostgreSQL takes 8,000 bytes. Without what is ready, every version takes it for a hint about everything.
  return instanceIds.includes(undefined) || text.length > 2_000 ? JSON.stringify([from]) : text;
}

/** A hint of a version that did not say what is ready is about everything; such a version takes what is ready for an instance. */
function hintOf(payload: string): { sender: number; ids: readonly string[]; ready: readonly WorkKind[] } {
  type Payload = readonly [number, ...({ readonly ready: readonly WorkKind[] } | string)[]];
  const [sender, ...rest] = JSON.parse(payload) as Payload;
  const ids = rest.filter((one) => typeof one === "string");
  const said = rest.find((one) => typeof one === "object");
  return { sender, ids, ready: said?.ready ?? ALL };
}
