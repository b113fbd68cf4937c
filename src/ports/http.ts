/**
 * How the requests of `ctx.callHttp()` are carried out. Production uses `fetch`, a simulation whatever the scenario has
 * in its place.
 */
import type { DurableHttpRequest, DurableHttpResponse } from "../core/http-calls.ts";
import type { ActivityContext } from "./activity-context.ts";

/**
 * Carries out one request, as an activity does: perhaps more than once for one call, under `context.idempotencyKey`,
 * and no longer than `context.signal` lets it. An HTTP error is an answer; rejecting means that there was none.
 */
export type SendHttp = (context: ActivityContext, request: DurableHttpRequest) => Promise<DurableHttpResponse>;

/** Asks the network, as the global `fetch` does. It is told to follow no redirect. */
export type HttpFetch = (url: string, init: RequestInit) => Promise<Response>;

/** Gives the bearer token for a request to this address; asked anew for each. */
export type TokenSource = (request: {
  /** Absolute. */
  readonly url: string;
  /** Aborted when the token would come too late. */
  readonly signal: AbortSignal;
}) => string | Promise<string>;
