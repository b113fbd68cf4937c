/** What `dacapo/critical-section-usage` reports and what it leaves alone. */
import { criticalSectionUsage } from "../../eslint-plugin/src/rules/critical-section-usage.ts";
import { durableTask, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

/** Two entities of durabletask-js on line 3; the body begins on line 4. */
const transfer = (body: string, after = "") =>
  durableTask(
    `const a = new EntityInstanceId("account", "a"), b = new EntityInstanceId("account", "b");\n${body}`,
    after,
    "EntityInstanceId, TaskHubGrpcWorker",
  );

/** The same for Durable Functions. */
const functions = (body: string, after = "") =>
  functionsV4(`const a = new df.EntityId("account", "a"), b = new df.EntityId("account", "b");\n${body}`, after);

const LOCK = "const lock = yield ctx.entities.lockEntities(a);";
const DF_LOCK = "const lock = yield context.df.lock(a);";

const said = {
  nested: (api: string) => `${api} locks inside of a critical section, which fails. Lock all entities at once.`,
  unlocked: (api: string) =>
    `${api} calls an entity that the critical section has not locked, which fails. Lock it as well.`,
  signal: (api: string) =>
    `${api} signals an entity that the critical section has locked, which fails. Call it instead.`,
  child: (api: string) =>
    `${api} starts a sub-orchestration inside of a critical section, which fails. Release the lock first.`,
  continued: (api: string) => `${api} ends the execution inside of a critical section. Release the lock first.`,
  unreleased: (api: string) => `${api} locks entities that are never released. Release the lock in a finally block.`,
};
const report = (kind: keyof typeof said, api: string, line: number, column: number): Expected => ({
  message: said[kind](api),
  line,
  column,
});

testRule("critical-section-usage", criticalSectionUsage, {
  valid: [
    {
      name: "calls to what is locked, and a release",
      code: transfer(
        'const lock = yield ctx.entities.lockEntities(a, b);\ntry { yield ctx.entities.callEntity(a, "debit"); yield ctx.entities.callEntity(b, "credit"); } finally { lock.release(); }',
      ),
    },
    {
      name: "a lock of a list",
      code: functions(
        'const lock = yield context.df.lock([a, b]);\nyield context.df.callEntity(b, "get");\nlock.release();',
      ),
    },
    {
      name: "a signal to another entity",
      code: transfer(`${LOCK}\nctx.entities.signalEntity(b, "add");\nlock.release();`),
    },
    {
      name: "a signal after the release",
      code: transfer(`${LOCK}\nlock.release();\nctx.entities.signalEntity(a, "add");`),
    },
    {
      name: "a call after the release",
      code: functions(`${DF_LOCK}\nlock.release();\nyield context.df.callEntity(b, "get");`),
    },
    {
      name: "one lock after another",
      code: transfer(`${LOCK}\nlock.release();\nconst other = yield ctx.entities.lockEntities(b);\nother.release();`),
    },
    {
      name: "a sub-orchestration after the release",
      code: functions(`${DF_LOCK}\nlock.release();\nyield context.df.callSubOrchestrator("o");`),
    },
    {
      name: "a sub-orchestration in durabletask-js, which allows it",
      code: transfer(`${LOCK}\nyield ctx.callSubOrchestrator("o");\nlock.release();`),
    },
    { name: "an activity", code: functions(`${DF_LOCK}\nyield context.df.callActivity("a");\nlock.release();`) },
    {
      name: "a new execution after the release",
      code: functions(`${DF_LOCK}\nlock.release();\ncontext.df.continueAsNew(1);`),
    },
    {
      name: "an entity whose key is computed",
      code: transfer(
        'const lock = yield ctx.entities.lockEntities(new EntityInstanceId("account", input.from));\nyield ctx.entities.callEntity(new EntityInstanceId("account", input.to), "get");\nlock.release();',
      ),
    },
    {
      name: "an entity in a variable that changes",
      code: transfer(
        `let target = a; if (input) target = b;\n${LOCK}\nctx.entities.signalEntity(target, "add");\nlock.release();`,
      ),
    },
    {
      name: "an entity that the input names",
      code: functions(`${DF_LOCK}\nyield context.df.callEntity(context.df.getInput().id, "get");\nlock.release();`),
    },
    {
      name: "a handle that is handed on",
      code: transfer(
        `${LOCK}\nfinish(lock);\nctx.entities.signalEntity(a, "add");`,
        "function finish(lock) { lock.release(); }",
      ),
    },
    { name: "a handle that is returned", code: transfer("return yield ctx.entities.lockEntities(a);") },
    {
      name: "a handle that a nested function releases",
      code: transfer(`${LOCK}\nconst done = () => lock.release();\ndone();`),
    },
    {
      name: "a lock that is waited for later",
      code: transfer("const task = ctx.entities.lockEntities(a);\nconst lock = yield task;\nlock.release();"),
    },
    { name: "a lock of something else", code: generator("const lock = yield input.mutex.lock(1);") },
  ],
  invalid: [
    {
      name: "a lock inside of a lock",
      code: transfer(`${LOCK}\nconst inner = yield ctx.entities.lockEntities(b);\ninner.release();\nlock.release();`),
      output: null,
      errors: [report("nested", "ctx.entities.lockEntities()", 5, 21)],
    },
    {
      name: "a lock inside of a lock, Durable Functions",
      code: functions(`${DF_LOCK}\nconst inner = yield context.df.lock(b);\ninner.release();\nlock.release();`),
      output: null,
      errors: [report("nested", "context.df.lock()", 5, 21)],
    },
    {
      name: "a helper that locks inside of a lock",
      code: transfer(
        `${LOCK}\nyield* helper(ctx, b);\nlock.release();`,
        "function* helper(ctx, id) { const lock = yield ctx.entities.lockEntities(id); lock.release(); }",
      ),
      output: null,
      errors: [report("nested", "helper() -> lockEntities()", 5, 8)],
    },
    {
      name: "a call to an entity that is not locked",
      code: transfer(`${LOCK}\nyield ctx.entities.callEntity(b, "get");\nlock.release();`),
      output: null,
      errors: [report("unlocked", "ctx.entities.callEntity()", 5, 7)],
    },
    {
      name: "a call in a handler before the release",
      code: functions(
        `${DF_LOCK}\ntry { yield context.df.callActivity("x"); } catch { yield context.df.callEntity(b, "undo"); } finally { lock.release(); }`,
      ),
      output: null,
      errors: [report("unlocked", "context.df.callEntity()", 5, 59)],
    },
    {
      name: "a signal to what is locked",
      code: transfer(`${LOCK}\nctx.entities.signalEntity(a, "add");\nlock.release();`),
      output: null,
      errors: [report("signal", "ctx.entities.signalEntity()", 5, 1)],
    },
    {
      name: "a signal by another name",
      code: transfer(
        `const list = [a, b], alias = b;\nconst lock = yield ctx.entities.lockEntities(...list);\nctx.entities.signalEntity(alias, "add");\nlock.release();`,
      ),
      output: null,
      errors: [report("signal", "ctx.entities.signalEntity()", 6, 1)],
    },
    {
      name: "a signal to the same name, whatever its case, and key",
      code: transfer(
        `${LOCK}\nctx.entities.signalEntity(new EntityInstanceId("Account", "a"), "add");\nlock.release();`,
      ),
      output: null,
      errors: [report("signal", "ctx.entities.signalEntity()", 5, 1)],
    },
    {
      name: "a signal to an entity whose key is computed once",
      code: functions(
        'const id = new df.EntityId("account", context.df.instanceId);\nconst lock = yield context.df.lock(id);\ncontext.df.signalEntity(id, "add");\nlock.release();',
      ),
      output: null,
      errors: [report("signal", "context.df.signalEntity()", 6, 1)],
    },
    {
      name: "a sub-orchestration in Durable Functions",
      code: functions(`${DF_LOCK}\nyield context.df.callSubOrchestrator("o");\nlock.release();`),
      output: null,
      errors: [report("child", "context.df.callSubOrchestrator()", 5, 7)],
    },
    {
      name: "a sub-orchestration with a retry, in a helper",
      code: functions(
        `${DF_LOCK}\nyield* run(context);\nlock.release();`,
        'function* run(c) { yield c.df.callSubOrchestratorWithRetry("o", 1); }',
      ),
      output: null,
      errors: [report("child", "run() -> callSubOrchestratorWithRetry()", 5, 8)],
    },
    {
      name: "a new execution",
      code: transfer(`${LOCK}\nctx.continueAsNew(1);\nlock.release();`),
      output: null,
      errors: [report("continued", "ctx.continueAsNew()", 5, 1)],
    },
    {
      name: "a lock whose handle nobody takes",
      code: transfer('yield ctx.entities.lockEntities(a);\nyield ctx.entities.callEntity(a, "get");'),
      output: null,
      errors: [report("unreleased", "ctx.entities.lockEntities()", 4, 7)],
    },
    {
      name: "a lock whose handle nobody reads",
      code: functions(`${DF_LOCK}\nyield context.df.callEntity(a, "get");`),
      output: null,
      errors: [report("unreleased", "context.df.lock()", 4, 20)],
    },
    {
      name: "a lock whose handle is only looked at",
      code: functions(`${DF_LOCK}\nreturn lock.isReleased;`),
      output: null,
      errors: [report("unreleased", "context.df.lock()", 4, 20)],
    },
    {
      name: "two mistakes in one section",
      code: functions(
        `${DF_LOCK}\ncontext.df.signalEntity(a, "add");\nyield context.df.callEntity(b, "get");\nlock.release();`,
      ),
      output: null,
      errors: [
        report("signal", "context.df.signalEntity()", 5, 1),
        report("unlocked", "context.df.callEntity()", 6, 7),
      ],
    },
  ],
});

testRuleOnTypeScript("critical-section-usage", criticalSectionUsage, {
  valid: [
    {
      name: "a lock that is released by its block",
      code: functions(
        '{\nusing lock = yield context.df.lock(a);\nyield context.df.callEntity(a, "get");\n}\ncontext.df.signalEntity(a, "add");',
      ),
    },
  ],
  invalid: [
    {
      name: "a mistake inside of the block that releases",
      code: functions('using lock = (yield context.df.lock(a)) as Disposable;\ncontext.df.signalEntity(a, "add");'),
      output: null,
      errors: [report("signal", "context.df.signalEntity()", 5, 1)],
    },
  ],
});
