/**
 * Laws of `ctx.callHttp()` in the orchestrator: what is recorded, how a 202 is polled, what goes along and what does
 * not, and which requests are refused. The network is a function of the test's.
 */
import { describe, expect, it } from "vitest";
import type { CallHttpOptions, DurableHttpRequest, DurableHttpResponse, OrchestrationState } from "dacapo";
import { orchestrator, whenAll, whenAny } from "dacapo";
import type { SendHttp } from "dacapo/backend";
import { replayHistory } from "dacapo/replay";
import type { HttpAnswer } from "../../src/core/http-polling.ts";
import type { StageOptions } from "../runtime/stage.ts";
import { Stage } from "../runtime/stage.ts";

const start = Date.UTC(2026, 0, 1);
const post: CallHttpOptions = { method: "POST", url: "https://jobs.example/start?x=1" };

interface Sent {
  readonly request: DurableHttpRequest;
  /** Seconds since the test began. */
  readonly at: number;
  readonly key: string;
  readonly attempt: number;
}

const answer = (statusCode: number, headers: Readonly<Record<string, string>> = {}, content = "") => ({
  statusCode,
  headers,
  content,
});
const accepted = (location: string, retryAfter?: string): DurableHttpResponse =>
  answer(202, retryAfter === undefined ? { location } : { location, "retry-after": retryAfter });
const done = answer(200, { "content-type": "text/plain" }, "done");

/** Makes one call; the network gives these answers in turn. */
async function call(
  request: CallHttpOptions,
  answers: readonly (HttpAnswer | Error)[],
  options: StageOptions = {},
): Promise<{ sent: readonly Sent[]; state: OrchestrationState; stage: Stage }> {
  const sent: Sent[] = [];
  const http: SendHttp = ({ idempotencyKey, attempt }, asked) => {
    const at = (stage.clock.now() - start) / 1000;
    sent.push({ request: asked, at, key: idempotencyKey, attempt });
    const next = answers[Math.min(sent.length, answers.length) - 1]!;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  // The request itself is no input, so that it may hold functions.
  const definition = orchestrator("calls", function* (ctx) {
    return yield* ctx.callHttp(request);
  });
  const stage: Stage = await Stage.open([definition], { ...options, system: { http } });
  await stage.start(definition);
  await stage.rest();
  return { sent, state: await stage.state(), stage };
}

describe("a request", () => {
  it("is an activity, and its answer is the task's result", async () => {
    const { sent, state, stage } = await call({ method: "get", url: "https://a.example/x" }, [done]);
    expect(state.output).toEqual({ statusCode: 200, headers: { "content-type": "text/plain" }, content: "done" });
    expect(sent.map(({ request }) => request)).toEqual([{ method: "GET", url: "https://a.example/x" }]);
    expect(await stage.history()).toContainEqual(
      expect.objectContaining({ type: "TaskScheduled", name: "dacapo.http", attempt: 1 }),
    );
  });

  it("is recorded as plain data: lower-case header names, a text as it is, data as JSON, milliseconds", async () => {
    const { sent } = await call(
      { ...post, headers: { "X-Trace": "7" }, body: { n: 1 }, timeout: { seconds: 5 }, tokenSource: "billing" },
      [done],
    );
    expect(sent[0]!.request).toEqual({
      method: "POST",
      url: post.url,
      headers: { "x-trace": "7", "content-type": "application/json" },
      body: '{"n":1}',
      timeoutMs: 5000,
      tokenSource: "billing",
    });
    const text = await call({ ...post, body: "n=1", headers: { "Content-Type": "text/csv" } }, [done]);
    expect(text.sent[0]!.request).toMatchObject({ body: "n=1", headers: { "content-type": "text/csv" } });
  });

  it.each([404, 500, 302])("that is answered with %d has that as its result", async (status) => {
    const { state, sent } = await call(
      { ...post, retry: { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 1 } } },
      [answer(status, { Location: "https://b.example/" })],
    );
    expect(state.output).toMatchObject({ statusCode: status, headers: { location: "https://b.example/" } });
    expect(sent).toHaveLength(1);
  });

  it("that gets no answer fails as an activity does, and is retried under one key", async () => {
    const retry = { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 1 } };
    const { sent, state } = await call({ ...post, retry }, [new Error("refused")]);
    expect(state.failureDetails).toMatchObject({
      errorType: "TaskFailedError",
      innerFailure: { errorMessage: "refused" },
    });
    expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
  });

  it("takes a retry handler", async () => {
    const { sent, state } = await call({ ...post, retry: () => true }, [new Error("no"), new Error("no"), done]);
    expect(sent).toHaveLength(3);
    expect(state.runtimeStatus).toBe("Completed");
  });

  it("fails clearly on something that is no answer", async () => {
    for (const junk of [undefined, null, 7, {}, { statusCode: "200" }, { statusCode: 200, headers: 1 }]) {
      const { state } = await call(post, [junk as unknown as DurableHttpResponse]);
      expect(state.failureDetails?.errorMessage).toContain("no HTTP answer");
    }
  });
});

