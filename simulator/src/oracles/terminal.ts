/**
 * O4: what has ended stays as it ended.
 *
 * Invariant: once an instance has completed, failed or been terminated, its status, output, failure and history
 * never change again, as long as the instance is there.
 */
import type { InstanceView } from "dacapo/memory";
import type { Evidence, Oracle, Violation } from "./oracle.ts";

const ID = "O4";

export function terminalOracle(): Oracle {
  const ended = new Map<string, { readonly incarnation: string; readonly end: string }>();
  return {
    id: ID,
    title: "a terminal status is final",
    observe: ({ store }: Evidence, changed: ReadonlySet<string>): readonly Violation[] => {
      const violations: Violation[] = [];
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

function isOver({ record: { runtimeStatus } }: InstanceView): boolean {
  return runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated";
}

/** The end of an instance as a text. */
function describe({ record, history }: InstanceView): string {
  const { runtimeStatus, output, failure } = record;
  const failed = failure === undefined ? "" : ` with ${failure.errorType}: ${failure.errorMessage}`;
  return `${runtimeStatus}${failed}, output ${output ?? "none"}, after ${history.length} events`;
}

function violation(instanceId: string, before: string, after: string): Violation {
  return { oracle: ID, instanceId, message: `instance "${instanceId}" had ended (${before}) and changed to ${after}` };
}
