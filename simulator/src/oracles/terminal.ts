/**
 * O4: what has ended stays as it ended, and so does what clients were told of it.
 *
 * Invariant: once an instance has completed, failed or been terminated, its status, output, failure and history
 * never change again, as long as the instance is there, unless a failed one was rewound. What a client is told of it never goes back: not from an end
 * to another or to none, not from an instance that runs to one that has not begun. Workers remove it when a rule of
 * retention says so, and not before.
 */
import type { InstanceRecord } from "dacapo/backend";
import type { InstanceView } from "dacapo/memory";
import type { PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Circumstances } from "./all-oracles.ts";
import type { Evidence, Oracle, Violation } from "./oracle.ts";
import { RetentionBook } from "./retention.ts";

const ID = "O4";

export function terminalOracle({ retention }: Pick<Circumstances, "retention"> = {}): Oracle {
  const kept = new RetentionBook(retention);
  const ended = new Map<string, { readonly incarnation: string; readonly end: string }>();
  const calls = new CallReader();
  const told = new Map<string, InstanceRecord>();
  const heard = (call: PortCall): readonly Violation[] => {
    if (call.type === "retention") {
      const message = kept.problemWithRemoval(call.record, call.now);
      const { instanceId } = call.record;
      return message === undefined ? NOTHING : [{ oracle: ID, instanceId, message }];
    }
    for (const instanceId of rewoundBy(call)) {
      ended.delete(instanceId);
      told.delete(instanceId);
    }
    return call.type === "told" ? tell(told, call.client, call.record) : NOTHING;
  };
  return {
    id: ID,
    title: "a terminal status is final, in the hub and in what clients are told",
    observe: ({ store, committed, now }: Evidence, changed: ReadonlySet<string>): readonly Violation[] => {
      kept.take(changed, store, now);
      const violations: Violation[] = [...calls.judge(committed.calls, heard)];
      for (const instanceId of changed) {
        const instance = store.instance(instanceId);
        const known = ended.get(instanceId);
        if (known !== undefined && known.incarnation === instance?.record.incarnation) {
          const end = describe(instance);
          if (end !== known.end) violations.push(violation(instanceId, known.end, end));
        } else if (instance !== undefined && isOver(instance)) {
          ended.set(instanceId, { incarnation: instance.record.incarnation, end: describe(instance) });
        }
      }
      return violations;
    },
  };
}

/** The failed instances that a call made to go on: that alone undoes an end. */
function rewoundBy(call: PortCall): readonly string[] {
  if (call.type === "rewind") return call.tookEffect ? [call.request.instanceId] : [];
  if (call.type !== "turn" || call.refusedWith !== undefined) return [];
  return (call.commit.rewinds ?? []).map(({ instanceId }) => instanceId);
}

const NOTHING: readonly Violation[] = [];

/** Compares what a client is told with what was told before. */
function tell(told: Map<string, InstanceRecord>, client: string, record: InstanceRecord): readonly Violation[] {
  const { instanceId, incarnation } = record;
  const before = told.get(instanceId);
  told.set(instanceId, record);
  if (before?.incarnation !== incarnation) return [];
  const wentBack = rankOf(record) < rankOf(before) || (isOver({ record: before }) && endOf(record) !== endOf(before));
  if (!wentBack) return [];
  const message = `${client} is told that instance "${instanceId}" is ${endOf(record)}; told before was ${endOf(before)}`;
  return [{ oracle: ID, instanceId, message }];
}

function rankOf(record: InstanceRecord): number {
  if (isOver({ record })) return 2;
  return record.runtimeStatus === "Pending" ? 0 : 1;
}

function isOver({ record: { runtimeStatus } }: Pick<InstanceView, "record">): boolean {
  return runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated";
}

/** The end of an instance as a text. */
function describe({ record, history }: InstanceView): string {
  return `${endOf(record)}, after ${history.length} events`;
}

function endOf({ runtimeStatus, output, failure }: InstanceRecord): string {
  const failed = failure === undefined ? "" : ` with ${failure.errorType}: ${failure.errorMessage}`;
  return `${runtimeStatus}${failed}, output ${output ?? "none"}`;
}

function violation(instanceId: string, before: string, after: string): Violation {
  return { oracle: ID, instanceId, message: `instance "${instanceId}" had ended (${before}) and changed to ${after}` };
}
