/**
 * How a durable HTTP call goes on after an answer: a 202 with a `Location` is asked again, at the place and time that
 * it names, until the answer is another one. Durable Functions' asynchronous HTTP pattern.
 *
 * Invariant: `Location` is what a server says, so no poll takes credentials to another origin than that of the request
 * that the orchestrator made, however many servers lie between; and no poll takes a functions key anywhere.
 */
import { HttpRequestError, InvalidArgumentError } from "./errors.ts";
import type { FollowUp } from "./follow-up.ts";
import type { DurableHttpRequest, DurableHttpResponse } from "./http-calls.ts";
import { hrefOf, parseHttpUrl, resolveHttpUrl } from "./http-url.ts";
import type { HttpUrl } from "./http-url.ts";
import type { Mutable } from "./mutable.ts";
import { askAgainAt } from "./retry-after.ts";

/** An answer as the activity gives it. */
export interface HttpAnswer extends DurableHttpResponse {
  /** Where the answer came from, when redirects led elsewhere than to the request's own address. */
  readonly url?: string;
}

/** What the answer to `request` leads to. */
export function followHttp(request: DurableHttpRequest, enablePolling: boolean): FollowUp {
  return followFrom(request, request.url, enablePolling);
}

/** `original` is what the orchestrator asked for; `url` is where it asks now. */
function followFrom(original: DurableHttpRequest, url: string, enablePolling: boolean): FollowUp {
  return (answer, nowMs) => {
    const { url: cameFrom = url, ...response } = readAnswer(answer);
    const location = response.headers["location"]?.trim() ?? "";
    if (!enablePolling || response.statusCode !== 202 || location === "") return { kind: "settled", value: response };
    const input = pollRequest(original, targetOf(location, cameFrom));
    const at = askAgainAt(response.headers["retry-after"], nowMs);
    return { kind: "next", at, input, followUp: followFrom(original, input.url, enablePolling) };
  };
}

/** Mocks and other functions of the user's may give anything, and headers in any case. */
function readAnswer(answer: unknown): HttpAnswer {
  const { statusCode, headers = {}, content = "", url } = (answer ?? {}) as Partial<Record<keyof HttpAnswer, unknown>>;
  const isUsable =
    typeof statusCode === "number" && typeof content === "string" && typeof headers === "object" && headers !== null;
  if (!isUsable) {
    throw new InvalidArgumentError("The activity dacapo.http gave something that is no HTTP answer.", {
      hint: 'A mock of it returns { statusCode: 200, headers: { "content-type": "text/plain" }, content: "..." }.',
    });
  }
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const read = { statusCode, headers: Object.fromEntries(lowered) as Record<string, string>, content };
  return typeof url === "string" ? { ...read, url } : read;
}

function targetOf(location: string, cameFrom: string): HttpUrl {
  const base = parseHttpUrl(cameFrom);
  const target = base === undefined ? undefined : resolveHttpUrl(location, base);
  if (target !== undefined) return target;
  throw new HttpRequestError("A 202 says in its Location to poll an address that cannot be used.", {
    hint: "It has to be an http or https address without user name, spaces and backslashes, or one relative to the request's.",
  });
}

/** They describe a body, or a repeated effect, and a poll has neither. */
const OF_THE_EFFECT: ReadonlySet<string> = new Set(["transfer-encoding", "idempotency-key", "expect"]);

/** Headers that prove who asks. */
export const CREDENTIALS: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Azure's key of one function: of no use at the place of a status, and never for others. */
export const FUNCTIONS_KEY = "x-functions-key";

function pollRequest(original: DurableHttpRequest, target: HttpUrl): DurableHttpRequest {
  const isSameOrigin = parseHttpUrl(original.url)?.origin === target.origin;
  const kept = Object.entries(original.headers ?? {}).filter(([name]) => {
    if (name === FUNCTIONS_KEY || name.startsWith("content-") || OF_THE_EFFECT.has(name)) return false;
    return isSameOrigin || !CREDENTIALS.has(name);
  });
  const poll: Mutable<DurableHttpRequest> = { method: "GET", url: hrefOf(target) };
  if (kept.length > 0) poll.headers = Object.fromEntries(kept);
  if (original.timeoutMs !== undefined) poll.timeoutMs = original.timeoutMs;
  if (isSameOrigin && original.tokenSource !== undefined) poll.tokenSource = original.tokenSource;
  return poll;
}
