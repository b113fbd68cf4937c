/**
 * Reads of records: all that are asked for until the next one is sent are one query.
 *
 * Invariant: a record is read after it was asked for. Used by the backend alone.
 */
import { recordOf, type Row } from "../sql/columns.ts";
import { originalId } from "../sql/stored-id.ts";
import type { InstanceRecord } from "../../ports/backend.ts";

interface Waiting {
  readonly instanceId: string;
  readonly resolve: (record: InstanceRecord | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** At most so many are one query. */
const READS_MAX = 500;

export class RecordReads {
  readonly #read: (instanceIds: readonly string[]) => Promise<readonly Row[]>;
  #waiting: Waiting[] = [];
  #isReading = false;

  constructor(read: (instanceIds: readonly string[]) => Promise<readonly Row[]>) {
    this.#read = read;
  }

  get(instanceId: string): Promise<InstanceRecord | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ instanceId, resolve, reject });
      if (!this.#isReading) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.length > 0) {
      // Whoever asks in the same breath comes along.
      await Promise.resolve();
      const group = this.#waiting.slice(0, READS_MAX);
      this.#waiting = this.#waiting.slice(READS_MAX);
      await this.#answer(group);
    }
    this.#isReading = false;
  }

  async #answer(group: readonly Waiting[]): Promise<void> {
    try {
      const found = new Map<string, InstanceRecord>();
      for (const row of await this.#read([...new Set(group.map(({ instanceId }) => instanceId))])) {
        found.set(originalId(row["instance_id"] as string), recordOf(row));
      }
      for (const { instanceId, resolve } of group) resolve(found.get(instanceId));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
