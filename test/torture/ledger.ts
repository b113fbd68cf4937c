/**
 * A worker's way to the ledger.
 */
import { connect } from "node:net";
import { createInterface } from "node:readline";
import type { Append, Effect } from "./program.ts";

export interface LedgerRequest {
  readonly id: number;
  readonly effect: Effect;
}

/** One line of the ledger's file: somebody asked for this effect; the first of a key is the effect. */
export interface LedgerLine extends Effect {
  readonly isFirst: boolean;
}

/** Connects to the ledger; effects resolve when it has written them. */
export function ledgerAt(port: number): Append {
  const socket = connect(port, "127.0.0.1");
  const waiting = new Map<number, () => void>();
  let ids = 0;
  createInterface({ input: socket }).on("line", (line) => {
    waiting.get(Number(line))?.();
    waiting.delete(Number(line));
  });
  return (effect) =>
    new Promise((resolve) => {
      const request: LedgerRequest = { id: ++ids, effect };
      waiting.set(request.id, resolve);
      socket.write(`${JSON.stringify(request)}\n`);
    });
}
