/**
 * A turn, and the answer that woke it, as one statement: the function `step` of the schema.
 *
 * Invariant: says and does what the statements say and do that it stands for, in a transaction of its own. Most turns are of this
 * shape while one instance goes on: its row, and the activity that is answered, are known without asking; it waits for at most
 * one new activity, and nothing is sent. Of more instances at once, one statement for each table takes less. Used by the
 * sessions.
 */
import { assert } from "../../core/assert.ts";
import type { Row } from "../sql/columns.ts";
import type { Values } from "./literals.ts";
import type { Statement, StatementName } from "./statements.ts";

/** The statements that it can stand for. */
const SHAPE: ReadonlySet<StatementName> = new Set([
  "confirm",
  "addEvents",
  "removeActivities",
  "addActivities",
  "setStatus",
  "setWork",
]);

/** What a turn without an activity is given for it. */
const NO_ACTIVITY: Values = {
  activity_id: null,
  instance_id: null,
  task_id: null,
  name: null,
  input: null,
  attempt: null,
  idempotency_key: null,
  ready_at: null,
  last_number: null,
  lock_token: null,
  lock_worker: null,
  lock_until: null,
  delivery_count: null,
};

/** The rows of a turn; undefined where there is none. */
interface Turn {
  readonly known: Values;
  readonly answered: Values | undefined;
  readonly events: Values;
  readonly activity: Values | undefined;
  readonly status: Values;
  readonly work: Values;
  /** What the hub's time is thought to be. */
  readonly guess: number;
}

/** Makes one statement of those of a whole transaction; undefined where they are of another shape. */
export function stepOf(statements: readonly Statement[]): Statement | undefined {
  const turn = turnOf(statements);
  if (turn === undefined || !isWhole(turn)) return undefined;
  const { known, answered, events, activity = NO_ACTIVITY, status, work, guess } = turn;
  return {
    name: "step",
    values: [
      ...take(known, ["partition", "instance_key", "known_number", "known_token"]),
      guess,
      ...(answered === undefined ? [null, null] : take(answered, ["activity_id", "token"])),
      ...take(events, ["generation", "execution_id", "first_event_id", "events"]),
      ...take(activity, ["activity_id", "instance_id", "task_id", "name", "input", "attempt", "idempotency_key"]),
      ...take(activity, ["ready_at", "last_number", "lock_token", "lock_worker", "lock_until", "delivery_count"]),
      ...take(status, ["runtime_status", "last_updated_at", "output", "failure", "custom_status"]),
      ...take(work, ["last_event_id", "last_commit_request_id", "served", "last_number"]),
    ],
  };
}

/** What each of the statements would have answered. */
export function answersOfStep(statements: readonly Statement[], [found]: readonly Row[]): readonly (readonly Row[])[] {
  const now = found?.["now"] ?? null;
  return statements.map(({ name, rows = [] }) => {
    if (name === "confirm") return [{ now, confirmed: String(now !== null) }];
    if (name === "addActivities") return rows.map(({ activity_id = null }) => ({ activity_id })) as readonly Row[];
    return [];
  });
}

function turnOf(statements: readonly Statement[]): Turn | undefined {
  const found = rowsByName(statements);
  if (found === undefined) return undefined;
  const only = (name: StatementName): Values | undefined => found.get(name)?.[0];
  const [events, status, work] = [only("addEvents"), only("setStatus"), only("setWork")];
  const [known, answered, ...others] = found.get("confirm") ?? [];
  if (known === undefined || events === undefined || status === undefined || work === undefined) return undefined;
  // An instance is confirmed before an activity.
  if (known["activity_id"] !== null || others.length > 0) return undefined;
  if (answered?.["activity_id"] !== only("removeActivities")?.["id"]) return undefined;
  const guess = statements.find(({ name }) => name === "confirm")?.values?.[2];
  assert(typeof guess === "number", "what confirms is given the time");
  return { known, answered, events, activity: only("addActivities"), status, work, guess };
}

/** The rows of each statement, of which there is one; undefined where a statement is another one, or has more. */
function rowsByName(statements: readonly Statement[]): ReadonlyMap<StatementName, readonly Values[]> | undefined {
  const found = new Map<StatementName, readonly Values[]>();
  for (const { name, rows = [] } of statements) {
    const isOne = name === "confirm" || rows.length === 1;
    if (!SHAPE.has(name) || !isOne) return undefined;
    found.set(name, rows);
  }
  return found;
}

/** True when it is all about one instance, and everything that the statement does not say is as it takes it to be. */
function isWhole({ known, events, activity, status, work, guess }: Turn): boolean {
  const key = known["instance_key"];
  const isOfOne = [events, status, work].every(({ instance_key }) => instance_key === key);
  const isOfItsExecution = [work, ...(activity === undefined ? [] : [activity])].every(
    ({ execution_id }) => execution_id === events["execution_id"],
  );
  const isAtRest =
    [work["rewind"], work["messages_at"], work["ready_at"], work["lock_token"]].every((value) => value === null) &&
    work["not_before"] === 0 &&
    work["delivery_count"] === 0;
  const isOfOneNumber = status["revision"] === work["last_number"] && work["revision"] === work["last_number"];
  return (
    isOfOne &&
    isOfItsExecution &&
    isAtRest &&
    isOfOneNumber &&
    work["generation"] === events["generation"] &&
    work["runtime_status"] === status["runtime_status"] &&
    status["entity"] === null &&
    (activity === undefined ||
      (activity["instance_key"] === key && activity["since"] === guess && activity["not_before"] === 0))
  );
}

function take(values: Values, columns: readonly string[]): readonly (string | number | boolean | null)[] {
  return columns.map((column) => {
    const value = values[column];
    assert(value !== undefined, "a row has all of its columns");
    return value;
  });
}
