/** The cases of orchestratorvet about names that nobody registered (`tasknames*`, `crosspackage`). */
import { portedTyped, type PortedCase } from "../ported-case.ts";

/** An orchestrator that calls two registered activities and one that nothing in sight registers. */
function callerWith(registrations: string, want = ""): string {
  return (
    'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\n\n' +
    "async function* caller(ctx) {\n" +
    '  yield ctx.callActivity("work");\n' +
    `  return yield ctx.callActivity("externalWork");${want === "" ? "" : ` // want ${want}`}\n` +
    "}\n" +
    'async function work() {\n  return "done";\n}\n\n' +
    registrations
  );
}

export const taskNameCases: readonly PortedCase[] = [
  portedTyped(
    "orchestratorvet tasknames: names outside a complete set of registrations are reports",
    `
      import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";

      async function* parent(ctx) {
        yield ctx.callActivity("sendGreeting");
        yield ctx.callActivity(sendGreeting);
        yield ctx.callActivity("format");
        yield ctx.callActivity("missingActivity"); // want known-task-name
        yield ctx.callSubOrchestrator("child");
        yield ctx.callSubOrchestrator(child);
        yield ctx.callSubOrchestrator("missingChild"); // want known-task-name
      }
      async function* child(ctx) {
        yield ctx.createTimer(1);
      }
      const sendGreeting = async () => "hello";
      const format = async () => "formatted";

      const worker = new TaskHubGrpcWorker();
      worker.addOrchestrator(parent);
      worker.addOrchestrator(child);
      worker.addActivity(sendGreeting);
      worker.addNamedActivity("format", format);
    `,
  ),
  portedTyped(
    "orchestratorvet tasknames: a name computed at run time proves nothing; the strict rule asks for a literal",
    `
      import * as df from "durable-functions";

      df.app.orchestration("dynamic", function* (context) {
        const name = context.df.getInput();
        yield context.df.callActivity(name); // want literal-task-name
        yield context.df.callSubOrchestrator(name); // want literal-task-name
      });
      df.app.activity("work", { handler: () => "done" });
    `,
  ),
  portedTyped(
    "orchestratorvet crosspackage: without any registered activity nothing is known about names",
    `
      import * as df from "durable-functions";

      df.app.orchestration("caller", function* (context) {
        yield context.df.callActivity("registeredElsewhere");
        yield context.df.callActivity("alsoElsewhere");
      });
    `,
  ),
  portedTyped(
    "orchestratorvet tasknames: on a complete set the same caller is reported",
    callerWith(
      `const worker = new TaskHubGrpcWorker();
worker.addOrchestrator(caller);
worker.addActivity(work);`,
      "known-task-name",
    ),
  ),
  portedTyped(
    "orchestratorvet tasknamesunresolved: a worker handed to an unknown function may know more names",
    callerWith(
      `export function register(install) {
  const worker = new TaskHubGrpcWorker();
  worker.addOrchestrator(caller);
  worker.addActivity(work);
  install(worker);
}`,
    ),
  ),
  portedTyped(
    "orchestratorvet tasknamesexternal: a worker handed to a package may know more names",
    'import { registerActivities } from "registration-helpers";\n' +
      callerWith(
        `const worker = new TaskHubGrpcWorker();
worker.addOrchestrator(caller);
worker.addActivity(work);
registerActivities(worker);`,
      ),
  ),
  portedTyped(
    "orchestratorvet tasknamesalias: a worker that leaves under another name may know more names",
    'import { registerActivities } from "registration-helpers";\n' +
      callerWith(
        `const worker = new TaskHubGrpcWorker();
worker.addOrchestrator(caller);
worker.addActivity(work);
const alias = worker;
const install = registerActivities;
install(alias);`,
      ),
  ),
  portedTyped(
    "orchestratorvet tasknamesdynamic: a registration under a computed name makes the set incomplete",
    callerWith(
      `export function register(name) {
  const worker = new TaskHubGrpcWorker();
  worker.addOrchestrator(caller);
  worker.addActivity(work);
  worker.addNamedActivity(name, work);
}`,
    ),
  ),
  portedTyped(
    "orchestratorvet tasknamesmethodvalue: a registration method taken off its worker makes the set incomplete",
    callerWith(
      `export function register(names) {
  const worker = new TaskHubGrpcWorker();
  worker.addOrchestrator(caller);
  worker.addActivity(work);
  const add = worker.addNamedActivity.bind(worker);
  for (const name of names) add(name, work);
}`,
    ),
  ),
  portedTyped(
    "orchestratorvet tasknamesparameter: a worker that comes in as a parameter may already know names",
    callerWith(
      `export function register(worker: TaskHubGrpcWorker) {
  worker.addOrchestrator(caller);
  worker.addActivity(work);
}`,
    ),
  ),
  portedTyped(
    "orchestratorvet tasknamestuplefactory: a worker out of an unknown factory may already know names",
    'import { makeWorker } from "registration-helpers";\n' +
      callerWith(
        `const [worker] = makeWorker(TaskHubGrpcWorker);
worker.addOrchestrator(caller);
worker.addActivity(work);`,
      ),
  ),
  portedTyped(
    "orchestratorvet tasknamesglobal: an exported worker may learn names elsewhere",
    callerWith(
      `export const worker = new TaskHubGrpcWorker();
worker.addOrchestrator(caller);
worker.addActivity(work);`,
    ),
  ),
  portedTyped("orchestratorvet tasknames: activities registered in another file of the program are known", {
    "main.ts": `
      import * as df from "durable-functions";

      df.app.orchestration("caller", function* (context) {
        yield context.df.callActivity("sayHello");
        yield context.df.callActivity("sayHallo"); // want known-task-name
      });
    `,
    "activities.ts": `
      import * as df from "durable-functions";

      df.app.activity("sayHello", { handler: () => "Hello" });
    `,
  }),
];
