/** What `dacapo/critical-section-usage` makes of dacapo's own definitions, keys and locks. */
import { criticalSectionUsage } from "../../eslint-plugin/src/rules/critical-section-usage.ts";
import { asyncStyle, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const IMPORTS = "entity, EntityInstanceId, orchestrator";
const DEFINITIONS = 'const account = entity("account", class {}), audit = entity("audit", () => {});';

const transfer = (body: string) => generator(body, DEFINITIONS, IMPORTS);
const transferAsync = (body: string) => asyncStyle(body, DEFINITIONS, IMPORTS);

const LOCK = 'const lock = yield* ctx.entities.lockEntities([account, "a"], [account, input]);';
const LIST = 'const lock = yield* ctx.entities.lockEntities([[account, "a"], new EntityInstanceId("account", "b")]);';

const said = (message: string, line: number, column: number): Expected => ({ message, line, column });
const UNLOCKED =
  "ctx.entities.callEntity() calls an entity that the critical section has not locked, which fails. Lock it as well.";
const SIGNAL =
  "ctx.entities.signalEntity() signals an entity that the critical section has locked, which fails. Call it instead.";

testRule("critical-section-usage of dacapo's definitions", criticalSectionUsage, {
  valid: [
    {
      name: "calls by definition and key of what is locked",
      code: transfer(`${LOCK}\nyield* ctx.entities.callEntity(account, "a", "add", 1);\nlock.release();`),
    },
    {
      name: "a call by id of what is locked by definition and key",
      code: transfer(
        `${LIST}\nyield* ctx.entities.callEntity(new EntityInstanceId("Account", "a"), "add", 1);\nlock.release();`,
      ),
    },
    {
      name: "a call of what may be locked",
      code: transfer(`${LOCK}\nyield* ctx.entities.callEntity(account, "c", "add", 1);\nlock.release();`),
    },
    {
      name: "a signal to another entity of the same key",
      code: transfer(`${LOCK}\nctx.entities.signalEntity(audit, "a", "note");\nlock.release();`),
    },
  ],
  invalid: [
    {
      name: "a call of another definition",
      code: transfer(`${LOCK}\nyield* ctx.entities.callEntity(audit, "a", "note");\nlock.release();`),
      output: null,
      errors: [said(UNLOCKED, 4, 8)],
    },
    {
      name: "a call of another key",
      code: transferAsync(
        'const lock = await ctx.entities.lockEntities([account, "a"]);\nawait ctx.entities.callEntity(account, "b", "add", 1);\nlock.release();',
      ),
      output: null,
      errors: [said(UNLOCKED, 4, 7)],
    },
    {
      name: "a signal to what is locked, in a list",
      code: transfer(`${LIST}\nctx.entities.signalEntity(account, "b", "add", 1);\nlock.release();`),
      output: null,
      errors: [said(SIGNAL, 4, 1)],
    },
    {
      name: "a signal to what a computed key names",
      code: transfer(`${LOCK}\nctx.entities.signalEntity(account, input, "add", 1);\nlock.release();`),
      output: null,
      errors: [said(SIGNAL, 4, 1)],
    },
    {
      name: "no release",
      code: transfer(`${LOCK}\nyield* ctx.entities.callEntity(account, "a", "add", 1);`),
      output: null,
      errors: [
        said(
          "ctx.entities.lockEntities() locks entities that are never released. Release the lock in a finally block.",
          3,
          21,
        ),
      ],
    },
  ],
});

testRuleOnTypeScript("critical-section-usage of dacapo's definitions, with using", criticalSectionUsage, {
  valid: [
    {
      name: "a call after the block",
      code: transfer(
        '{ using lock = yield* ctx.entities.lockEntities([account, "a"]); }\nyield* ctx.entities.callEntity(account, "b", "add", 1);',
      ),
    },
  ],
  invalid: [
    {
      name: "a call inside it",
      code: transfer(
        'using lock = yield* ctx.entities.lockEntities([account, "a"]);\nyield* ctx.entities.callEntity(account, "b", "add", 1);',
      ),
      output: null,
      errors: [said(UNLOCKED, 4, 8)],
    },
  ],
});
