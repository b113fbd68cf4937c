/**
 * Runs turns of instances, whatever they are: orchestrations and entities wait in the same queue, and are locked and
 * committed in the same way.
 */
import type { FetchOptions, Lock, OrchestrationWorkItem } from "../ports/backend.ts";
import type { EntityProcessorSetup, RanEntityTurn } from "./entity-processor.ts";
import { EntityProcessor } from "./entity-processor.ts";
import type { Lease } from "./lease-keeper.ts";
import type { OrchestrationProcessorSetup, RunTurn } from "./orchestration-processor.ts";
import { OrchestrationProcessor } from "./orchestration-processor.ts";
import type { WorkProcessor } from "./work-loop.ts";

export type Turn = RunTurn | RanEntityTurn;

export class TurnProcessor implements WorkProcessor<OrchestrationWorkItem, Turn> {
  readonly kind = "orchestration";
  readonly #setup: OrchestrationProcessorSetup;
  readonly #orchestrations: OrchestrationProcessor;
  readonly #entities: EntityProcessor;

  constructor(setup: OrchestrationProcessorSetup & EntityProcessorSetup) {
    this.#setup = setup;
    this.#orchestrations = new OrchestrationProcessor(setup);
    this.#entities = new EntityProcessor(setup);
  }

  fetch(options: FetchOptions): Promise<readonly OrchestrationWorkItem[]> {
    return this.#setup.backend.fetchOrchestrations(options);
  }

  process(item: OrchestrationWorkItem, lease: Lease): Turn | Promise<Turn> {
    return item.instance.kind === "entity" ? this.#entities.process(item, lease) : this.#orchestrations.process(item);
  }

  complete({ commit }: Turn): Promise<void> {
    return this.#setup.backend.completeOrchestration(commit);
  }

  completed(turn: Turn): void {
    if ("entityTurn" in turn) this.#entities.completed(turn);
    else this.#orchestrations.completed(turn);
  }

  abandon(item: OrchestrationWorkItem, delayMs: number, reason: unknown): Promise<void> {
    return this.#orchestrations.abandon(item, delayMs, reason);
  }

  renew(lock: Lock, leaseMs: number): Promise<void> {
    return this.#setup.backend.renewOrchestration(lock, leaseMs);
  }
}
