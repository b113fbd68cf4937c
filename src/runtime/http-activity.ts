/**
 * The activity `dacapo.http`: carries out the requests of `ctx.callHttp()` with `fetch`.
 *
 * Invariant: credentials leave for the origin that the request names and no other, through every redirect; only http
 * and https are spoken; a token of a token source is in no history, no error and no log. Put together by the task hub.
 */
import { HttpRequestError, HttpTimeoutError, InvalidArgumentError, PayloadTooLargeError } from "../core/errors.ts";
import type { DurableHttpRequest } from "../core/http-calls.ts";
import type { HttpAnswer } from "../core/http-polling.ts";
import { CREDENTIALS, FUNCTIONS_KEY } from "../core/http-polling.ts";
import { HTTP_REDIRECTS_MAX, HTTP_TIMEOUT_MS } from "../core/limits.ts";
import type { ActivityContext } from "../ports/activity-context.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpFetch, SendHttp, TokenSource } from "../ports/http.ts";

export interface HttpSetup {
  readonly fetch: HttpFetch;
  readonly tokenSources: Readonly<Record<string, TokenSource>>;
  readonly clock: Clock;
  readonly payloadBytesMax: number;
}

/** Makes the function that carries out requests. */
export function httpSender(setup: HttpSetup): SendHttp {
  return async (context, request) => {
    checkRequest(request);
    const { timeoutMs = HTTP_TIMEOUT_MS } = request;
    const timeout = new AbortController();
    const over = new AbortController();
    void setup.clock.sleep(timeoutMs, over.signal).then(() => {
      if (over.signal.aborted) return;
      const message = `${nameOf(request)} took longer than ${timeoutMs / 1000} seconds.`;
      timeout.abort(
        new HttpTimeoutError(message, { hint: "Give ctx.callHttp() a longer timeout, or a retry policy." }),
      );
    });
    const signal = AbortSignal.any([context.signal, timeout.signal]);
    try {
      // A `fetch` of the user's may not listen to the signal.
      return await Promise.race([send(setup, context, request, signal), abortion(signal, over.signal)]);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error;
    } finally {
      over.abort();
    }
  };
}

/** An orchestrator may have called the activity by its name. */
function checkRequest(request: unknown): asserts request is DurableHttpRequest {
  const { method, url } = (request ?? {}) as Partial<Record<keyof DurableHttpRequest, unknown>>;
  if (typeof method === "string" && typeof url === "string") return;
  throw new InvalidArgumentError("The activity dacapo.http was given no request.", {
    hint: "Orchestrators call it with ctx.callHttp().",
  });
}

/** Rejects once `signal` is aborted; never settles once it is `over`. */
function abortion(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true, signal: over });
  });
}

/** A request on its way, changed by the redirects that it meets. */
interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

async function send(
  setup: HttpSetup,
  context: ActivityContext,
  request: DurableHttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const first: Hop = {
    method: request.method,
    url: usableUrl(request.url, undefined, request),
    headers: await headersOf(setup, context, request, signal),
    body: request.body,
  };
  let hop = first;
  for (let redirects = 0; ; redirects++) {
    const response = await ask(setup, request, hop, signal);
    const next = redirected(hop, response, request);
    if (next === undefined) {
      const answer = {
        statusCode: response.status,
        headers: Object.fromEntries(headerEntries(response)),
        content: await contentOf(response, request, setup.payloadBytesMax),
      };
      return hop === first ? answer : { ...answer, url: hop.url.href };
    }
    await response.body?.cancel();
    if (redirects >= HTTP_REDIRECTS_MAX) throw failed(request, `was redirected more than ${HTTP_REDIRECTS_MAX} times`);
    hop = next;
  }
}

async function ask(
  { fetch }: HttpSetup,
  request: DurableHttpRequest,
  hop: Hop,
  signal: AbortSignal,
): Promise<Response> {
  const { method, url, headers, body } = hop;
  const init: RequestInit = { method, headers, redirect: "manual", signal };
  if (body !== undefined) init.body = body;
  try {
    return await fetch(url.href, init);
  } catch (error) {
    // What went wrong is said by the cause of the error of `fetch`.
    const { cause, message = String(error) } = error as { readonly cause?: unknown; readonly message?: string };
    const reason = cause instanceof Error && cause.message !== "" ? cause.message : message;
    throw failed(request, `got no answer (${reason})`, error);
  }
}

