/** The cases of durabletask-dotnet's analyzers about loggers (DURABLE0010). */
import { dacapoGenerator, durableTask, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

const pino = { before: `import pino from "pino";`, after: `const shared = pino();` };

/** A helper that logs through whatever logger it is given. */
const logData = `
  function logData(logger) {
    logger.info("some data");
  }
`;

const unsafe: readonly PortedCase[] = [
  ported(
    "durabletask-dotnet Logger: the module's logger in an orchestrator is a report",
    durableTask(`shared.info("test"); // want no-unsafe-logging`, pino),
  ),
  ported(
    "durabletask-dotnet Logger: a child of the module's logger is a report",
    dacapoGenerator(
      `
      const child = shared.child({ flow: "flow" });
      child.info("test"); // want no-unsafe-logging
    `,
      pino,
    ),
  ),
  ported(
    "durabletask-dotnet Logger: a helper that uses the module's logger is reported at its call",
    functionsV4(`helper(); // want no-unsafe-logging`, {
      before: pino.before,
      after: `const shared = pino();\nfunction helper() { shared.info("test"); }`,
    }),
  ),
  portedTyped(
    "durabletask-dotnet Logger: a logger in a field is reported where a method that uses it is called",
    dacapoGenerator(`new Audit().record(); // want no-unsafe-logging`, {
      after: `
        class Audit {
          private readonly logger = console;
          record() { this.logger.info("test"); }
        }
      `,
    }),
  ),
  ported(
    "durabletask-dotnet Logger: the module's logger handed to a helper is reported at the call",
    durableTask(`logData(shared); // want no-unsafe-logging`, {
      before: pino.before,
      after: pino.after + "\n" + logData,
    }),
  ),
  ported(
    "durabletask-dotnet Logger: of a helper's two calls only the one with the unsafe logger is reported",
    durableTask(
      `
      const safe = ctx.createReplaySafeLogger(shared);
      logData(safe);
      logData(shared); // want no-unsafe-logging
    `,
      { before: pino.before, after: pino.after + "\n" + logData },
    ),
  ),
  ported(
    "durabletask-dotnet Logger: a logger that may be the unsafe one of two is a report",
    durableTask(
      `
      const safe = ctx.createReplaySafeLogger(shared);
      const either = shared ?? safe;
      either.info("test"); // want no-unsafe-logging
    `,
      pino,
    ),
  ),
  ported(
    "durabletask-dotnet Logger: a local that later holds the unsafe logger is a report",
    durableTask(
      `
      let logger = ctx.createReplaySafeLogger(shared);
      logger = shared;
      logger.info("test"); // want no-unsafe-logging
    `,
      pino,
    ),
  ),
  ported(
    "durabletask-dotnet Logger: a parameter replaced by the unsafe logger is reported at the helper's call",
    durableTask(`helper(ctx.createReplaySafeLogger(shared)); // want no-unsafe-logging`, {
      before: pino.before,
      after: `
        const shared = pino();
        function helper(logger) {
          logger = shared;
          logger.info("test");
        }
      `,
    }),
  ),
  ported(
    "durabletask-dotnet Logger: a logger in an orchestrator registered inline is a report",
    `
      import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";
      import winston from "winston";

      const staticLogger = winston.createLogger();
      new TaskHubGrpcWorker().addNamedOrchestrator("myRun", async () => {
        staticLogger.info("test"); // want no-unsafe-logging
        return "result";
      });
    `,
  ),
];

const safe: readonly PortedCase[] = [
  ported("durabletask-dotnet Logger: a file without an orchestrator may log", `import "dacapo";\nconsole.log("test");`),
  ported(
    "durabletask-dotnet Logger: code beside the orchestrator may log",
    functionsV4(`return "done";`, { after: `export function method() { console.log("test"); }` }),
  ),
  ported(
    "durabletask-dotnet Logger: the context's logger is silent (durabletask-js)",
    durableTask(`ctx.createReplaySafeLogger(shared).info("test");`, pino),
  ),
  ported(
    "durabletask-dotnet Logger: the context's logger is silent (dacapo)",
    dacapoGenerator(`ctx.log.info("test");`),
  ),
  ported(
    "durabletask-dotnet Logger: the context's logger handed to a helper is silent",
    dacapoGenerator(`logData(ctx.log);`, { after: logData }),
  ),
  ported(
    "durabletask-dotnet Logger: a safe logger handed on through another name is silent",
    durableTask(
      `
      const logger = ctx.createReplaySafeLogger(shared);
      const alias = logger;
      logData(alias);
    `,
      { before: pino.before, after: pino.after + "\n" + logData },
    ),
  ),
  ported(
    "durabletask-dotnet Logger: a safe logger handed to a function inside the orchestrator is silent",
    durableTask(
      `
      const logger = ctx.createReplaySafeLogger(shared);
      const note = (to: typeof logger) => to.info("test");
      note(logger);
    `,
      pino,
    ),
  ),
  ported(
    "durabletask-dotnet Logger: a safe logger through a chain of helpers is silent",
    dacapoGenerator(`outer(ctx.log);`, {
      after: `
        function outer(logger) { inner(logger); }
        function inner(logger) { logger.info("test"); }
      `,
    }),
  ),
  ported(
    "durabletask-dotnet Logger: a safe logger through a recursive helper is silent",
    dacapoGenerator(`log(ctx.log, 3);`, {
      after: `
        function log(logger, depth) {
          logger.info("test");
          if (depth > 0) log(logger, depth - 1);
        }
      `,
    }),
  ),
  ported(
    "durabletask-dotnet Logger: a choice between two safe loggers is silent",
    durableTask(
      `
      const one = ctx.createReplaySafeLogger(shared);
      const other = ctx.createReplaySafeLogger(console);
      const chosen = ctx.instanceId.length > 0 ? one : other;
      chosen.info("test");
    `,
      pino,
    ),
  ),
  portedTyped("durabletask-dotnet Logger: a helper of another file with the context's logger is silent", {
    "main.ts": dacapoGenerator(`audit(ctx.log);`, { before: `import { audit } from "./audit.ts";` }),
    "audit.ts": `
      import type { ReplaySafeLogger } from "dacapo";
      export const audit = (logger: ReplaySafeLogger) => logger.info("test");
    `,
  }),
  ported(
    "durabletask-dotnet Logger: an activity may log",
    `
      import { activity } from "dacapo";
      import pino from "pino";

      const logger = pino();
      export const myActivity = activity("myActivity", async (ctx, input: string) => {
        logger.info("test");
        ctx.log.info("test", { input });
        return "result";
      });
    `,
  ),
];

export const loggerCases: readonly PortedCase[] = [...unsafe, ...safe];