describe("a 202 with a Location", () => {
  const polled = [accepted("/jobs/7", "10"), accepted("/jobs/7"), accepted("/jobs/7", "3600"), done];

  it("is asked again with GET, when it says or after 30 seconds, until it is done", async () => {
    const { sent, state } = await call({ ...post, body: "go" }, polled);
    expect(state.output).toEqual(done);
    expect(sent.map(({ request, at }) => `${at} ${request.method} ${request.url}`)).toEqual([
      "0 POST https://jobs.example/start?x=1",
      "10 GET https://jobs.example/jobs/7",
      "40 GET https://jobs.example/jobs/7",
      "3640 GET https://jobs.example/jobs/7",
    ]);
    expect(sent[1]!.request).not.toHaveProperty("body");
  });

  it("shows in the history as tasks and timers in turn", async () => {
    const { stage } = await call(post, polled.slice(2));
    const types = (await stage.history()).map(({ type }) => type).filter((type) => /^Task|^Timer/u.test(type));
    const request = ["TaskScheduled", "TaskCompleted"];
    expect(types).toEqual([...request, "TimerCreated", "TimerFired", ...request]);
  });

  it.each([0, 100])("comes to the same after a replay (%d warm)", async (maxWarmOrchestrations) => {
    const { sent, state, stage } = await call(post, polled, { worker: { maxWarmOrchestrations } });
    expect([state.output, sent.length]).toEqual([done, 4]);
    const definition = orchestrator("calls", function* (ctx) {
      return yield* ctx.callHttp(post);
    });
    expect(await replayHistory(definition, await stage.history(), { strict: true })).toMatchObject({ ok: true });
  });

  it("has a key of its own for each poll, and the same for each retry of one", async () => {
    const retry = { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 1 } };
    const { sent } = await call({ ...post, retry }, [
      ...[new Error("no"), accepted("/a"), new Error("no"), accepted("/a"), done],
    ]);
    expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2, 1]);
    const [first, second, third, fourth, fifth] = sent.map(({ key }) => key);
    expect([second, fourth]).toEqual([first, third]);
    expect(new Set([first, third, fifth]).size).toBe(3);
  });

  it("measures a retry policy's times anew for each poll", async () => {
    const retry = { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 1 }, retryTimeout: { seconds: 5 } };
    const { state } = await call({ ...post, retry }, [accepted("/a", "60"), new Error("no"), done]);
    expect(state.output).toEqual(done);
  });

  it("is asked again at a date, which is one of the turn's clock", async () => {
    const { sent } = await call(post, [accepted("/a", "Thu, 01 Jan 2026 00:05:00 GMT"), done]);
    expect(sent.map(({ at }) => at)).toEqual([0, 300]);
  });

  it.each(["enablePolling", "asynchronousPatternEnabled"])("is the result when %s is false", async (option) => {
    const { sent, state } = await call({ ...post, [option]: false }, [accepted("/jobs/7")]);
    expect([state.output, sent.length]).toEqual([accepted("/jobs/7"), 1]);
  });

  it("is the result when it has no Location", async () => {
    const { sent, state } = await call(post, [answer(202)]);
    expect([state.output, sent.length]).toEqual([answer(202), 1]);
  });

  it.each([
    ["/x", "https://jobs.example/x"],
    ["x?y=1", "https://jobs.example/x?y=1"],
    ["//other.example/x", "https://other.example/x"],
    ["HTTPS://JOBS.example:443/x", "https://jobs.example/x"],
  ])("names the place relative to the request: %s", async (location, url) => {
    const { sent } = await call(post, [accepted(location), done]);
    expect(sent[1]!.request.url).toBe(url);
  });

  it("names the place relative to where redirects led to", async () => {
    const moved = { ...accepted("../x"), url: "https://other.example/v2/jobs/start" };
    const { sent, state } = await call(post, [moved, { ...done, url: "https://other.example/y" }]);
    expect(sent[1]!.request.url).toMatch(/^https:\/\/other\.example\/v2\/jobs\/\.\.\/x$/u);
    expect(state.output).toEqual(done);
  });

  it.each(["ftp://jobs.example/x", "file:///etc/passwd", "http://user:secret@jobs.example/", "\\\\b.example/x", "a b"])(
    "fails the call where the place cannot be used: %s",
    async (location) => {
      const { sent, state } = await call(post, [accepted(location)]);
      expect(sent).toHaveLength(1);
      expect(state.failureDetails?.errorType).toBe("HttpRequestError");
      expect(JSON.stringify(state.failureDetails?.errorMessage)).not.toContain("secret");
    },
  );

  it("does not hold up the others, nor a race", async () => {
    const definition = orchestrator("race", function* (ctx) {
      const slow = ctx.callHttp({ method: "GET", url: "https://a.example/" });
      const deadline = ctx.createTimer({ minutes: 5 });
      const winner = yield* whenAny([slow, deadline]);
      yield* whenAll([ctx.createTimer({ seconds: 1 })]);
      return winner === deadline;
    });
    const http: SendHttp = () => Promise.resolve(accepted("/", "60"));
    const stage = await Stage.open([definition], { system: { http } });
    await stage.start(definition);
    await stage.rest();
    expect(await stage.output()).toBe(true);
    expect(stage.clock.now() - start).toBe(301_000);
  });
});

