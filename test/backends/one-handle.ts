/**
 * A hub in PostgreSQL with one handle, whose time stands, and what a worker does with it: rows that the handle knows are those of
 * an instance and of its activity, which it has locked together.
 */
import pg from "pg";
import { postgres } from "../../src/backends/postgres/index.ts";
import type { Row } from "../../src/backends/sql/columns.ts";
import type { ActivityWorkItem, Backend, OrchestrationWorkItem } from "../../src/ports/backend.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { activityOf, Stage, type TurnChanges } from "../../src/testing/stage.ts";
import { answerEarly, ORDER } from "./answer-early.ts";
import { watchedPool } from "./watched-pool.ts";

let count = 0;

/** A hub with one handle, whose time stands. */
export class OneHandle {
  readonly pool: pg.Pool;
  readonly schema: string;
  readonly clock = new ManualClock();
  /** What came of each step: whether it was done. */
  readonly steps: boolean[] = [];
  readonly backend: Backend;
  readonly stage: Stage;

  constructor(url: string, schema: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 4 });
    this.schema = schema;
    this.pool.on("error", () => undefined);
    const answered = (text: string, [row]: readonly unknown[]): void => {
      if (text.startsWith("EXECUTE dacapo_step")) this.steps.push((row as Row)["now"] !== null);
    };
    const pool = watchedPool(this.pool, () => undefined, { answered });
    const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    this.backend = postgres({ pool, schema })({ clock: this.clock, yield: round });
    const refused = (): Promise<never> => Promise.reject(new Error("one handle, whose time stands"));
    this.stage = new Stage({ backend: this.backend, connect: refused, advance: refused, close: refused });
  }

  /** Opens a hub in a schema of its own. */
  static async open(url: string): Promise<OneHandle> {
    const hub = new OneHandle(url, `handle_${process.pid}_${++count}`);
    await hub.open();
    return hub;
  }

  async open(): Promise<void> {
    await this.backend.open();
    await this.sql(`UPDATE hub SET time_stands_at = ${this.clock.now()}`);
  }

  async close(): Promise<void> {
    await this.backend.close();
    await this.pool.end();
  }

  /** Does something to the rows, of which the handle knows nothing. */
  async sql(text: string): Promise<readonly Row[]> {
    const client = await this.pool.connect();
    try {
      await client.query(`SET search_path TO ${this.schema}`);
      const { rows } = await client.query(text);
      await client.query("RESET search_path");
      return rows as Row[];
    } finally {
      client.release();
    }
  }

  /** Commits a turn that schedules an activity, which is locked with it: the handle knows the rows of both. */
  async schedule(item: OrchestrationWorkItem, taskId: number, changes: TurnChanges = {}): Promise<ActivityWorkItem> {
    const committed = this.stage.complete(item, { activities: [activityOf(item, taskId)], ...changes });
    const [activity] = await this.backend.fetchActivities(ORDER);
    await committed;
    return activity as ActivityWorkItem;
  }

  /** An instance that waits for an activity. */
  async waiting(): Promise<ActivityWorkItem> {
    await this.stage.create("a");
    return this.schedule(await this.stage.take("a"), 1);
  }

  /** Answers an activity, and commits the turn that it wakes. */
  async step(activity: ActivityWorkItem, taskId: number, changes: TurnChanges = {}): Promise<ActivityWorkItem> {
    await this.sql("UPDATE hub SET time_stands_at = time_stands_at + 5");
    const fetched = this.backend.fetchActivities(ORDER);
    const { answered, item } = await answerEarly(this.backend, this.stage, activity);
    await Promise.all([answered, this.stage.complete(item, { activities: [activityOf(item, taskId)], ...changes })]);
    return (await fetched)[0] as ActivityWorkItem;
  }
}
