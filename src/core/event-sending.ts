/**
 * Events that an orchestrator sends to other orchestrations.
 *
 * Invariant: an event's place in its stream is a function of what the execution sent before, and recorded with the
 * decision, so a repeated turn sends the same message. Used by the context.
 */
import { isEntityId } from "./entity-instance-id.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { ContextScope } from "./execution-scope.ts";
import { checkInstanceId, checkName } from "./names.ts";
import { present } from "./present.ts";

/** @throws InvalidArgumentError when the id or the name is none; an error of payloads when the data is no data. */
export function sendEvent(execution: ContextScope, instanceId: string, name: string, data: unknown): void {
  checkInstanceId(instanceId);
  checkName(name, "external event");
  if (isEntityId(instanceId)) {
    throw new InvalidArgumentError(`The receiver of the event "${name}" is the entity ${instanceId}.`, {
      hint: "Entities take no events: signal it.",
    });
  }
  const input = execution.payloads.write(data, `data of event "${name}"`);
  const { sent, time } = execution;
  const child = execution.subOrchestrations.incarnationOf(instanceId);
  if (child !== undefined) sent.begin(instanceId, child, time);
  const position = sent.next(instanceId, time);
  execution.decide({ type: "EventSent", instanceId, name, ...present("input", input), position });
}
