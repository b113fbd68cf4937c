/**
 * Durable HTTP: what an orchestrator asks for with `ctx.callHttp()`, checked, and as it is recorded.
 *
 * Invariant: what leaves here is plain data that any worker can carry out: an absolute http(s) address, header names
 * in lower case, a body that is a text. No secret of a token source is in it, only the source's name.
 */
import type { OrchestrationContext } from "./context.ts";
import type { Duration } from "./duration.ts";
import { durationToMs } from "./duration.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { FollowUp } from "./follow-up.ts";
import { followHttp } from "./http-polling.ts";
import { parseHttpUrl } from "./http-url.ts";
import type { Mutable } from "./mutable.ts";
import { serialize } from "./payload.ts";
import type { CheckedRetry, RetryHandler, RetryPolicy } from "./retry.ts";
import { checkRetry } from "./retry.ts";

/** The name of the activity that makes HTTP requests, in histories and as a mock. */
export const HTTP_ACTIVITY = "dacapo.http";

/** What `ctx.callHttp()` is to do. Everything here is recorded in the history, headers included. */
export interface CallHttpOptions {
  /** Such as `"GET"`; in capitals or not. */
  readonly method: string;
  /** An absolute address, http or https, without a user name: `"https://example.org/orders"`. */
  readonly url: string;
  /** A text is sent as it is, anything else as JSON (`content-type: application/json` unless given). */
  readonly body?: unknown;
  /** Recorded in the history: give secrets through `tokenSource`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a 202 with a `Location` is followed until it is done. True unless given. */
  readonly enablePolling?: boolean;
  /** The same as `enablePolling`, by its older name. */
  readonly asynchronousPatternEnabled?: boolean;
  /** Retries a request that got no answer (an answer of 500 is one), each poll by itself. */
  readonly retry?: RetryPolicy | RetryHandler;
  /** How long one request may take, its redirects and its body included; each poll anew. 100 seconds unless given. */
  readonly timeout?: Duration;
  /**
   * The name of one of the hub's `http.tokenSources`, which gives the bearer token at the time of each request.
   * It goes before an `authorization` header.
   */
  readonly tokenSource?: string;
}

/** One request, as the history records it and the activity `dacapo.http` gets it. */
export interface DurableHttpRequest {
  /** In capitals. */
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly tokenSource?: string;
}

/** What came back. An HTTP error, such as a 404, is an answer too. */
export interface DurableHttpResponse {
  readonly statusCode: number;
  /** Names in lower case; of a header that came several times, the values with commas between. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as a text (UTF-8). */
  readonly content: string;
}

/** A call that was checked. */
export interface CheckedHttpCall {
  readonly request: DurableHttpRequest;
  readonly retry: CheckedRetry | undefined;
  readonly followUp: FollowUp;
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof CallHttpOptions>([
  ...(["method", "url", "body", "headers", "enablePolling", "asynchronousPatternEnabled"] as const),
  ...(["retry", "timeout", "tokenSource"] as const),
]);

/**
 * Checks a call.
 * @throws InvalidArgumentError when it cannot be made; it names the option.
 * @throws PayloadNotSerializableError or PayloadTooLargeError when the body cannot be recorded.
 */
export function checkHttpCall(
  options: CallHttpOptions,
  scope: { readonly context: OrchestrationContext; readonly payloadBytesMax: number },
): CheckedHttpCall {
  checkOptionNames(options);
  const {
    retry,
    timeout,
    tokenSource,
    asynchronousPatternEnabled = true,
    enablePolling = asynchronousPatternEnabled,
  } = options;
  const method = checkMethod(options.method);
  const headers = checkHeaders(options.headers);
  const body = checkBody(options.body, method, scope.payloadBytesMax);
  if (body !== undefined && typeof options.body !== "string") headers["content-type"] ??= "application/json";
  const request: Mutable<DurableHttpRequest> = { method, url: checkUrl(options.url) };
  if (Object.keys(headers).length > 0) request.headers = headers;
  if (body !== undefined) request.body = body;
  if (timeout !== undefined) request.timeoutMs = checkTimeout(timeout);
  if (tokenSource !== undefined) request.tokenSource = checkTokenSource(tokenSource);
  return {
    request,
    retry: retry === undefined ? undefined : checkRetry(retry, scope.context),
    followUp: followHttp(request, checkSwitch(enablePolling)),
  };
}

function wrong(problem: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(`ctx.callHttp() ${problem}.`, { hint });
}

function checkOptionNames(options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw wrong("was given no request", 'Write ctx.callHttp({ method: "GET", url: "https://example.org/" }).');
  }
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.has(name));
  if (unknown === undefined) return;
  throw wrong(`has an unknown option "${unknown}"`, `The options are ${[...OPTION_NAMES].join(", ")}.`);
}

