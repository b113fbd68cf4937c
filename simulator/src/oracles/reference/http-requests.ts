/**
 * Durable HTTP as the reference interpreter (O1) has it: which request is made, and what its answer leads to.
 *
 * Invariant: written from the documented meaning of `ctx.callHttp()`; addresses are resolved by the platform's `URL`, not
 * by the engine's own reading. Of addresses that the two might write differently, nothing is said. Used by the reference's
 * context.
 */
import type { CallHttpOptions, DurableHttpRequest } from "dacapo";
import { millisecondsOf } from "./durations.ts";

/** The name of the activity that makes HTTP requests. */
export const HTTP_ACTIVITY = "dacapo.http";

/** What an answer leads to; undefined where the reference does not know. */
export type Followed =
  { readonly response: unknown } | { readonly request: DurableHttpRequest; readonly at: number } | undefined;

/** The request that an orchestrator's first `callHttp()` makes. */
export function requestOf({ method, url, body, headers = {}, timeout, tokenSource }: CallHttpOptions) {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const named: Record<string, string> = Object.fromEntries(given);
  if (body !== undefined && typeof body !== "string") named["content-type"] ??= "application/json";
  return {
    method: method.toUpperCase(),
    url,
    ...(Object.keys(named).length === 0 ? {} : { headers: named }),
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(timeout === undefined ? {} : { timeoutMs: millisecondsOf(timeout) }),
    ...(tokenSource === undefined ? {} : { tokenSource }),
  } satisfies DurableHttpRequest;
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: string;
  readonly url?: string;
}

/** What an answer to a request at `url` leads to, where `original` is what the orchestrator asked for. */
export function followed(
  answer: unknown,
  { original, url, isPolled, time }: { original: DurableHttpRequest; url: string; isPolled: boolean; time: number },
): Followed {
  if (!isAnswer(answer)) return undefined;
  const { statusCode, content = "" } = answer;
  const pairs = Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const headers = Object.fromEntries(pairs) as Readonly<Record<string, string>>;
  const location = headers["location"]?.trim() ?? "";
  if (!isPolled || statusCode !== 202 || location === "") return { response: { statusCode, headers, content } };
  const base = answer.url ?? url;
  if (![location, base, original.url].every(isPlain)) return undefined;
  const at = askAgainAt(headers["retry-after"]?.trim(), time);
  if (at === undefined) return undefined;
  const target = new URL(location, base);
  target.hash = "";
  return { request: pollOf(original, target), at };
}

function isAnswer(answer: unknown): answer is Answer {
  if (typeof answer !== "object" || answer === null) return false;
  const { statusCode, headers = {}, content = "", url = "" } = answer as Partial<Record<keyof Answer, unknown>>;
  const isRead = typeof statusCode === "number" && typeof content === "string" && typeof url === "string";
  return isRead && typeof headers === "object" && headers !== null;
}

/** Letters, digits and the separators of addresses; no segments of dots, which `URL` takes out. */
function isPlain(address: string): boolean {
  if (!/^[A-Za-z0-9:/?&=._~+#-]*$/.test(address) || /(^|\/)\.{1,2}([/?#]|$)/.test(address)) return false;
  return !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(address) || /^https?:\/\/[a-z][a-z0-9.-]*(:\d+)?([/?#]|$)/.test(address);
}

const POLL_INTERVAL_MS = 30_000;

/** Undefined for dates, which the reference does not read. */
function askAgainAt(header: string | undefined, time: number): number | undefined {
  if (header === undefined) return time + POLL_INTERVAL_MS;
  if (!/^\d{1,9}$/.test(header)) return undefined;
  return time + Number(header) * 1_000;
}

const OF_THE_BODY = /^(content-.*|transfer-encoding|idempotency-key|expect|x-functions-key)$/;
const OF_WHO_ASKS = /^(authorization|proxy-authorization|cookie)$/;

/** Asks at the place of the status: with no key of a function, and no proof of who asks for others. */
function pollOf(original: DurableHttpRequest, target: URL): DurableHttpRequest {
  const isAtHome = new URL(original.url).origin === target.origin;
  const kept = Object.entries(original.headers ?? {}).filter(
    ([name]) => !OF_THE_BODY.test(name) && (isAtHome || !OF_WHO_ASKS.test(name)),
  );
  const { timeoutMs, tokenSource } = original;
  return {
    method: "GET",
    url: target.href,
    ...(kept.length === 0 ? {} : { headers: Object.fromEntries(kept) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(isAtHome && tokenSource !== undefined ? { tokenSource } : {}),
  };
}
