/**
 * Laws of the activity behind `ctx.callHttp()`, against real servers on this machine: what is sent, what comes back,
 * how redirects are followed, and what never leaves for another origin.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { CallHttpOptions, DurableHttpResponse, OrchestrationState, TaskHubOptions } from "dacapo";
import { activity, orchestrator, RegistrationError, TaskHub } from "dacapo";
import { memory } from "dacapo/memory";
import type { StageOptions } from "./stage.ts";
import { hop, Stage } from "./stage.ts";

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answers = Readonly<Record<string, (response: ServerResponse, request: Received) => void>>;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server on this machine, of an origin of its own. */
class Server {
  readonly origin: string;
  readonly received: readonly Received[];
  /** Resolves when a request has arrived. */
  readonly asked: Promise<void>;

  private constructor(origin: string, received: readonly Received[], asked: Promise<void>) {
    this.origin = origin;
    this.received = received;
    this.asked = asked;
  }

  static async open(answers: Answers): Promise<Server> {
    const received: Received[] = [];
    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const got = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
        received.push(got);
        ask();
        (answers[url.split("?")[0]!] ?? notFound)(response, got);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    return new Server(`http://127.0.0.1:${port}`, received, asked);
  }
}

function notFound(response: ServerResponse): void {
  response.writeHead(404).end("nothing here");
}

const say =
  (text: string, status = 200, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(text);
  };
const redirect = (status: number, location: string) => say("elsewhere", status, { location });

/** Makes one call and waits for its end. */
async function call(request: CallHttpOptions, options: StageOptions = {}): Promise<OrchestrationState> {
  const stage = await begin(request, options);
  await stage.rest();
  const state = await stage.state();
  await stage.close();
  return state;
}

async function begin(request: CallHttpOptions, options: StageOptions = {}): Promise<Stage> {
  const definition = orchestrator("calls", function* (ctx) {
    return yield* ctx.callHttp(request);
  });
  const stage = await Stage.open([definition], options);
  await stage.start(definition);
  return stage;
}

const output = (state: OrchestrationState): DurableHttpResponse => state.raiseIfFailed().output as DurableHttpResponse;

describe("a request", () => {
  it("arrives with its method, path, headers and body, and its answer comes back", async () => {
    const { origin, received } = await Server.open({ "/x": say("héllo", 201, { "X-Id": "7" }) });
    const request = { method: "PUT", url: `${origin}/x?y=1`, headers: { "X-Trace": "t" }, body: { n: "ü" } };
    const { statusCode, headers, content } = output(await call(request));
    expect([statusCode, headers["x-id"], content]).toEqual([201, "7", "héllo"]);
    expect(received).toMatchObject([{ method: "PUT", path: "/x?y=1", body: '{"n":"ü"}' }]);
    expect(received[0]!.headers).toMatchObject({ "x-trace": "t", "content-type": "application/json" });
  });

  it("has the values of a header that comes several times, with commas between", async () => {
    const { origin } = await Server.open({
      "/x": (response) =>
        response
          .writeHead(
            200,
            [
              ["set-cookie", "a=1"],
              ["set-cookie", "b=2"],
            ].flat(),
          )
          .end(),
    });
    expect(output(await call({ method: "GET", url: `${origin}/x` })).headers["set-cookie"]).toBe("a=1, b=2");
  });

  it.each([
    ["GET", false],
    ["HEAD", false],
    ["OPTIONS", false],
    ["POST", true],
    ["PATCH", true],
    ["DELETE", true],
  ])("%s carries an idempotency key: %s", async (method, isSent) => {
    const { origin, received } = await Server.open({ "/x": say("") });
    await call({ method, url: `${origin}/x` });
    expect(received[0]!.headers["idempotency-key"] !== undefined).toBe(isSent);
  });

  it("carries the idempotency key that the orchestrator gives", async () => {
    const { origin, received } = await Server.open({ "/x": say("") });
    await call({ method: "POST", url: `${origin}/x`, headers: { "Idempotency-Key": "mine" } });
    expect(received[0]!.headers["idempotency-key"]).toBe("mine");
  });

  it("carries the same idempotency key at each retry", async () => {
    const { origin, received } = await Server.open({
      "/x": (response) => {
        if (received.length < 3) response.destroy();
        else response.end("done");
      },
    });
    const retry = { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 1 } };
    expect(output(await call({ method: "POST", url: `${origin}/x`, retry })).content).toBe("done");
    expect(new Set(received.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(received).toHaveLength(3);
  });

  it("polls a 202 to its end", async () => {
    const { origin, received } = await Server.open({
      "/start": say("", 202, { location: "/jobs/7", "retry-after": "86400" }),
      "/jobs/7": (response) => {
        if (received.length < 4) response.writeHead(202, { location: "/jobs/7" }).end();
        else response.end("done");
      },
    });
    expect(output(await call({ method: "POST", url: `${origin}/start`, body: "go" })).content).toBe("done");
    expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /start",
      ...["GET /jobs/7", "GET /jobs/7", "GET /jobs/7"],
    ]);
  });
});