/** What a method or the name of a header is made of (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u;

/** These are not for the ends of a connection, or show a request's headers to whoever asks. */
const METHODS_REFUSED: readonly string[] = ["CONNECT", "TRACE", "TRACK"];

function checkMethod(method: unknown): string {
  const name = typeof method === "string" ? method.toUpperCase() : "";
  if (TOKEN.test(name) && !METHODS_REFUSED.includes(name)) return name;
  const shown = typeof method === "string" ? JSON.stringify(method) : `of type ${typeof method}`;
  throw wrong(`cannot use the method ${shown}`, 'Give it a method such as "GET" or "POST".');
}

/** The address may hold secrets, so no error shows it. */
function checkUrl(url: unknown): string {
  if (typeof url === "string" && parseHttpUrl(url) !== undefined) return url;
  throw wrong(
    typeof url === "string" ? "cannot use its url" : `has a url of type ${typeof url}`,
    "Give it an absolute http or https address, without user name, spaces and backslashes: encodeURIComponent() " +
      "encodes a part of it.",
  );
}

function checkHeaders(headers: unknown): Record<string, string> {
  const checked: Record<string, string> = {};
  if (headers === undefined) return checked;
  const hint = 'Give it an object of texts, such as { headers: { accept: "application/json" } }.';
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) {
    throw wrong("has headers that are no plain object", hint);
  }
  for (const [name, value] of Object.entries(headers as Readonly<Record<string, unknown>>)) {
    if (value === undefined) continue;
    if (!TOKEN.test(name)) throw wrong(`has a header ${JSON.stringify(name)}, which is no name of one`, hint);
    // What a header can carry: no line breaks, which would begin another one, and nothing beyond Latin 1.
    if (typeof value !== "string" || !/^[\t\x20-\x7e\x80-\xff]*$/u.test(value)) {
      throw wrong(`has a header "${name}" whose value is no text that a header can carry`, hint);
    }
    const key = name.toLowerCase();
    if (Object.hasOwn(checked, key)) throw wrong(`has the header "${key}" twice`, "Names of headers have no case.");
    checked[key] = value;
  }
  return checked;
}

function checkBody(body: unknown, method: string, payloadBytesMax: number): string | undefined {
  if (body === undefined) return undefined;
  if (method === "GET" || method === "HEAD") {
    throw wrong(`has a body, which a ${method} request cannot have`, "Leave it out, or use POST, PUT or PATCH.");
  }
  if (typeof body === "string") return body;
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
    throw wrong("has a body of bytes", "Give it a text or plain data; send bytes from an activity of your own.");
  }
  return serialize(body, "body of ctx.callHttp()", payloadBytesMax);
}

function checkTimeout(timeout: Duration): number {
  const timeoutMs = durationToMs(timeout, "timeout of ctx.callHttp()");
  if (timeoutMs > 0) return timeoutMs;
  throw wrong("has a timeout of 0", "Give it some seconds, or leave it out.");
}

function checkTokenSource(name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  throw wrong(
    "has a tokenSource that is no name",
    "Give it the name of one of the hub's http.tokenSources: the token itself must not get into the history.",
  );
}

function checkSwitch(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wrong("has an enablePolling that is neither true nor false", "Leave it out to poll.");
}
