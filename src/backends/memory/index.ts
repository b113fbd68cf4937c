/**
 * `dacapo/memory`: the in-memory backend, and the store beneath it for those who build a simulator on it.
 */
export { memory } from "./memory-backend.ts";
export type { MemoryOptions } from "./memory-backend.ts";
export { MemoryPayloads } from "./memory-payloads.ts";
export { MemoryStore } from "./memory-store.ts";
export type { FetchPolicy } from "./fetch-policy.ts";
export type { PurgePlan } from "./life-plan.ts";
export type { MemoryStoreOptions } from "./memory-store.ts";
export { applyAll } from "./micro-step.ts";
export type { MicroStep, StepName } from "./micro-step.ts";
export type { QueueEntry } from "./control-queue.ts";
export type { ArchivedHistory, DiscardReason, HeldLock, StoreListener } from "./store-state.ts";
export type { ActivityView, InstanceView, LockView } from "./store-views.ts";
