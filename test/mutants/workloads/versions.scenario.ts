/**
 * Workers of several versions in one hub: each leaves to others what it does not run, or ends it, and what is run goes
 * from worker to worker at every turn.
 */
import { scenario } from "@dacapo/simulator";
import { orchestrator, SubOrchestrationFailedError, whenAll } from "dacapo";
import { mocks, outside } from "./expectations.ts";
import { work } from "./programs.ts";

const retry = { maxNumberOfAttempts: 9, firstRetryInterval: { seconds: 1 } };

interface Release {
  readonly run: string;
  readonly left: number;
  readonly childVersion: string;
}

/** Says of which version it is. */
const part = orchestrator("part", function* (ctx, run: string) {
  yield* ctx.callActivity(work, { label: `${run}/${ctx.instanceId}` }, { retry });
  return ctx.version;
});

/** Starts a sub-orchestration of a version, and one of whichever the worker gives it; twice, as two executions. */
const release = orchestrator("release", function* (ctx, { run, left, childVersion }: Release) {
  yield* ctx.callActivity(work, { label: `${run}/${left}` }, { retry });
  const named = ctx.callSubOrchestrator(part, run, { version: childVersion });
  const usual = ctx.callSubOrchestrator(part, run);
  let came: string;
  try {
    came = (yield* whenAll([named, usual]))[0];
  } catch (error) {
    if (!(error instanceof SubOrchestrationFailedError)) throw error;
    came = error.details.code ?? "lost";
  }
  yield* ctx.createTimer({ seconds: 20 });
  if (left > 0) ctx.continueAsNew({ run, left: left - 1, childVersion });
  return { came, version: ctx.version, isLate: ctx.compareVersionTo("1.10") > 0 };
});

const VERSIONS = ["1.9", "1.10", "", "1.0", "10.0", "11.0"] as const;
const TOO_NEW = "11.0";

export default scenario("versions", {
  register: [release, part, work],
  workers: 3,
  versioning: [
    { version: "1.9", matchStrategy: "currentOrOlder", defaultVersion: "1.0" },
    { version: "10.0", matchStrategy: "currentOrOlder", failureStrategy: "fail", defaultVersion: "1.10" },
    { version: "1.10", matchStrategy: "strict" },
  ],
  outside,
  mocks,
  clients: [0, 1].map((number) => async ({ client, choose }) => {
    const version = choose.from(VERSIONS);
    const input = { run: `run ${number}`, left: choose.integer(0, 1), childVersion: choose.from(VERSIONS) };
    const options = { instanceId: `r${number}`, ...(version === "" ? {} : { version }) };
    await client.scheduleNewOrchestration(release, input, options);
  }),
  hub: { worker: { maxDeliveryCount: 5 } },
  always: {
    "a call has its effect once": ({ effects }) => effects.countBy("label").every((count) => count === 1),
    "what is too new fails for its version, and nothing else does": ({ hub }) =>
      hub.instances().every(({ version, runtimeStatus, failure }) => {
        if (version === TOO_NEW) return runtimeStatus !== "Completed" && runtimeStatus !== "Running";
        return runtimeStatus !== "Failed" || /\(simulated\)/.test(failure?.errorMessage ?? "");
      }),
    "an orchestration keeps its version": ({ hub }) =>
      hub.instances().every(({ name, version, runtimeStatus, output }) => {
        if (runtimeStatus !== "Completed") return true;
        return (name === "part" ? output : (output as { readonly version: string }).version) === version;
      }),
    "a sub-orchestration has the version that it was given": ({ hub }) =>
      hub.instances().every(({ input, output, runtimeStatus }) => {
        if (runtimeStatus !== "Completed" || typeof output !== "object") return true;
        const { childVersion } = input as Release;
        return (
          (output as { readonly came: string }).came === (childVersion === TOO_NEW ? "VERSION_MISMATCH" : childVersion)
        );
      }),
  },
  eventually: {
    "everybody comes to an end": ({ hub }) => hub.instances().every(({ isTerminal }) => isTerminal),
  },
  maxSteps: 5_000,
});
