/** Which lines `dacapo/no-unsafe-logging` takes to be logged again on each replay. */
import { noUnsafeLogging } from "../../eslint-plugin/src/rules/no-unsafe-logging.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

/** Writes an orchestrator around a body, which begins on line 3. */
const orchestrated = (body: string, after = "") =>
  `import { orchestrator } from "dacapo";\norchestrator("o", function* (ctx, input) {\n${body}\n});\n${after}`;

/** The same for Durable Functions. */
const functions = (body: string, after = "", parameter = "context") =>
  `const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (${parameter}) {\n${body}\n});\n${after}`;

const logs = (api: string, line: number, column: number, context = "ctx"): Expected => ({
  message: `${api} logs again on each replay. Log with the context's own logger, or only if ${context}.isReplaying is false.`,
  line,
  column,
});

const guarded = (output: string, context = "ctx") => ({ desc: `Log only if !${context}.isReplaying.`, output });

/** One line on the console and what is suggested for it. */
const line = (name: string, statement: string, api: string, replaced?: readonly [string, string]) => ({
  name,
  code: orchestrated(statement),
  output: null,
  errors: [
    {
      ...logs(api, 3, 1),
      suggestions: [
        ...(replaced === undefined
          ? []
          : [{ desc: `Replace with ${replaced[0]}.`, output: orchestrated(replaced[1]) }]),
        guarded(orchestrated(`if (!ctx.isReplaying) ${statement}`)),
      ],
    },
  ],
});

testRule("no-unsafe-logging: the console", noUnsafeLogging, {
  valid: [
    ["the context's logger", 'ctx.log.info("a"); ctx.log.error("b", { input });'],
    ["the context's logger, handed on", "audit(ctx.log);", "function audit(log) { log.info('a'); }"],
    ["a log behind the flag", 'if (!ctx.isReplaying) console.log("a");'],
    ["a log after an early return", 'if (ctx.isReplaying) return;\nconsole.log("a");'],
    ["a log behind the flag, which may be missing", 'if (!(ctx.isReplaying ?? true)) console.log("a");'],
    ["a log in a condition", 'ctx.isReplaying || console.log("a");\nctx.isReplaying ? undefined : console.log("b");'],
    ["a helper that logs, behind the flag", "if (!ctx.isReplaying) audit();", "function audit() { console.log('a'); }"],
    ["a helper that asks the flag", "audit(ctx);", "function audit(c) { if (!c.isReplaying) console.log('a'); }"],
    ["a reference", "const write = console.log;\nreturn typeof write;"],
    ["a console of its own", "const console = input.console;\nconsole.log('a');"],
    ["code beside the orchestrator", "return 1;", "export function other() { console.log('a'); }"],
  ].map(([name, body, after]) => ({ name: String(name), code: orchestrated(String(body), after) })),
  invalid: [
    line("a text", 'console.log("started");', "console.log()", ["ctx.log.info()", 'ctx.log.info("started");']),
    line("a template", "console.error(`failed: ${input}`);", "console.error()", [
      "ctx.log.error()",
      "ctx.log.error(`failed: ${input}`);",
    ]),
    line("a warning", 'console["warn"]("slow");', "console.warn()", ["ctx.log.warn()", 'ctx.log.warn("slow");']),
    line("more than a text", "console.log(input, 1);", "console.log()"),
    line("no text", "console.log(input);", "console.log()"),
    line("a table", "console.table(input);", "console.table()"),
    {
      name: "inside an expression",
      code: orchestrated("return input.map((x) => console.log(x));"),
      output: null,
      errors: [logs("console.log()", 3, 25)],
    },
    {
      name: "without braces there is no guard, which could take the else",
      code: orchestrated("if (input) console.log(input); else return;"),
      output: null,
      errors: [logs("console.log()", 3, 12)],
    },
    {
      name: "only on replay",
      code: orchestrated("if (ctx.isReplaying) { console.log(input); }"),
      output: null,
      errors: [
        {
          ...logs("console.log()", 3, 24),
          suggestions: [guarded(orchestrated("if (ctx.isReplaying) { if (!ctx.isReplaying) console.log(input); }"))],
        },
      ],
    },
    {
      name: "a helper that logs",
      code: orchestrated("audit();", "function audit() { console.info('a'); }"),
      output: null,
      errors: [
        {
          message: `Calls audit() -> console.info() (input.ts:5). ${logs("console.info()", 0, 0).message}`,
          line: 3,
          column: 1,
        },
      ],
    },
    {
      name: "the console handed to a helper",
      code: orchestrated("audit(console);", "function audit(log) { log.info('a'); }"),
      output: null,
      errors: [
        {
          message: `Calls audit() -> console.info() (input.ts:5). ${logs("console.info()", 0, 0).message}`,
          line: 3,
          column: 1,
        },
      ],
    },
  ],
});

