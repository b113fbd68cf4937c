/**
 * A circuit breaker as an entity: all orchestrations of all workers share it. After three failures in a row it opens, and
 * refuses calls for five minutes; then it is half open and lets one call through, which decides what happens next.
 *
 * Each change begins a new generation. What is heard of calls from an earlier one comes too late to say anything about
 * the service now, and is ignored.
 */
import { entity, TaskEntity } from "dacapo";

const FAILURES_MAX = 3;
const PAUSE_MS = 5 * 60_000;

export interface BreakerState {
  status: "closed" | "open" | "half-open";
  generation: number;
  failures: number;
  /** In milliseconds since the epoch: until then an open breaker refuses, and a half-open one waits for its trial. */
  until: number;
}

/** Leave to make a call, or none. */
export type Pass = { readonly generation: number; readonly isTrial: boolean } | "refused";

export interface Outcome {
  readonly generation: number;
  readonly succeeded: boolean;
}

class Breaker extends TaskEntity<BreakerState> {
  protected override initializeState(): BreakerState {
    return { status: "closed", generation: 1, failures: 0, until: 0 };
  }

  ask(): Pass {
    if (this.state.status === "closed") return { generation: this.state.generation, isTrial: false };
    if (this.#now() < this.state.until) return "refused";
    // A trial of which nothing was heard in time is given up, and another one made.
    this.#become("half-open");
    return { generation: this.state.generation, isTrial: true };
  }

  report({ generation, succeeded }: Outcome): void {
    if (generation !== this.state.generation) return;
    if (this.state.status === "half-open") {
      this.#become(succeeded ? "closed" : "open");
      return;
    }
    this.state.failures = succeeded ? 0 : this.state.failures + 1;
    if (this.state.failures === FAILURES_MAX) this.#become("open");
  }

  #become(status: BreakerState["status"]): void {
    this.state = { status, generation: this.state.generation + 1, failures: 0, until: this.#now() + PAUSE_MS };
  }

  #now(): number {
    return this.context.currentUtcDateTime.getTime();
  }
}

export const breaker = entity("breaker", Breaker);
