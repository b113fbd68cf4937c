/**
 * Laws of types of what orchestrators ask of entities, checked by the compiler: a definition knows its operations.
 *
 * Nothing here runs. A line that must not compile says so with an expected error, which fails when it compiles.
 */
import type { EntityReference, LockHandle, OrchestrationContext } from "dacapo";
import { EntityInstanceId, orchestrator, whenAll } from "dacapo";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when a value has exactly this type. */
function exactly<B>(): <A>(value: A, ...proof: Equal<A, B> extends true ? [] : [never]) => void {
  return () => undefined;
}

interface Operations {
  add(n: number): number;
  get(): Promise<string>;
  reset(reason?: string): void;
}

declare const counter: EntityReference<Operations>;
declare const untyped: EntityReference;
declare const someOperation: string;
const id = new EntityInstanceId("counter", "a");

export const calls = orchestrator("calls", function* ({ entities }: OrchestrationContext) {
  exactly<number>()(yield* entities.callEntity(counter, "a", "add", 1));
  exactly<string>()(yield* entities.callEntity(counter, "a", "get"));
  yield* entities.callEntity(counter, "a", "reset");
  yield* entities.callEntity(counter, "a", "reset", "why");
  exactly<unknown>()(yield* entities.callEntity(id, "add", 1));
  exactly<boolean>()(yield* entities.callEntity<boolean>(id, "add", 1));
  exactly<unknown>()(yield* entities.callEntity(untyped, "a", someOperation, 1));
  exactly<[number, unknown]>()(
    yield* whenAll([entities.callEntity(counter, "a", "add", 1), entities.callEntity(id, "get")]),
  );
  // @ts-expect-error an input is missing
  entities.callEntity(counter, "a", "add");
  // @ts-expect-error the input is of another type
  entities.callEntity(counter, "a", "add", "1");
  // @ts-expect-error there is no such operation
  entities.callEntity(counter, "a", "subtract", 1);
  // @ts-expect-error a definition needs a key
  entities.callEntity(counter, "add");
});

export const signals = orchestrator("signals", ({ entities }: OrchestrationContext) => {
  entities.signalEntity(counter, "a", "add", 1);
  entities.signalEntity(counter, "a", "add", 1, { signalTime: { hours: 1 } });
  entities.signalEntity(counter, "a", "get", undefined, { signalTime: new Date(0) });
  entities.signalEntity(id, "anything", { at: "all" }, {});
  // @ts-expect-error the input is of another type
  entities.signalEntity(counter, "a", "add", "1");
  // @ts-expect-error a duration has a unit
  entities.signalEntity(counter, "a", "add", 1, { signalTime: 5 });
});

export const locks = orchestrator("locks", async ({ entities }: OrchestrationContext) => {
  exactly<LockHandle>()(await entities.lockEntities(id, [counter, "b"]));
  exactly<LockHandle>()(await entities.lockEntities([id, [counter, "b"]]));
  using lock = await entities.lockEntities(id);
  exactly<readonly EntityInstanceId[]>()(lock.ownedLocks);
  exactly<boolean>()(entities.isInCriticalSection().inSection);
  // @ts-expect-error a text is no entity
  await entities.lockEntities("@counter@a");
  // @ts-expect-error a definition needs a key
  await entities.lockEntities(counter);
});
