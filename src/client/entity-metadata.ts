/**
 * What a client sees of one entity at one moment.
 */
import { EntityInstanceId } from "../core/entity-instance-id.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { Payloads } from "../core/data-converter.ts";
import type { EntityRow, InstanceRecord } from "../ports/backend.ts";

export class EntityMetadata<State = unknown> {
  readonly id: EntityInstanceId;
  /** When the last operation ran. */
  readonly lastModifiedTime: Date;
  /** How many operations wait: for the end of a lock, or for a message before them. */
  readonly backlogQueueSize: number;
  /** The instance id of the orchestration that has locked the entity. */
  readonly lockedBy: string | undefined;
  /** False when the state was not asked for. */
  readonly includesState: boolean;
  /** The text of the hub's data converter (JSON unless it has another); absent when the entity has no state, or it was not asked for. */
  readonly serializedState: string | undefined;
  readonly #payloads: Payloads;

  constructor(record: InstanceRecord, row: EntityRow, payloads: Payloads, includesState: boolean) {
    this.#payloads = payloads;
    this.id = EntityInstanceId.fromString(record.instanceId);
    this.lastModifiedTime = new Date(row.lastOperationAt);
    this.backlogQueueSize = row.backlog;
    this.lockedBy = row.lockedBy;
    this.includesState = includesState;
    this.serializedState = includesState ? row.state : undefined;
  }

  /**
   * The entity's state; `undefined` when it has none.
   * @throws InvalidArgumentError when the state was not asked for.
   */
  get state(): State {
    if (this.includesState) {
      return this.#payloads.read(this.serializedState, `state of the entity ${this.id.toString()}`) as State;
    }
    throw new InvalidArgumentError(`The state of the entity ${this.id.toString()} was not asked for.`, {
      hint: "Leave out includeState, or make it true.",
    });
  }
}

/** True for an entity that nobody need know of: it has no state, no lock, and nothing waits for it. */
export function isTransient(row: EntityRow | undefined): boolean {
  return row === undefined || (row.state === undefined && row.lockedBy === undefined && row.backlog === 0);
}
