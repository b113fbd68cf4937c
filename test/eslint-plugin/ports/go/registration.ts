/** The cases of orchestratorvet about registrations (`registration`, `registrationflow`). */
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

/** A worker of durabletask-js and the two functions that the cases register. */
function worker(body: string): string {
  return (
    'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\n\n' +
    "async function* alpha(ctx) {\n  yield ctx.createTimer(1);\n}\n" +
    "async function* beta(ctx) {\n  yield ctx.createTimer(2);\n}\n" +
    'async function work(_ctx, _input) {\n  return "done";\n}\n\n' +
    body
  );
}

export const registrationCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet registration: a missing function is a report",
    worker(
      `const worker = new TaskHubGrpcWorker();
worker.addNamedOrchestrator("none", undefined); // want valid-registration
worker.addNamedActivity("none", null); // want valid-registration`,
    ),
  ),
  ported(
    "orchestratorvet registration: an empty or blank name is a report",
    worker(
      `const worker = new TaskHubGrpcWorker();
worker.addNamedOrchestrator("", alpha); // want valid-registration
worker.addNamedOrchestrator("  ", beta); // want valid-registration
worker.addNamedActivity("", work); // want valid-registration`,
    ),
  ),
  ported(
    "orchestratorvet registration: an empty name is a report in each library",
    `
      import { activity, orchestrator } from "dacapo";
      import * as df from "durable-functions";

      export const flow = orchestrator("", function* (ctx) { // want valid-registration
        yield* ctx.createTimer({ seconds: 1 });
      });
      export const work = activity(" ", async () => "done"); // want valid-registration
      df.app.activity("", { handler: () => "done" }); // want valid-registration
    `,
  ),
  ported(
    "orchestratorvet registration: a name registered twice is a report at the second",
    worker(
      `const worker = new TaskHubGrpcWorker();
worker.addNamedOrchestrator("duplicate", alpha);
worker.addNamedOrchestrator("duplicate", beta); // want valid-registration`,
    ),
  ),
  ported(
    "orchestratorvet registration: an activity's name registered twice is a report (v4)",
    `
      import * as df from "durable-functions";

      df.app.activity("work", { handler: () => 1 });
      df.app.activity("work", { handler: () => 2 }); // want valid-registration
    `,
  ),
  ported(
    "orchestratorvet registration: an orchestrator and an activity may share a name",
    worker(
      `const worker = new TaskHubGrpcWorker();
worker.addNamedOrchestrator("same", alpha);
worker.addNamedActivity("same", work);`,
    ),
  ),
  ported(
    "orchestratorvet registration: a name derived from a function without one is a report",
    worker(
      `const worker = new TaskHubGrpcWorker();
worker.addOrchestrator(async function* (ctx) { // want valid-registration
  yield ctx.createTimer(1);
});
worker.addActivity(async () => "done"); // want valid-registration`,
    ),
  ),
  ported(
    "orchestratorvet registration: a name derived from a constant is JavaScript's own, and silent",
    worker(
      `const worker = new TaskHubGrpcWorker();
const assigned = async function* (ctx) {
  yield ctx.createTimer(1);
};
worker.addOrchestrator(assigned);`,
    ),
  ),
  ported(
    "orchestratorvet registration: every well-formed registration is silent",
    worker(
      `const worker = new TaskHubGrpcWorker();
worker.addOrchestrator(alpha);
worker.addNamedOrchestrator("named", beta);
worker.addActivity(work);
worker.addNamedActivity("work-alias", work);`,
    ),
  ),
  ported(
    "orchestratorvet registration: the same name under other versions is silent",
    worker(
      `const worker = new TaskHubGrpcWorker();
worker.addNamedOrchestrator("versioned", beta, "1.0");
worker.addNamedOrchestrator("versioned", beta, "2.0");`,
    ),
  ),
  ported(
    "orchestratorvet registration: versions known only at run time prove no duplicate",
    worker(
      `export function computed(suffix) {
  const worker = new TaskHubGrpcWorker();
  worker.addNamedOrchestrator("rolling", beta, "1." + suffix);
  worker.addNamedOrchestrator("rolling", beta, "2." + suffix);
}`,
    ),
  ),
  ported(
    "orchestratorvet registration: two workers may know one name",
    worker(
      `const first = new TaskHubGrpcWorker();
const second = new TaskHubGrpcWorker();
first.addNamedOrchestrator("shared", alpha);
second.addNamedOrchestrator("shared", alpha);`,
    ),
  ),
  ported(
    "orchestratorvet registration: a registered orchestrator called as a function is a report",
    worker(
      `async function* direct(ctx) {
  const first = yield* alpha(ctx); // want no-direct-orchestrator-call
  return yield ctx.callSubOrchestrator(alpha, first);
}
const worker = new TaskHubGrpcWorker();
worker.addOrchestrator(direct);
worker.addOrchestrator(alpha);`,
    ),
  ),
  ported(
    "orchestratorvet registration: an orchestrator called as a function by a helper is a report at the helper's call",
    worker(
      `async function* helper(ctx) {
  return yield* alpha(ctx);
}
async function* direct(ctx) {
  return yield* helper(ctx); // want no-direct-orchestrator-call
}
const worker = new TaskHubGrpcWorker();
worker.addOrchestrator(direct);
worker.addOrchestrator(alpha);`,
    ),
  ),
  portedTyped("orchestratorvet registration: an orchestrator of another file, called as a function, is a report", {
    "main.ts": `
      import * as df from "durable-functions";
      import { child } from "./child.ts";

      df.app.orchestration("parent", function* (context) {
        return yield* child(context); // want no-direct-orchestrator-call
      });
    `,
    "child.ts": `
      import * as df from "durable-functions";

      export function* child(context) {
        return yield context.df.callActivity("work");
      }
      df.app.orchestration("child", child);
    `,
  }),
  ported(
    "orchestratorvet registrationflow: branches that exclude each other register once",
    worker(
      `export function branches(flag) {
  const worker = new TaskHubGrpcWorker();
  if (flag) worker.addNamedOrchestrator("branch", alpha);
  else worker.addNamedOrchestrator("branch", beta);
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: the two arms of a conditional register once",
    worker(
      `export function arms(flag) {
  const worker = new TaskHubGrpcWorker();
  return flag ? worker.addNamedOrchestrator("arm", alpha) : worker.addNamedOrchestrator("arm", beta);
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: the clauses of a switch register once",
    worker(
      `export function clauses(value) {
  const worker = new TaskHubGrpcWorker();
  switch (value) {
    case 1:
      worker.addNamedActivity("clause", work);
      break;
    default:
      worker.addNamedActivity("clause", work);
  }
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: one clause that registers twice is a report",
    worker(
      `export function sameClause(value) {
  const worker = new TaskHubGrpcWorker();
  switch (value) {
    case 1:
      worker.addNamedActivity("work", work);
      worker.addNamedActivity("work", work); // want valid-registration
      break;
    default:
      worker.addNamedActivity("work", work);
  }
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: a return between two registrations makes them exclusive",
    worker(
      `export function early(flag) {
  const worker = new TaskHubGrpcWorker();
  if (flag) {
    worker.addNamedActivity("once", work);
    return worker;
  }
  worker.addNamedActivity("once", work);
  return worker;
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: short circuits prove no duplicate",
    worker(
      `export function shortCircuit(flag) {
  const worker = new TaskHubGrpcWorker();
  flag && worker.addNamedActivity("conditional", work);
  !flag && worker.addNamedActivity("conditional", work);
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: a worker replaced between two registrations is another",
    worker(
      `export function replaced() {
  let worker = new TaskHubGrpcWorker();
  worker.addNamedActivity("fresh", work);
  worker = new TaskHubGrpcWorker();
  worker.addNamedActivity("fresh", work);
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: two closures of which one runs register once",
    worker(
      `export function closures(flag) {
  const worker = new TaskHubGrpcWorker();
  const first = () => worker.addNamedActivity("closure", work);
  const second = () => worker.addNamedActivity("closure", work);
  if (flag) first();
  else second();
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: two functions that register on one worker prove no duplicate",
    worker(
      `const shared = new TaskHubGrpcWorker();
export function first() {
  shared.addNamedActivity("shared", work);
}
export function second() {
  shared.addNamedActivity("shared", work);
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: a worker of unknown origin proves no duplicate",
    worker(
      `export function unknownOrigin(make) {
  const one = make();
  const other = make();
  one.addNamedActivity("fresh", work);
  other.addNamedActivity("fresh", work);
}`,
    ),
  ),
  ported(
    "orchestratorvet registrationflow: a chain of registrations is one worker",
    worker(
      `const worker = new TaskHubGrpcWorker();
if (worker) {
  worker.addNamedOrchestrator("root", alpha);
  worker.addNamedOrchestrator("root", alpha); // want valid-registration
}`,
    ),
  ),
];
