/**
 * Laws of entities' types, checked by the compiler: operations, inputs, results and states follow from the definition.
 *
 * Nothing here runs. A line that must not compile says so with an expected error, which fails when it compiles.
 */
import type {
  EntityContext,
  EntityDefinition,
  EntityMetadata,
  OperationName,
  OperationResult,
  TaskHubClient,
} from "dacapo";
import { entity, EntityInstanceId, orchestrator, TaskEntity } from "dacapo";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when both types are the same. */
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): void {}

/** The same, for a value's type. */
function exactly<B>(): <A>(value: A, ...proof: Equal<A, B> extends true ? [] : [never]) => void {
  return () => undefined;
}

declare const client: TaskHubClient;
declare const ctx: EntityContext;

interface Score {
  readonly points: number;
}

class Game extends TaskEntity<Score> {
  protected override initializeState(): Score {
    return { points: 0 };
  }

  readonly title = "no operation";

  score(points: number): number {
    this.state = { points: this.state.points + points };
    return this.state.points;
  }

  async rename(name?: string): Promise<string> {
    return Promise.resolve(name ?? "");
  }

  get(): Score {
    return this.state;
  }

  protected hidden(): void {
    this.#secret();
  }

  #secret(): void {
    this.context.signalEntity(game, "other", "score", 1);
  }
}

const game = entity("game", Game);

type Operations = typeof game extends EntityDefinition<infer O> ? O : never;

same<OperationName<Operations>, "score" | "rename" | "get" | "delete">();
same<OperationResult<Operations, "score">, number>();
same<OperationResult<Operations, "rename">, string>();
exactly<Promise<EntityMetadata<Score> | undefined>>()(client.getEntity(game, "a", false));

void client.signalEntity(game, "a", "score", 1);
void client.signalEntity(game, "a", "score", 1, { signalTime: { hours: 1 } });
void client.signalEntity(game, "a", "rename");
void client.signalEntity(game, "a", "get", undefined, { signalTime: new Date(0) });
void client.signalEntity(game, "a", "delete");
ctx.signalEntity(game, "a", "score", 1);
// @ts-expect-error the input is missing
void client.signalEntity(game, "a", "score");
// @ts-expect-error the input has another type
void client.signalEntity(game, "a", "score", "1");
// @ts-expect-error no such operation
void client.signalEntity(game, "a", "hidden");
// @ts-expect-error the class's own machinery is no operation
void client.signalEntity(game, "a", "initializeState");
// @ts-expect-error `run` runs operations, and is none
void client.signalEntity(game, "a", "run");
// @ts-expect-error a property that is no function is no operation
void client.signalEntity(game, "a", "title");
// @ts-expect-error a bare number is no time
void client.signalEntity(game, "a", "score", 1, { signalTime: 5 });
// @ts-expect-error the key is missing
void client.signalEntity(game, "score", 1);
// @ts-expect-error the input has another type
ctx.signalEntity(game, "a", "score", "1");

// ——— functions ———

interface Counter {
  add(n: number): number;
  get(): number;
}

const counter = entity<Counter, number>("counter", (context) => {
  same<typeof context, EntityContext>();
  same<ReturnType<typeof context.getState<number>>, number | undefined>();
  return context.getState(0);
});

void client.signalEntity(counter, "a", "add", 1);
// @ts-expect-error what the type parameter says holds
void client.signalEntity(counter, "a", "add", "1");
// @ts-expect-error there is no implicit operation
void client.signalEntity(counter, "a", "delete");
exactly<Promise<EntityMetadata<number> | undefined>>()(client.getEntity(counter, "a"));

const untyped = entity("untyped", () => undefined);

void client.signalEntity(untyped, "a", "anything");
void client.signalEntity(untyped, "a", "anything", { at: "all" });

// ——— ids ———

const id = new EntityInstanceId("game", "a");

void client.signalEntity(id, "anything");
void client.signalEntity(id, "anything", 1, { signalTime: new Date(0) });
exactly<Promise<EntityMetadata<Score> | undefined>>()(client.getEntity<Score>(id, false));
// @ts-expect-error an id has its key
void client.getEntity(id, "a");

// ——— orchestrations ———

const report = orchestrator("report", (_ctx, score: Score) => score.points);

exactly<string>()(ctx.scheduleNewOrchestration(report, { points: 1 }, { startAt: { hours: 1 } }));
ctx.scheduleNewOrchestration("report");
// @ts-expect-error the input is missing
ctx.scheduleNewOrchestration(report);

// ——— what is no entity ———

class Bare {
  readonly state = 0;
}

// @ts-expect-error it does not extend TaskEntity
entity("bare", Bare);
// @ts-expect-error a definition has code
entity("nothing");
