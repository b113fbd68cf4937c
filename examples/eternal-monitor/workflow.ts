/**
 * A monitor that runs for ever: it looks at a site every five minutes and alerts when it has changed, until somebody sends
 * the event "Stop" or its last day has come. Each round continues as new, so its history stays short however long
 * it runs; what the next round has to know is its input.
 */
import { activity, orchestrator, TaskFailedError, whenAny } from "dacapo";

export interface Alert {
  /** The same in every attempt to send it: whoever receives alerts can tell a repeated one by it. */
  readonly number: number;
  readonly from: string;
  readonly to: string;
}

export interface Watch {
  readonly site: string;
  /** When the monitor ends: an ISO date. */
  readonly until: string;
  /** What the site was like in the last round. */
  readonly last: string;
  /** How many alerts were sent. */
  readonly alerts: number;
  /** An alert that could not be sent yet. */
  readonly unsent?: Alert;
}

export const readStatus = activity("readStatus", (_ctx, site: string) => `${site} is up`);

export const sendAlert = activity("sendAlert", (ctx, alert: Alert) => {
  ctx.log.warn({ alert }, "The site has changed.");
});

const retry = { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 10 } };

export const monitor = orchestrator("monitor", function* (ctx, watch: Watch) {
  let { last, alerts, unsent } = watch;
  try {
    // What is still to be told comes first, or a change back would be told before the change.
    if (unsent === undefined) {
      const status = yield* ctx.callActivity(readStatus, watch.site, { retry });
      if (status !== last) unsent = { number: alerts + 1, from: last, to: status };
    }
    if (unsent !== undefined) {
      yield* ctx.callActivity(sendAlert, unsent, { retry });
      [last, alerts, unsent] = [unsent.to, unsent.number, undefined];
    }
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error;
    ctx.log.warn("Not this time; the next round tries again.");
  }

  const stop = ctx.waitForExternalEvent("Stop");
  const pause = ctx.createTimer({ minutes: 5 });
  const winner = yield* whenAny([stop, pause]);
  if (winner === stop) pause.cancel();
  const isOver = winner === stop || ctx.currentUtcDateTime >= new Date(watch.until);
  if (isOver) return { last, alerts, unsent };

  ctx.continueAsNew({ ...watch, last, alerts, unsent });
  return undefined;
});