const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

async function headersOf(
  { tokenSources }: HttpSetup,
  { idempotencyKey }: ActivityContext,
  { method, url, headers = {}, tokenSource }: DurableHttpRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const sent = { ...headers };
  if (!SAFE_METHODS.includes(method)) sent["idempotency-key"] ??= idempotencyKey;
  if (tokenSource === undefined) return sent;
  const source = Object.hasOwn(tokenSources, tokenSource) ? tokenSources[tokenSource] : undefined;
  if (source === undefined) {
    throw new InvalidArgumentError(`The worker has no token source "${tokenSource}".`, {
      hint: `The hub's option http.tokenSources has: ${Object.keys(tokenSources).join(", ") || "none"}.`,
    });
  }
  const token: unknown = await source({ url, signal });
  if (typeof token !== "string" || token === "") {
    throw new InvalidArgumentError(`The token source "${tokenSource}" gave no token.`, {
      hint: "It returns the bearer token as a text, or a promise of it.",
    });
  }
  return { ...sent, authorization: `Bearer ${token}` };
}

/** The request that a redirect leads to; `undefined` when the response is none. */
function redirected(hop: Hop, response: Response, request: DurableHttpRequest): Hop | undefined {
  const { status } = response;
  const location = response.headers.get("location");
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const url = usableUrl(location, hop.url, request);
  const isSafe = hop.method === "GET" || hop.method === "HEAD";
  // As browsers do (Fetch standard, section 4.4): only 307 and 308 repeat what has an effect.
  const becomesGet = (status === 303 && !isSafe) || (status < 303 && hop.method === "POST");
  const isSameOrigin = url.origin === hop.url.origin;
  const kept = Object.entries(hop.headers).filter(([name]) => {
    if (becomesGet && (name.startsWith("content-") || name === "idempotency-key")) return false;
    return isSameOrigin || !(CREDENTIALS.has(name) || name === FUNCTIONS_KEY);
  });
  const headers = Object.fromEntries(kept);
  return becomesGet ? { method: "GET", url, headers, body: undefined } : { ...hop, url, headers };
}

function usableUrl(reference: string, base: URL | undefined, request: DurableHttpRequest): URL {
  const url = URL.canParse(reference, base?.href) ? new URL(reference, base?.href) : undefined;
  const isUsable = url !== undefined && /^https?:$/u.test(url.protocol) && url.username === "" && url.password === "";
  if (isUsable) return url;
  throw failed(request, `${base === undefined ? "names" : "was redirected to"} an address that cannot be used`);
}

/** Of a header that came several times, such as `set-cookie`, all values. */
function headerEntries({ headers }: Response): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const [name, value] of headers) {
    const before = entries.get(name);
    entries.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return entries;
}

/** Reads the body as a text, and no more of it than a history can take. */
async function contentOf({ body }: Response, request: DurableHttpRequest, limitBytes: number): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let sizeBytes = 0;
  let text = "";
  try {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.byteLength;
      // Leaving the loop ends the transfer.
      if (sizeBytes > limitBytes) throw new PayloadTooLargeError(`answer to ${nameOf(request)}`, sizeBytes, limitBytes);
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    if (error instanceof PayloadTooLargeError) throw error;
    throw failed(request, "lost its connection before the answer was complete", error);
  }
  return text + decoder.decode();
}

function failed(request: DurableHttpRequest, problem: string, cause?: unknown): HttpRequestError {
  return new HttpRequestError(`${nameOf(request)} ${problem}.`, { cause });
}

/** The request in messages: without its query, which may hold secrets. */
function nameOf({ method, url }: DurableHttpRequest): string {
  const shown = /^https?:\/\/[^/?#@]*(?:[/][^?#]*)?/iu.exec(url)?.[0];
  return `The request ${method} ${shown ?? "to an address that is none"}`;
}