describe("a request that gets no answer fails", () => {
  const failure = async (request: CallHttpOptions, options: StageOptions = {}) => {
    const { failureDetails } = await call(request, options);
    return failureDetails?.innerFailure;
  };

  it("when nobody listens, and says why without the query", async () => {
    const { origin } = await Server.open({});
    await closing.pop()!();
    const details = await failure({ method: "GET", url: `${origin}/x?code=secret` });
    expect(details).toMatchObject({ errorType: "HttpRequestError", code: "HTTP_REQUEST" });
    expect(details?.errorMessage).toMatch(
      /^The request GET http:\/\/127\.0\.0\.1:\d+\/x got no answer \(.*ECONNREFUSED/u,
    );
    expect(details?.errorMessage).not.toContain("secret");
  });

  it("when the connection breaks off within the answer", async () => {
    const { origin } = await Server.open({
      "/x": (response) => {
        response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
      },
    });
    const details = await failure({ method: "GET", url: `${origin}/x` });
    expect(details?.errorMessage).toContain("lost its connection before the answer was complete");
  });

  it("when the answer is larger than a payload may be, and reads no more of it", async () => {
    let close: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (close = resolve));
    const { origin } = await Server.open({
      "/x": (response) => {
        const more = (): void => {
          while (!response.destroyed && response.write("x".repeat(1000)));
        };
        response.on("drain", more).on("close", close);
        more();
      },
    });
    const details = await failure({ method: "GET", url: `${origin}/x` }, { payloadBytesMax: 5000 });
    expect(details).toMatchObject({ errorType: "PayloadTooLargeError", code: "PAYLOAD_TOO_LARGE" });
    await closed;
  });

  it.each([
    ["the request's own", { timeout: { seconds: 5 } }, 5],
    ["100 seconds", {}, 100],
  ])("after its timeout, by the hub's clock: %s", async (_what, timeout, seconds) => {
    const { origin, asked } = await Server.open({ "/x": () => undefined });
    await timesOut({ method: "GET", url: `${origin}/x`, ...timeout }, asked, seconds, {});
  });

  it("after its timeout, also when the hub's fetch does not listen", async () => {
    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const fetch = (): Promise<Response> => {
      ask();
      return new Promise(() => undefined);
    };
    await timesOut({ method: "GET", url: "https://a.example/" }, asked, 100, { http: { fetch } });
  });

  async function timesOut(request: CallHttpOptions, asked: Promise<void>, seconds: number, options: StageOptions) {
    // The clock jumps, and that must not cost the lease.
    const stage = await begin(request, { worker: { lease: { hours: 1 } }, ...options });
    const resting = stage.rest();
    await asked;
    stage.clock.advance(seconds * 1000 - 1);
    await hop();
    expect((await stage.state()).runtimeStatus).toBe("Running");
    stage.clock.advance(1);
    await resting;
    const { failureDetails } = await stage.state();
    expect(failureDetails?.innerFailure).toMatchObject({ errorType: "HttpTimeoutError", code: "HTTP_TIMEOUT" });
    expect(failureDetails?.errorMessage).toContain(`took longer than ${seconds} seconds`);
    await stage.close();
  }

  it("when its worker stops, and is given back instead of failing", async () => {
    const { origin, asked } = await Server.open({ "/x": () => undefined });
    const stage = await begin({ method: "GET", url: `${origin}/x` });
    await stage.hub.start();
    await asked;
    await stage.whileTimePasses(stage.close());
    expect(stage.store.instance("one")?.history.some(({ type }) => type === "TaskFailed")).toBe(false);
  });

  it("and leaves no timer behind where it got one", async () => {
    const { origin } = await Server.open({ "/x": say("done") });
    const stage = await begin({ method: "GET", url: `${origin}/x` });
    await stage.rest();
    expect(stage.clock.sleeping).toBe(0);
    await stage.close();
  });
});

