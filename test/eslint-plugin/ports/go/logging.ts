/** The cases of orchestratorvet about logging (`logging`). */
import { dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

export const loggingCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet logging: each line on the console is a report",
    dacapoGenerator(`
      console.log("starting"); // want no-unsafe-logging
      console.warn("slow"); // want no-unsafe-logging
      console.error("failed"); // want no-unsafe-logging
      console.debug("done"); // want no-unsafe-logging
    `),
  ),
  ported(
    "orchestratorvet logging: the console under another name is a report",
    durableTask(`
      const logger = console;
      logger.info("starting"); // want no-unsafe-logging
    `),
  ),
  ported(
    "orchestratorvet logging: a logger of a package is a report",
    functionsV4(
      `
      logger.info("starting"); // want no-unsafe-logging
      logger.error("failed"); // want no-unsafe-logging
    `,
      { before: `import pino from "pino";`, after: `const logger = pino();` },
    ),
  ),
  ported(
    "orchestratorvet logging: a package's default logger is a report",
    dacapoGenerator(`winston.info("starting"); // want no-unsafe-logging`, {
      before: `import winston from "winston";`,
    }),
  ),
  ported(
    "orchestratorvet logging: the invocation's log is a report where nothing gates it (v3)",
    functionsV3(`
      context.log("starting"); // want no-unsafe-logging
      yield context.df.callActivity("work");
      context.log.warn("done"); // want no-unsafe-logging
    `),
  ),
  ported(
    "orchestratorvet logging: the invocation's log is a report where nothing gates it (v4)",
    functionsV4(`
      context.log("starting"); // want no-unsafe-logging
      yield context.df.callActivity("work");
      context.error("done"); // want no-unsafe-logging
    `),
  ),
  ported(
    "orchestratorvet logging: a log behind the replay flag is silent",
    functionsV4(`
      if (!context.df.isReplaying) context.log("starting");
      yield context.df.callActivity("work");
      if (context.df.isReplaying === false) {
        context.log("done");
        console.log("done");
      }
    `),
  ),
  ported(
    "orchestratorvet logging: the context's own logger is silent, and so is formatting",
    dacapoGenerator(
      "ctx.log.info('starting', { instance: ctx.instanceId });\n" +
        "ctx.log.error('failed', { attempt: 1 });\n" +
        "const message = `instance ${ctx.instanceId}`;\n" +
        "ctx.setCustomStatus(message);\n" +
        "return message;",
    ),
  ),
  ported(
    "orchestratorvet logging: a logger made safe by the context is silent",
    durableTask(`
      const logger = ctx.createReplaySafeLogger(console);
      logger.info("starting");
      yield ctx.callActivity("work");
      logger.warn("done");
    `),
  ),
  ported(
    "orchestratorvet logging: a helper that logs is reported at the call",
    dacapoGenerator(`announce("starting"); // want no-unsafe-logging`, {
      after: `function announce(text) { console.log(text); }`,
    }),
  ),
  ported(
    "orchestratorvet logging: a helper that logs, called behind the replay flag, is silent",
    dacapoGenerator(`if (!ctx.isReplaying) announce("starting");`, {
      after: `function announce(text) { console.log(text); }`,
    }),
  ),
  portedTyped("orchestratorvet logging: a logger of another file is reported at the call", {
    "main.ts": dacapoGenerator(`audit("starting"); // want no-unsafe-logging`, {
      before: `import { audit } from "./audit.ts";`,
    }),
    "audit.ts": `export const audit = (text: string) => console.info("audit", text);`,
  }),
];
