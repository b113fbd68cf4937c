/**
 * As much of the types of the packages that orchestrators import as the cases of rules need.
 *
 * Invariant: shapes only, as in the packages' own declarations. Used by `typed-rule-tester.ts`.
 */

const DACAPO = `
export interface Task<T> extends PromiseLike<T> {
  readonly isCompleted: boolean;
  readonly result: T;
  [Symbol.iterator](): Iterator<unknown, T, unknown>;
}
export interface OrchestrationContext {
  readonly instanceId: string;
  readonly currentUtcDateTime: Date;
  readonly isReplaying: boolean;
  readonly log: { info(text: string): void };
  newGuid(): string;
  random(): number;
  callActivity<I, O>(activity: Activity<I, O> | string, input?: I): Task<O>;
  callSubOrchestrator<O>(name: string, input?: unknown): Task<O>;
  createTimer(at: Date | { readonly milliseconds?: number; readonly hours?: number }): Task<void>;
  waitForExternalEvent<T>(name: string): Task<T>;
  continueAsNew(input: unknown): void;
}
export interface Activity<I, O> { readonly name: string; readonly types?: (input: I) => O }
export interface Orchestrator<I, O> { readonly name: string; readonly types?: (input: I) => O }
export declare function orchestrator<I, O>(name: string, fn: (ctx: OrchestrationContext, input: I) => O): Orchestrator<I, O>;
export declare function activity<I, O>(name: string, fn: (ctx: object, input: I) => O): Activity<I, O>;
export declare function whenAll<T>(tasks: readonly Task<T>[]): Task<T[]>;
export declare function whenAny<T>(tasks: readonly Task<T>[]): Task<Task<T>>;
`;

const DURABLE_FUNCTIONS = `
export interface Task { readonly isCompleted: boolean; readonly result?: unknown }
export interface DurableOrchestrationContext {
  readonly currentUtcDateTime: Date;
  readonly isReplaying: boolean;
  readonly Task: { all(tasks: Task[]): Task; any(tasks: Task[]): Task };
  callActivity(name: string, input?: unknown): Task;
  createTimer(at: Date): Task & { cancel(): void };
  getInput<T>(): T;
  newGuid(instance: string): string;
}
export interface OrchestrationContext { readonly df: DurableOrchestrationContext; log(...args: unknown[]): void }
export type OrchestrationHandler = (context: OrchestrationContext) => Generator<Task, unknown, any>;
export type ActivityHandler = (input: any, context: object) => unknown;
export declare namespace app {
  function orchestration(name: string, handler: OrchestrationHandler | { readonly handler: OrchestrationHandler }): unknown;
  function activity(name: string, options: { readonly handler: ActivityHandler }): unknown;
}
export declare function orchestrator(fn: OrchestrationHandler): unknown;
`;

const DURABLETASK = `
export interface Task<T> { getResult(): T }
export declare abstract class OrchestrationContext {
  abstract get currentUtcDateTime(): Date;
  abstract get isReplaying(): boolean;
  abstract callActivity<I, O>(activity: string | ((ctx: object, input: I) => O), input?: I): Task<O>;
  abstract createTimer(at: Date | number): Task<void>;
}
export type TOrchestrator = (context: OrchestrationContext, input: any) => any;
export declare class TaskHubGrpcWorker {
  addOrchestrator(fn: TOrchestrator): string;
  addNamedOrchestrator(name: string, fn: TOrchestrator): string;
  addActivity(fn: (ctx: object, input: any) => unknown): string;
}
`;

const manifest = (name: string) => JSON.stringify({ name, version: "1.0.0", types: "index.d.ts" });

/** Files below `node_modules`, by their paths. */
export const PACKAGES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    dacapo: DACAPO,
    "durable-functions": DURABLE_FUNCTIONS,
    "@microsoft/durabletask-js": DURABLETASK,
  }).flatMap(([name, types]) => [
    [`node_modules/${name}/package.json`, manifest(name)],
    [`node_modules/${name}/index.d.ts`, types],
  ]),
);
