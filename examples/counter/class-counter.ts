/**
 * The same counter as a class: its public methods are the operations, and `this.state` is what is kept. Callers know
 * the operations and their types from the class.
 */
import { entity, TaskEntity } from "dacapo";

class Counter extends TaskEntity<number> {
  protected override initializeState(): number {
    return 0;
  }

  add(n: number): number {
    // The state may change before it is checked: an operation that throws leaves nothing behind.
    this.state += n;
    if (this.state < 0) throw new RangeError("A counter does not go below zero.");
    return this.state;
  }

  get(): number {
    return this.state;
  }

  reset(): void {
    this.state = 0;
  }
}

export const classCounter = entity("classCounter", Counter);