describe("a redirect", () => {
  it.each([
    ["POST", 301, "GET", ""],
    ["POST", 302, "GET", ""],
    ["POST", 303, "GET", ""],
    ["PUT", 303, "GET", ""],
    ["PUT", 302, "PUT", "go"],
    ["POST", 307, "POST", "go"],
    ["POST", 308, "POST", "go"],
  ])("of %s with %d leads on with %s", async (method, status, then, body) => {
    const { origin, received } = await Server.open({ "/a": redirect(status, "b?c=1"), "/b": say("there") });
    expect(output(await call({ method, url: `${origin}/a`, body: "go" })).content).toBe("there");
    expect(received[1]).toMatchObject({ method: then, path: "/b?c=1", body });
    expect(received[1]!.headers["content-type"] !== undefined).toBe(body !== "");
  });

  it("keeps credentials within an origin and drops them on the way to another, for good", async () => {
    const mine = await Server.open({
      "/a": redirect(307, "/b"),
      "/b": (response) => redirect(307, `${other.origin}/c`)(response),
      "/d": say("back"),
    });
    const other: Server = await Server.open({ "/c": (response) => redirect(307, `${mine.origin}/d`)(response) });
    const headers = {
      authorization: "Bearer s",
      cookie: "s",
      "x-functions-key": "s",
      "proxy-authorization": "s",
      y: "1",
    };
    await call({ method: "POST", url: `${mine.origin}/a`, headers });
    const secrets = [...mine.received, ...other.received].map(({ path, headers: got }) => [
      path,
      ["authorization", "cookie", "x-functions-key", "proxy-authorization", "y"].filter((name) => name in got),
    ]);
    const all = Object.keys(headers);
    expect(secrets).toEqual([
      ["/a", expect.arrayContaining(all)],
      ["/b", expect.arrayContaining(all)],
      ["/d", ["y"]],
      ["/c", ["y"]],
    ]);
  });

  it("does not take a token to another origin", async () => {
    const other = await Server.open({ "/x": say("hello") });
    const { origin, received } = await Server.open({ "/x": redirect(302, `${other.origin}/x`) });
    const http = { tokenSources: { mine: () => "t0ken" } };
    await call({ method: "GET", url: `${origin}/x`, tokenSource: "mine" }, { http });
    expect(received[0]!.headers.authorization).toBe("Bearer t0ken");
    expect(other.received[0]!.headers.authorization).toBeUndefined();
  });

  it("is where a Location is relative to, and no credentials follow", async () => {
    const other = await Server.open({ "/start": say("", 202, { location: "jobs/7" }), "/jobs/7": say("done") });
    const { origin } = await Server.open({ "/start": redirect(307, `${other.origin}/start`) });
    const headers = { authorization: "Bearer s" };
    expect(output(await call({ method: "POST", url: `${origin}/start`, headers }))).toEqual(
      expect.not.objectContaining({ url: expect.anything() as unknown }),
    );
    expect(other.received.map(({ path, headers: got }) => [path, got.authorization])).toEqual([
      ["/start", undefined],
      ["/jobs/7", undefined],
    ]);
  });

  it("without a Location is an answer", async () => {
    const { origin } = await Server.open({ "/x": say("", 304) });
    expect(output(await call({ method: "GET", url: `${origin}/x` })).statusCode).toBe(304);
  });

  it.each(["ftp://a.example/", "file:///etc/passwd", "http://user:secret@127.0.0.1/", "http://"])(
    "to %s fails the request",
    async (location) => {
      const { origin } = await Server.open({ "/x": redirect(302, location) });
      const { failureDetails } = await call({ method: "GET", url: `${origin}/x` });
      expect(failureDetails?.errorMessage).toContain("was redirected to an address that cannot be used");
      expect(failureDetails?.errorMessage).not.toContain("secret");
    },
  );

  it("that goes in circles fails the request", async () => {
    const { origin, received } = await Server.open({ "/x": redirect(302, "/x") });
    const { failureDetails } = await call({ method: "GET", url: `${origin}/x` });
    expect(failureDetails?.errorMessage).toContain("was redirected more than 20 times");
    expect(received).toHaveLength(21);
  });
});

