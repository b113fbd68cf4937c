/**
 * The classes of fault that a simulation injects, all of them below the backend contract: an engine that keeps the
 * contract's promises survives every one of them.
 *
 * Invariant: a class is known by its name everywhere: in scenarios, rates, tokens, coverage and stories.
 */

/** Every class of fault, with what it does. */
export const FAULT_CLASSES = {
  "crash-before-commit": "the worker dies before its commit reaches the store",
  "crash-within-commit": "the worker dies while its commit is under way, between two of its steps",
  "crash-after-commit": "the worker dies after its commit took effect, before it hears so",
  "crash-before-effect": "the worker dies before an activity's effect reaches the outside world",
  "crash-after-effect": "the worker dies after an activity's effect reached the outside world",
  "fleet-crash": "all workers die at once, while one of them commits",
  "worker-paused": "a worker stands still for longer than its leases, and then goes on as if nothing had been",
  "ambiguous-commit": "a call to the store fails, and it may have taken effect or not",
  "store-error": "a call to the store fails, and it had no effect",
  "message-dropped": "a message gets lost on its way to the worker; the store has it still",
  "message-duplicated": "a waiting message is delivered twice",
  "message-delayed": "a waiting message is held back, for up to most of the redelivery horizon",
  "message-reordered": "a message overtakes those that were sent before it",
  "message-redelivered": "a message that was consumed already comes again",
  "batch-split": "only a part of the waiting messages is delivered, the rest in a batch of its own",
  "batch-merged": "an instance's messages wait until more have come, and are delivered together",
  "lease-stolen": "a worker's lease ends while it is still working, and others may take the work over",
  "renewal-failed": "a lease cannot be renewed, and runs out while its holder works",
  "activity-throws": "an activity throws before it does anything",
  "activity-hangs": "an activity never ends, until somebody kills its worker",
  "activity-slow": "an activity takes longer than its lease",
  "activity-fails-after-effect": "an activity does its work and then throws",
  "cache-evicted": "a worker forgets the orchestrations that it keeps in memory",
  "clock-jump": "a clock is set: the hub's forward, or a worker's own in either direction",
  "client-crash": "a client dies between a request and its answer, comes back and sends the request again",
  "work-poisoned": "whoever takes up one instance or activity dies, until the engine sets it aside",
} as const;

/** The name of a class of fault. */
export type FaultClass = keyof typeof FAULT_CLASSES;

/** The names of all classes of fault, in a fixed order. */
export const FAULT_NAMES = Object.keys(FAULT_CLASSES) as readonly FaultClass[];

/** A scenario's say: `false` leaves a class out, a number fixes its rate, `true` lets it vary. */
export type FaultSettings = Readonly<Partial<Record<FaultClass, boolean | number>>>;

/** Takes part only where a scenario asks for it: it breaks what the poison limit otherwise guarantees. */
const OFF_UNLESS_ASKED: ReadonlySet<FaultClass> = new Set<FaultClass>(["work-poisoned"]);

/** What a scenario says of a class, spoken or not. */
export function settingOf(settings: FaultSettings, fault: FaultClass): boolean | number {
  return settings[fault] ?? !OFF_UNLESS_ASKED.has(fault);
}

/** How likely each class is at each point where it can happen, from 0 to 1. Advises random search only. */
export interface FaultRates {
  rateOf(fault: FaultClass, step: number): number;
}

/** No advice: for replays. */
export const NO_RATES: FaultRates = { rateOf: () => 0 };

/** The labels of choices that inject faults begin with this. */
export const FAULT_LABEL_PREFIX = "fault in ";

/** A value that tells how bad a fault is once it was drawn (how long, how far) stands under a label with this prefix. */
export const FAULT_DETAIL_PREFIX = "how: ";
