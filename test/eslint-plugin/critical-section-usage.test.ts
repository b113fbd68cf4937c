/** What `dacapo/critical-section-usage` reports and what it leaves alone. */
import { criticalSectionUsage } from "../../eslint-plugin/src/rules/critical-section-usage.ts";
import { durableTask, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected, type ValidCase } from "./rule-tester.ts";

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
  parallel: (api: string) =>
    `${api} calls an entity that a call is pending for, which fails inside of a critical section. Wait for that call first.`,
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

const fine = (name: string, code: string): ValidCase => ({ name, code });
const wrong = (name: string, code: string, ...errors: Expected[]) => ({ name, code, output: null, errors });

/** Two entities whose names or keys the input gives, and the handle of a lock of the first; the rest begins on line 5. */
const computed = (ids: string, body: string) =>
  functionsV4(`${ids}\nconst lock = yield context.df.lock(s);\n${body}\nlock.release();`);

testRule("critical-section-usage: paths", criticalSectionUsage, {
  valid: [
    fine(
      "the branch that takes no lock",
      transfer(
        `let lock;\nif (input) lock = yield ctx.entities.lockEntities(a);\nelse yield ctx.entities.callEntity(b, "get");\nlock?.release();`,
      ),
    ),
    fine(
      "what follows a lock that only one branch takes",
      transfer(
        `let lock;\nif (input) lock = yield ctx.entities.lockEntities(a);\nyield ctx.entities.callEntity(b, "get");\nlock?.release();`,
      ),
    ),
    fine(
      "what follows a branch that releases",
      transfer(`${LOCK}\nif (input) lock.release();\nyield ctx.entities.callEntity(b, "get");\nlock.release();`),
    ),
    fine(
      "another case",
      transfer(
        `switch (input) {\ncase 1: { ${LOCK} lock.release(); break; }\ncase 2: yield ctx.entities.callEntity(b, "get");\n}`,
      ),
    ),
    fine(
      "a lock that a condition takes",
      transfer(
        `const lock = input ? yield ctx.entities.lockEntities(a) : undefined;\nctx.entities.signalEntity(a, "add");\nlock?.release();`,
      ),
    ),
    fine(
      "a loop that releases and locks anew",
      transfer(
        `let lock = yield ctx.entities.lockEntities(a);\nwhile (input) {\n  lock.release();\n  yield ctx.createTimer(1);\n  lock = yield ctx.entities.lockEntities(a);\n}\nlock.release();`,
      ),
    ),
    fine(
      "a lock of each round",
      transfer(`for (const id of input) {\n  const lock = yield ctx.entities.lockEntities(id);\n  lock.release();\n}`),
    ),
    fine(
      "another lock after the first has failed",
      transfer(
        `let lock;\ntry { lock = yield ctx.entities.lockEntities(a); } catch { lock = yield ctx.entities.lockEntities(b); }\nlock.release();`,
      ),
    ),
    fine(
      "what follows a finally that releases",
      transfer(
        `let lock;\ntry { lock = yield ctx.entities.lockEntities(a); yield ctx.entities.callEntity(a, "add"); } finally { lock?.release(); }\nyield ctx.entities.callEntity(b, "get");`,
      ),
    ),
    fine(
      "a function below that releases",
      transfer(`${LOCK}\nfinish();\nctx.entities.signalEntity(a, "add");\nfunction finish() { lock.release(); }`),
    ),
    fine(
      "a function above that releases",
      transfer(
        `let lock;\nfunction finish() { lock.release(); }\nlock = yield ctx.entities.lockEntities(a);\nfinish();\nctx.entities.signalEntity(a, "add");`,
      ),
    ),
    fine(
      "a handle under another name",
      transfer(`${LOCK}\nconst held = lock;\nheld.release();\nctx.entities.signalEntity(a, "add");`),
    ),
    fine(
      "a handle in a member",
      transfer(
        `const state = {};\nstate.lock = yield ctx.entities.lockEntities(a);\nyield ctx.entities.callEntity(b, "get");\nstate.lock.release();`,
      ),
    ),
    fine(
      "a helper that locks only outside of a section",
      transfer(
        `${LOCK}\nyield* debit(ctx, a);\nlock.release();`,
        "function* debit(ctx, id) { let lock; if (!ctx.entities.isInCriticalSection().inSection) lock = yield ctx.entities.lockEntities(id); lock?.release(); }",
      ),
    ),
    fine(
      "a lock that the host releases, as Durable Functions documents it",
      functions('yield context.df.lock(a, b);\nyield context.df.callEntity(a, "get");'),
    ),
    fine(
      "an early release, and one that makes sure",
      functions(
        `${DF_LOCK}\ntry { yield context.df.callEntity(a, "get"); lock.release(); yield context.df.callEntity(b, "get"); } finally { lock.release(); }`,
      ),
    ),
  ],
  invalid: [
    wrong(
      "what follows a branch that releases and leaves",
      transfer(
        `${LOCK}\nif (input) { lock.release(); return; }\nyield ctx.entities.callEntity(b, "get");\nlock.release();`,
      ),
      report("unlocked", "ctx.entities.callEntity()", 6, 7),
    ),
    wrong(
      "a lock in the body of try, whose finally releases the first",
      functions(`${DF_LOCK}\ntry { yield context.df.lock(b); return 1; } finally { lock.release(); }`),
      report("nested", "context.df.lock()", 5, 13),
    ),
    wrong(
      "a lock that one branch never releases",
      transfer(`if (input) {\n  ${LOCK}\n  return lock.isReleased;\n}\nyield ctx.entities.callEntity(b, "get");`),
      report("unreleased", "ctx.entities.lockEntities()", 5, 22),
    ),
    wrong(
      "in every round of a loop",
      transfer(`${LOCK}\nfor (const x of input) ctx.entities.signalEntity(a, x);\nlock.release();`),
      report("signal", "ctx.entities.signalEntity()", 5, 24),
    ),
    wrong(
      "in a case",
      transfer(
        `${LOCK}\nswitch (input) {\ncase 1: yield ctx.entities.callEntity(b, "get"); break;\n}\nlock.release();`,
      ),
      report("unlocked", "ctx.entities.callEntity()", 6, 15),
    ),
    wrong(
      "in a condition",
      transfer(`${LOCK}\nif (yield ctx.entities.callEntity(b, "get")) input = 1;\nlock.release();`),
      report("unlocked", "ctx.entities.callEntity()", 5, 11),
    ),
    wrong(
      "a helper that starts anew",
      transfer(`${LOCK}\nagain(ctx);\nlock.release();`, "function again(ctx) { ctx.continueAsNew(1); }"),
      report("continued", "again() -> continueAsNew()", 5, 1),
    ),
    wrong(
      "a sub-orchestration in durabletask-js",
      transfer(`${LOCK}\nyield ctx.callSubOrchestrator("o");\nlock.release();`),
      report("child", "ctx.callSubOrchestrator()", 5, 7),
    ),
    wrong(
      "a sub-orchestration in Dacapo",
      generator(
        'const lock = yield* ctx.entities.lockEntities(new EntityInstanceId("x", "a"));\nyield* ctx.callSubOrchestrator("o");\nlock.release();',
        "",
        "EntityInstanceId, orchestrator",
      ),
      report("child", "ctx.callSubOrchestrator()", 4, 8),
    ),
    wrong(
      "two calls of one entity at a time",
      functions(
        `${DF_LOCK}\nyield context.df.Task.all([context.df.callEntity(a, "x"), context.df.callEntity(a, "y")]);\nlock.release();`,
      ),
      report("parallel", "context.df.callEntity()", 5, 59),
    ),
  ],
});

