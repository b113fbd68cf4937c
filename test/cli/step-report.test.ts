/** The laws of what `dacapo fuzz --replay TOKEN --step N` prints. */
import { describe, expect, it } from "vitest";
import { stepReport } from "../../src/cli/step-report.ts";
import { styleFor } from "../../src/cli/style.ts";
import { shown } from "./fake-simulator.ts";

const style = styleFor(false);

describe("the report of a step", () => {
  it("shows everything that there is, in a fixed order", () => {
    expect(stepReport(shown, 12, style)).toBe(`purchase approval, step 12 of 31, 2026-01-02T00:00:00.000Z
This step: worker A: completeOrchestration
Next step: worker B: fetchActivities

Instances
  approvePurchase "order-17": Running
    input: {"id":"order-17"}
    custom status: "waiting"
    waits for: chargeCard (task 4), which runs on worker A; timer 2, due 2026-01-04T00:00:00.000Z
    history:
       1. 2026-01-01T00:00:00.000Z a turn begins
      10. 2026-01-02T00:00:00.000Z calls chargeCard("order-17") as task 4
    queue:
      timer 2 fires, hidden until 2026-01-04T00:00:00.000Z
      the event "Approval" with true
  approvePurchase "order-18": Failed
    error: "RangeError: too much"
    history: empty
    queue: empty

Activities
  chargeCard (task 4) for "order-17": runs on worker A, attempt 2, handed out 3 times

Leases
  worker A on activity "order-17:4" until 2026-01-02T00:00:30.000Z, token 7

Ledgers
  charges: 1 entry
    {"order":"order-17"}
  refunds: 0 entries

Workers
  worker A: running, life 2
  worker B: crashed, comes back at 2026-01-02T00:02:00.000Z

Clients
  client 1: ended, RangeError: no
`);
  });

  it("says what is not there, and what has failed", () => {
    const { operation: _operation, ...state } = { ...shown.state, instances: [], leases: [], ledgers: {} };
    const { next: _next, ...rest } = shown;
    const report = stepReport({ ...rest, state, failure: "it does not hold" }, 12, style);
    expect(report).toContain("Nothing has been carried out yet.\nIt is the last step.\nFAILED: it does not hold\n");
    for (const title of ["Instances", "Leases", "Ledgers"]) expect(report).toContain(`\n${title}\n  none\n`);
  });

  it("begins with a word about a step that the run does not have", () => {
    expect(stepReport(shown, 32, style)).toMatch(/^There is no step 32: the run has 31 steps\. This is its end\.\n/);
    expect(stepReport(shown, 31, style)).not.toContain("There is no step");
  });
});