describe("a token source", () => {
  it("is asked for each request, goes before a header, and leaves no trace in the history", async () => {
    const { origin, received } = await Server.open({
      "/start": say("", 202, { location: "/jobs" }),
      "/jobs": (response) => say("", received.length < 3 ? 202 : 200, { location: "/jobs" })(response),
    });
    const asked: string[] = [];
    const mine = ({ url }: { readonly url: string }): string => `t0ken ${asked.push(url)}`;
    const headers = { Authorization: "Basic old" };
    const request = { method: "POST", url: `${origin}/start`, tokenSource: "mine", headers };
    const stage = await begin(request, { http: { tokenSources: { mine } } });
    await stage.rest();
    expect(received.map((got) => got.headers.authorization)).toEqual([1, 2, 3].map((n) => `Bearer t0ken ${n}`));
    expect(asked).toEqual(["/start", "/jobs", "/jobs"].map((path) => origin + path));
    expect(JSON.stringify(await stage.history())).not.toContain("t0ken");
    await stage.close();
  });

  it.each([
    [
      "that the worker does not have",
      "other",
      'no token source "other". The hub\'s option http.tokenSources has: mine',
    ],
    ["that is one of all objects", "constructor", 'no token source "constructor"'],
    ["that gives no token", "mine", 'The token source "mine" gave no token'],
  ])("%s fails the request before it is sent", async (_what, tokenSource, message) => {
    const { origin, received } = await Server.open({});
    const http = { tokenSources: { mine: () => "" } };
    const { failureDetails } = await call({ method: "GET", url: `${origin}/`, tokenSource }, { http });
    expect(failureDetails?.errorMessage).toContain(message);
    expect(received).toEqual([]);
  });
});

describe("a hub", () => {
  it("uses the fetch that it is given", async () => {
    const fetch = (url: string, { method }: RequestInit) => Promise.resolve(new Response(`${method ?? ""} ${url}`));
    const state = await call({ method: "GET", url: "https://a.example/x" }, { http: { fetch } });
    expect(output(state).content).toBe("GET https://a.example/x");
  });

  it("makes requests while the determinism guard is on", async () => {
    const { origin } = await Server.open({ "/x": say("hello") });
    const request = { method: "GET", url: `${origin}/x` };
    expect(output(await call(request, { determinismGuard: true })).content).toBe("hello");
  });

  it.each([
    ["http", "yes", "The option http is none"],
    ["http.fetch", { fetch: 1 }, "The option http.fetch is no function"],
    ["http.tokenSources", { tokenSources: 1 }, "The option http.tokenSources is no object of functions"],
    ["a token source", { tokenSources: { mine: "t0ken" } }, 'http.tokenSources has "mine", which is no function'],
  ])("refuses %s that cannot be used", async (_what, http, message) => {
    const options = { backend: memory(), http } as TaskHubOptions;
    await expect(TaskHub.open(options)).rejects.toThrow(message);
    await expect(TaskHub.open(options)).rejects.not.toThrow("t0ken");
  });

  it.each([activity("dacapo.http", () => 1), orchestrator("dacapo.mine", () => 1)])(
    "refuses definitions with names of the engine's own: $name",
    async (definition) => {
      const opening = TaskHub.open({ backend: memory(), register: [definition] });
      await expect(opening).rejects.toThrow(RegistrationError);
      await expect(opening).rejects.toThrow(`"${definition.name}" (${definition.kind}) is reserved`);
    },
  );

  it("says what is registered without its own", async () => {
    const definition = orchestrator("calls", function* (ctx) {
      yield* ctx.callActivity("missing");
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.rest();
    expect((await stage.state()).failureDetails?.errorMessage).toContain("Registered are: none");
    await stage.close();
  });

  it("refuses what an orchestrator hands to the activity by its name", async () => {
    const definition = orchestrator("calls", function* (ctx) {
      yield* ctx.callActivity("dacapo.http", { url: 7 });
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.rest();
    expect((await stage.state()).failureDetails?.errorMessage).toContain("Orchestrators call it with ctx.callHttp()");
    await stage.close();
  });
});