testRule("critical-section-usage: entities", criticalSectionUsage, {
  valid: [
    fine(
      "a list that grows",
      transfer(
        `const ids = [a];\nif (input) ids.push(b);\nconst lock = yield ctx.entities.lockEntities(...ids);\nyield ctx.entities.callEntity(b, "get");\nlock.release();`,
      ),
    ),
    fine(
      "objects that are no identifiers",
      functions(
        'const lock = yield context.df.lock(new Box("x", "a"));\nyield context.df.callEntity(new Box("y", "b"), "get");\nlock.release();',
        "class Box {}",
      ),
    ),
    fine(
      "the elements of two loops over one list",
      functions(
        'const list = context.df.getInput();\nfor (const s of list) for (const t of list) {\n  const lock = yield context.df.lock(s);\n  context.df.signalEntity(t, "add");\n  lock.release();\n}',
      ),
    ),
    fine(
      "a member that is assigned",
      transfer(
        `input.id = a;\nconst lock = yield ctx.entities.lockEntities(input.id);\ninput.id = b;\nctx.entities.signalEntity(input.id, "add");\nlock.release();`,
      ),
    ),
    fine(
      "two computed keys",
      computed(
        'const { k, l } = context.df.getInput();\nconst s = new df.EntityId("x", k), t = new df.EntityId("x", l);',
        'yield context.df.callEntity(t, "get");\ncontext.df.signalEntity(t, "add");',
      ),
    ),
    fine(
      "keys that differ by their case signal another entity",
      transfer(`${LOCK}\nctx.entities.signalEntity(new EntityInstanceId("account", "A"), "add");\nlock.release();`),
    ),
    fine(
      "two calls of two entities at a time",
      functions(
        'const lock = yield context.df.lock(a, b);\nyield context.df.Task.all([context.df.callEntity(a, "x"), context.df.callEntity(b, "y")]);\nlock.release();',
      ),
    ),
  ],
  invalid: [
    wrong(
      "another key of a computed name",
      computed(
        'const { n } = context.df.getInput();\nconst s = new df.EntityId(n, "a"), t = new df.EntityId(n, "b");',
        'yield context.df.callEntity(t, "get");',
      ),
      report("unlocked", "context.df.callEntity()", 6, 7),
    ),
    wrong(
      "another name with a computed key",
      computed(
        'const { k } = context.df.getInput();\nconst s = new df.EntityId("x", k), t = new df.EntityId("y", k);',
        'yield context.df.callEntity(t, "get");',
      ),
      report("unlocked", "context.df.callEntity()", 6, 7),
    ),
    wrong(
      "the same name and the same computed key",
      computed(
        'const { k } = context.df.getInput();\nconst s = new df.EntityId("x", k);',
        'context.df.signalEntity(new df.EntityId("X", k), "add");',
      ),
      report("signal", "context.df.signalEntity()", 6, 1),
    ),
    wrong(
      "a member of the input",
      transfer(
        `const lock = yield ctx.entities.lockEntities(input.from);\nctx.entities.signalEntity(input.from, "add");\nlock.release();`,
      ),
      report("signal", "ctx.entities.signalEntity()", 5, 1),
    ),
    wrong(
      "an entity by its definition and a key",
      `import { entity, EntityInstanceId, orchestrator } from "dacapo";\nconst counter = entity("Counter", () => 1);\norchestrator("o", function* (ctx) {\nconst lock = yield* ctx.entities.lockEntities(new EntityInstanceId("counter", "k"));\nyield* ctx.entities.callEntity(counter, "other", "add");\nctx.entities.signalEntity(counter, "k", "add");\nlock.release();\n});`,
      report("unlocked", "ctx.entities.callEntity()", 5, 8),
      report("signal", "ctx.entities.signalEntity()", 6, 1),
    ),
  ],
});
