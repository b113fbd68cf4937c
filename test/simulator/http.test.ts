/**
 * Durable HTTP under faults: a job of days is begun once and polled to its end, whatever crashes meanwhile.
 */
import type { ActivityContext, DurableHttpRequest, DurableHttpResponse } from "dacapo";
import { InvalidArgumentError, orchestrator } from "dacapo";
import type { FaultSettings, Scenario } from "@dacapo/simulator";
import { FAULT_NAMES, openSimulation, scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";

const retry = { maxNumberOfAttempts: 4, firstRetryInterval: { seconds: 5 } };

const render = orchestrator("render", function* (ctx, film: string) {
  const { statusCode, content } = yield* ctx.callHttp({
    ...{ method: "POST", url: "https://farm.example/films", body: { film }, headers: { authorization: "Bearer s" } },
    retry,
  });
  return `${statusCode} ${content}`;
});

/** Polls that a film takes, and the hours between them: two days. */
const POLLS = 4;
const HOURS = 12;

/** A render farm: it answers 202 until a film was asked for often enough. */
function renderFarm(kind: "honours keys" | "ignores keys" | "is not mocked", faults: FaultSettings = {}): Scenario {
  return scenario("render farm", {
    register: [render],
    workers: 3,
    outside: (world) => ({
      films: world.ledger<{ film: string }>("films"),
      polls: world.ledger<{ path: string; withCredentials: boolean }>("polls"),
    }),
    faults,
    mocks: ({ films, polls }) => {
      const http = async (
        { idempotencyKey }: ActivityContext,
        { method, url, headers = {}, body = "" }: DurableHttpRequest,
      ): Promise<DurableHttpResponse> => {
        const path = url.slice("https://farm.example".length);
        if (method === "POST") {
          const { film } = JSON.parse(body) as { film: string };
          if (kind === "honours keys") await films.appendOnce(idempotencyKey, { film });
          else await films.append({ film });
          const location = `/films/${film}`;
          return { statusCode: 202, headers: { Location: location, "Retry-After": String(HOURS * 3600) }, content: "" };
        }
        await polls.append({ path, withCredentials: "authorization" in headers });
        const isDone = polls.entries().filter((poll) => poll.path === path).length >= POLLS;
        const next = { location: path, "retry-after": String(HOURS * 3600) };
        return isDone
          ? { statusCode: 200, headers: {}, content: `${path} is there` }
          : { statusCode: 202, headers: next, content: "" };
      };
      return kind === "is not mocked" ? {} : { "dacapo.http": http };
    },
    clients: {
      first: async ({ client }) => {
        await client.scheduleNewOrchestration(render, "alien", "alien");
      },
      second: async ({ client, choose, after }) => {
        await after({ hours: choose.integer(0, 30) });
        await client.scheduleNewOrchestration(render, "brazil", "brazil");
      },
    },
    always: {
      "a film is rendered once": ({ films }) => films.countBy("film").every((count) => count === 1),
      "the farm is asked as who we are": ({ polls }) => polls.entries().every((poll) => poll.withCredentials),
    },
    eventually: {
      "every film is there, or its instance says why not": ({ hub }) =>
        hub
          .instances()
          .every(({ output, runtimeStatus, instanceId }) =>
            runtimeStatus === "Completed" ? output === `200 /films/${instanceId} is there` : runtimeStatus === "Failed",
          ),
    },
    sometimes: {
      "a film is there": ({ hub }) => hub.outputs().includes("200 /films/alien is there"),
      "a poll is made again": ({ polls }) => polls.entries().length > 2 * POLLS,
    },
  });
}

describe("a job that is polled for days", () => {
  it("survives all faults, begun exactly once", async () => {
    const result = await simulate(renderFarm("honours keys"), { runs: 300 });
    expect(result.story ?? []).toEqual([]);
    expect(result).toMatchObject({ outcome: "passed", runs: 300 });
    expect(result.coverage.sometimes["a film is there"]).toBeGreaterThan(0);
    expect(result.coverage.sometimes["a poll is made again"]).toBeGreaterThan(0);
    expect(result.coverage.faults["crash-within-commit"]).toBeGreaterThan(0);
  });

  it("is found to be begun twice where the server does not honour the idempotency key", async () => {
    const result = await simulate(renderFarm("ignores keys"), { runs: 300 });
    expect(result.property).toBe("a film is rendered once");
    expect(result.story?.join("\n")).toContain("dacapo.http");
  });

  it("takes as long as the server says, in simulated time", async () => {
    const off = Object.fromEntries(FAULT_NAMES.map((name) => [name, false]));
    const simulation = await openSimulation(renderFarm("honours keys", off));
    const begun = simulation.now.getTime();
    await simulation.client.waitForOrchestrationStart("alien");
    await simulation.runUntil(({ hub }) => hub.instance("alien")?.isTerminal === true);
    expect(simulation.now.getTime() - begun).toBe(POLLS * HOURS * 3_600_000);
    await simulation.close();
  });
});

describe("a scenario without a mock of the network", () => {
  it("ends the search at the first request, and says what to write", async () => {
    const searching = simulate(renderFarm("is not mocked"), { runs: 5 });
    await expect(searching).rejects.toThrow(InvalidArgumentError);
    await expect(searching).rejects.toThrow(
      /answers the request POST https:\/\/farm\.example\/films\. Add a mock: "dacapo\.http"/u,
    );
  });
});