describe("credentials", () => {
  const headers = {
    ...{ Authorization: "Bearer secret", Cookie: "id=1", "Proxy-Authorization": "Basic x", "X-Functions-Key": "k" },
    ...{ "x-trace": "7", "content-type": "text/plain", "idempotency-key": "mine" },
  };
  const secured: CallHttpOptions = { ...post, headers, body: "go", tokenSource: "billing" };

  it("go along to the same origin, except for a functions key", async () => {
    const { sent } = await call(secured, [accepted("https://jobs.example:443/jobs/7"), done]);
    expect(sent[1]!.request).toEqual({
      method: "GET",
      url: "https://jobs.example/jobs/7",
      headers: { authorization: "Bearer secret", cookie: "id=1", "proxy-authorization": "Basic x", "x-trace": "7" },
      tokenSource: "billing",
    });
  });

  it.each(["https://evil.example/", "http://jobs.example/", "https://jobs.example:8443/", "//evil.example"])(
    "do not go to %s",
    async (location) => {
      const { sent } = await call(secured, [accepted(location), done]);
      expect(sent[1]!.request).toEqual({ method: "GET", url: expect.any(String), headers: { "x-trace": "7" } });
    },
  );

  it("are for the request's origin, not for the one that was asked last", async () => {
    const { sent } = await call(secured, [
      ...[accepted("https://evil.example/a"), accepted("/b"), accepted("https://jobs.example/c"), done],
    ]);
    expect(sent.map(({ request }) => [request.url, request.tokenSource])).toEqual([
      ["https://jobs.example/start?x=1", "billing"],
      ["https://evil.example/a", undefined],
      ["https://evil.example/b", undefined],
      ["https://jobs.example/c", "billing"],
    ]);
    expect(sent[2]!.request.headers).toEqual({ "x-trace": "7" });
  });

  it("do not go to where a redirect led, when that is what a Location is relative to", async () => {
    const { sent } = await call(secured, [{ ...accepted("/a"), url: "https://evil.example/start" }, done]);
    expect(sent[1]!.request).toMatchObject({ url: "https://evil.example/a", headers: { "x-trace": "7" } });
  });
});

