/** The cases of the Durable Functions extension's analyzers about locked entities (`EntityProxyLockAnalyzer`). */
import { durableTask } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

const before = `import { EntityInstanceId } from "@microsoft/durabletask-js";`;

/** Two entities and the lines of a case. */
function transfer(body: string): string {
  return durableTask(
    `
const from = new EntityInstanceId("account", "from");
const to = new EntityInstanceId("account", "to");
${body}
`,
    { before },
  );
}

export const entityLockCases: readonly PortedCase[] = [
  ported(
    "Durable Functions EntityLock: calls to locked entities, and a release, are silent",
    transfer(`const lock = yield ctx.entities.lockEntities(from, to);
try {
  yield ctx.entities.callEntity(from, "debit", 10);
  yield ctx.entities.callEntity(to, "credit", 10);
} finally {
  lock.release();
}`),
  ),
  ported(
    "Durable Functions EntityLock: a signal to a locked entity is a report; to another it is silent",
    transfer(`const lock = yield ctx.entities.lockEntities(from);
ctx.entities.signalEntity(from, "debit", 10); // want critical-section-usage
yield ctx.entities.callEntity(from, "credit", 10);
ctx.entities.signalEntity(to, "debit", 10);
lock.release();
ctx.entities.signalEntity(from, "debit", 10);`),
  ),
  ported(
    "Durable Functions EntityLock: a signal through another name, to entities locked as a list, is a report",
    transfer(`const locks = [from, to];
const alias = from;
const lock = yield ctx.entities.lockEntities(...locks);
ctx.entities.signalEntity(alias, "debit"); // want critical-section-usage
ctx.entities.signalEntity(to, "debit"); // want critical-section-usage
lock.release();`),
  ),
  ported(
    "Durable Functions EntityLock: a signal to an entity of the same name and key is a report",
    transfer(`const lock = yield ctx.entities.lockEntities(from);
ctx.entities.signalEntity(new EntityInstanceId("account", "from"), "debit"); // want critical-section-usage
ctx.entities.signalEntity(new EntityInstanceId("account", "other"), "debit");
ctx.entities.signalEntity(new EntityInstanceId("other", "from"), "debit");
lock.release();`),
  ),
  ported(
    "Durable Functions EntityLock: a signal after an early release is silent",
    transfer(`const lock = yield ctx.entities.lockEntities(from);
lock.release();
ctx.entities.signalEntity(from, "debit");`),
  ),
  ported(
    "Durable Functions EntityLock: an entity whose key is computed proves nothing",
    transfer(`const key = ctx.instanceId;
const lock = yield ctx.entities.lockEntities(new EntityInstanceId("account", key.slice(1)));
ctx.entities.signalEntity(new EntityInstanceId("account", key.slice(2)), "debit");
lock.release();`),
  ),
  ported(
    "Durable Functions EntityLock: an entity in a variable that changes proves nothing",
    transfer(`let target = from;
if (ctx.instanceId !== "") target = to;
const lock = yield ctx.entities.lockEntities(from);
ctx.entities.signalEntity(target, "debit");
lock.release();`),
  ),
  ported(
    "Durable Functions EntityLock: an entity that is made of itself is analysed to an end",
    transfer(`const entity: EntityInstanceId = entity ?? from;
const lock = yield ctx.entities.lockEntities(entity);
lock.release();`),
  ),
  ported(
    "Durable Functions EntityLock: a call to an entity outside the locked set is a report",
    transfer(`const lock = yield ctx.entities.lockEntities(from);
yield ctx.entities.callEntity(to, "credit", 10); // want critical-section-usage
lock.release();`),
  ),
  ported(
    "Durable Functions EntityLock: a lock inside a lock is a report",
    transfer(`const outer = yield ctx.entities.lockEntities(from);
const inner = yield ctx.entities.lockEntities(to); // want critical-section-usage
inner.release();
outer.release();`),
  ),
  ported(
    "Durable Functions EntityLock: a lock that is never released is a report",
    transfer(`yield ctx.entities.lockEntities(from); // want critical-section-usage
yield ctx.entities.callEntity(from, "debit", 10);`),
  ),
  ported(
    "Durable Functions EntityLock: one lock after another is silent",
    transfer(`const first = yield ctx.entities.lockEntities(from);
first.release();
const second = yield ctx.entities.lockEntities(to);
second.release();`),
  ),
];