testRule("no-unsafe-logging: the invocation of Durable Functions", noUnsafeLogging, {
  valid: [
    [
      "behind the flag",
      'if (!context.df.isReplaying) context.log("a");\nif (context.df.isReplaying === false) context.log.info("b");',
    ],
    ["another member", "context.log;\nreturn context.df.getInput();"],
    ["another object's log", "const request = context.df.getInput();\nrequest.log('a');\nrequest.context.error('b');"],
    ["a method of the durable context", "context.df.error('a');"],
  ].map(([name, body]) => ({ name: String(name), code: functions(String(body)) })),
  invalid: [
    {
      name: "context.log, in v3",
      code: functions('context.log("a");\ncontext.log.verbose("b");'),
      output: null,
      errors: [
        {
          ...logs("context.log()", 3, 1, "context.df"),
          suggestions: [
            guarded(
              functions('if (!context.df.isReplaying) context.log("a");\ncontext.log.verbose("b");'),
              "context.df",
            ),
          ],
        },
        {
          ...logs("context.log.verbose()", 4, 1, "context.df"),
          suggestions: [
            guarded(
              functions('context.log("a");\nif (!context.df.isReplaying) context.log.verbose("b");'),
              "context.df",
            ),
          ],
        },
      ],
    },
    {
      name: "the methods of the context, in v4",
      code: 'import * as df from "durable-functions";\ndf.app.orchestration("o", function* (context) {\n  const { warn } = context;\n  return [context.error("a"), context.trace("b"), warn("c")];\n});',
      output: null,
      errors: [
        logs("context.error()", 4, 11, "context.df"),
        logs("context.trace()", 4, 31, "context.df"),
        logs("warn()", 4, 51, "context.df"),
      ],
    },
    {
      name: "a context that is taken apart",
      code: functions('return log("a");', "", "{ df, log }"),
      output: null,
      errors: [{ ...logs("log()", 3, 8, "ctx"), message: logs("log()", 0, 0, "context.df").message }],
    },
    {
      name: "a helper that gets the context",
      code: functions('note(context, "a");', "function note(context, text) { context.log.info(text); }"),
      output: null,
      errors: [
        {
          message: `Calls note() -> context.log.info() (input.ts:5). ${logs("context.log.info()", 0, 0, "context.df").message}`,
          line: 3,
          column: 1,
        },
      ],
    },
    {
      name: "the console has no other logger to go to",
      code: functions('console.log("a");'),
      output: null,
      errors: [
        {
          ...logs("console.log()", 3, 1, "context.df"),
          suggestions: [guarded(functions('if (!context.df.isReplaying) console.log("a");'), "context.df")],
        },
      ],
    },
  ],
});

/** Writes an orchestrator of durabletask-js around one statement on line 4, with a logger of a package. */
const worker = (statement: string) =>
  `import pino from "pino";\nimport { ConsoleLogger } from "@microsoft/durabletask-js";\nworker.addOrchestrator(async (ctx) => {\n${statement}\n});\nconst shared = pino();\nconst mine = new ConsoleLogger();\nfunction audit(log) { log.info("a"); }`;

testRule("no-unsafe-logging: loggers of packages", noUnsafeLogging, {
  valid: [
    ["a logger that the context made safe", 'const log = ctx.createReplaySafeLogger(shared); log.info("a");'],
    ["one that is used at once", 'ctx.createReplaySafeLogger(mine).warn("a");'],
    ["one that is handed on", "audit(ctx.createReplaySafeLogger(shared));"],
    [
      "either of two that are safe",
      'const log = ctx.version ? ctx.createReplaySafeLogger(shared) : ctx.createReplaySafeLogger(mine); log.info("a");',
    ],
    [
      "a variable that only holds safe ones",
      'let log; log = ctx.createReplaySafeLogger(shared); log = ctx.createReplaySafeLogger(mine); log.info("a");',
    ],
    ["making a logger", "const child = shared.child({});"],
  ].map(([name, statement]) => ({ name: String(name), code: worker(String(statement)) })),
  invalid: [
    ["return shared.info('a');", "pino().info()", 8],
    ["return mine.error('a');", "mine.error()", 8],
    ["const log = shared ?? ctx; return log.info('a');", "pino().info()", 35],
    ["let log = ctx; log = shared; return log.info('a');", "log.info()", 37],
  ].map(([statement, api, column]) => ({
    name: String(statement),
    code: worker(String(statement)),
    output: null,
    errors: [logs(String(api), 4, Number(column))],
  })),
});

testRuleOnTypeScript("no-unsafe-logging", noUnsafeLogging, {
  valid: [
    {
      name: "an activity",
      code: 'import * as df from "durable-functions";\nimport type { InvocationContext } from "@azure/functions";\ndf.app.activity("a", { handler: (input: string, context: InvocationContext) => context.log(input) });',
    },
  ],
  invalid: [
    {
      name: "a helper whose parameter is an invocation's context",
      code: 'import type { InvocationContext } from "@azure/functions";\nimport type { OrchestrationContext } from "durable-functions";\nconst note = (c: InvocationContext) => c.log("a");\nexport function* o(context: OrchestrationContext) {\n  note(context);\n}',
      output: null,
      errors: [
        {
          message: `Calls note() -> c.log() (input.ts:3). ${logs("c.log()", 0, 0, "context.df").message}`,
          line: 5,
          column: 3,
        },
      ],
    },
  ],
});

testRuleWithTypes("no-unsafe-logging", noUnsafeLogging, {
  valid: [
    {
      name: "a logger's interface, whatever is behind it",
      files: {
        "main.ts": `import { orchestrator } from "dacapo";\nimport { audit } from "./audit.ts";\norchestrator("o", async (ctx) => audit(ctx.log));`,
        "audit.ts": `export const audit = (log: { info(text: string): void }) => log.info("a");`,
      },
    },
  ],
  invalid: [
    {
      name: "a logger of another file",
      files: {
        "main.ts": `import { orchestrator } from "dacapo";\nimport { audit } from "./audit.ts";\norchestrator("o", async () => audit());`,
        "audit.ts": `export const audit = () => console.info("a");`,
      },
      errors: [
        {
          message: `Calls audit() -> console.info() (virtual/audit.ts:1). ${logs("console.info()", 0, 0).message}`,
          line: 3,
          column: 31,
        },
      ],
    },
  ],
});
