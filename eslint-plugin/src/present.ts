/**
 * Puts a finding into words: the rule's own message, or, for what is reached through calls, the path to it first.
 *
 * Invariant: one form for the linter and for the checker. Pure.
 */
import type { Finding } from "./semantic/analysis.ts";
import { placeOf } from "./semantic/reach.ts";

/** A finding with the message that reports it. */
export interface Presented {
  readonly finding: Finding;
  readonly messageId: string;
  readonly data: Readonly<Record<string, string>>;
  /** The whole message. */
  readonly text: string;
}

/** How many steps of a path a message shows. */
const MAX_STEPS = 6;

/** Fills the placeholders of a message. */
export function fill(template: string, data: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/gu, (whole, name: string) => data[name] ?? whole);
}

function pathText(finding: Finding): string {
  const names = finding.path.map(({ name }) => name);
  const shown = names.length > MAX_STEPS ? [...names.slice(0, MAX_STEPS - 1), "..."] : names;
  return [...shown, finding.leaf.api].join(" -> ");
}

/** What the API table advises for one use stands in the place of the rule's usual advice. */
function idOf({ messageId, data }: Finding, messages: Readonly<Record<string, string>>): string {
  const special = `${messageId}Instead`;
  return data["instead"] !== undefined && messages[special] !== undefined ? special : messageId;
}

/** Returns the message of a finding; `directory` is what places are relative to. */
export function present(finding: Finding, messages: Readonly<Record<string, string>>, directory: string): Presented {
  const messageId = idOf(finding, messages);
  const what = fill(messages[messageId] ?? "", finding.data);
  if (finding.path.length === 0) return { finding, messageId, data: finding.data, text: what };
  const data = {
    ...finding.data,
    path: pathText(finding),
    where: placeOf(finding.leaf.node, directory),
    more: finding.more === 0 ? "" : ` (+${String(finding.more)} more)`,
    what,
  };
  return { finding, messageId: "reached", data, text: fill(messages["reached"] ?? "", data) };
}