describe("a request that cannot be made is refused at the call", () => {
  const refused: readonly (readonly [unknown, string])[] = [
    [undefined, "was given no request"],
    ["https://a.example/", "was given no request"],
    [{ ...post, uri: "https://a.example/" }, 'unknown option "uri"'],
    [{ url: post.url }, "cannot use the method of type undefined"],
    [{ ...post, method: "" }, 'cannot use the method ""'],
    [{ ...post, method: "GE T" }, "cannot use the method"],
    [{ ...post, method: "CONNECT" }, "cannot use the method"],
    [{ method: "GET" }, "has a url of type undefined"],
    [{ ...post, url: "/relative" }, "cannot use its url"],
    [{ ...post, url: "ftp://a.example/" }, "cannot use its url"],
    [{ ...post, url: "file:///etc/passwd" }, "cannot use its url"],
    [{ ...post, url: "https://user:secret@a.example/" }, "cannot use its url"],
    [{ ...post, method: "GET", body: "x" }, "has a body, which a GET request cannot have"],
    [{ ...post, method: "head", body: {} }, "has a body, which a HEAD request cannot have"],
    [{ ...post, body: new Uint8Array(2) }, "has a body of bytes"],
    [{ ...post, body: () => 1 }, "body of ctx.callHttp() cannot be written as JSON"],
    [{ ...post, headers: "x" }, "headers that are no plain object"],
    [{ ...post, headers: [["a", "b"]] }, "headers that are no plain object"],
    [{ ...post, headers: { "a b": "1" } }, 'a header "a b", which is no name'],
    [{ ...post, headers: { a: "1\r\nb: 2" } }, 'a header "a" whose value is no text'],
    [{ ...post, headers: { a: 1 } }, 'a header "a" whose value is no text'],
    [{ ...post, headers: { a: "1", A: "2" } }, 'the header "a" twice'],
    [{ ...post, timeout: 5 }, "timeout of ctx.callHttp() is not a duration"],
    [{ ...post, timeout: { seconds: 0 } }, "has a timeout of 0"],
    [{ ...post, tokenSource: { resource: "x" } }, "tokenSource that is no name"],
    [{ ...post, enablePolling: "yes" }, "neither true nor false"],
    [{ ...post, retry: 3 }, "is not a retry policy"],
  ];

  it.each(refused)("%j", async (request, message) => {
    const { sent, state, stage } = await call(request as CallHttpOptions, [done]);
    expect(state.failureDetails?.errorMessage).toContain(message);
    expect(state.failureDetails?.errorMessage).not.toContain("secret");
    expect(state.failureDetails?.code).toMatch(/^(?:INVALID_ARGUMENT|PAYLOAD_NOT_SERIALIZABLE)$/u);
    expect(sent).toEqual([]);
    expect((await stage.history()).some(({ type }) => type === "TaskScheduled")).toBe(false);
  });

  it("a body that is larger than a payload may be", async () => {
    const { state } = await call({ ...post, body: { text: "x".repeat(99) } }, [done], { payloadBytesMax: 50 });
    expect(state.failureDetails?.errorType).toBe("PayloadTooLargeError");
  });
});
