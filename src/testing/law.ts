/**
 * Makes the cases of the backend suite: a guarantee, a law, and a play on a stage that shows it.
 *
 * Invariant: refusals are recognised by the error's `code`, so that a backend may load its own copy of the engine.
 */
import assert from "node:assert/strict";
import type { BackendCase, Guarantee } from "./backend-case.ts";
import { Stage } from "./stage.ts";

/** Makes cases of one guarantee. */
export function lawOf(guarantee: Guarantee): (name: string, show: (stage: Stage) => Promise<void>) => BackendCase {
  return (name, show) => ({ guarantee, name, run: (hub) => show(new Stage(hub)) });
}

/** Checks that a call is refused with the error that has this code. */
export async function assertRefused(call: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(call, { code });
}
