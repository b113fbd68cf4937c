/**
 * All planted bugs, in the order of their groups.
 */
import { agreement } from "./catalogue/agreement.ts";
import { clocks } from "./catalogue/clocks.ts";
import { commit } from "./catalogue/commit.ts";
import { continueAsNew } from "./catalogue/continue-as-new.ts";
import { entities } from "./catalogue/entities.ts";
import { families } from "./catalogue/families.ts";
import { keeping } from "./catalogue/keeping.ts";
import { lease } from "./catalogue/lease.ts";
import { locks } from "./catalogue/locks.ts";
import { management } from "./catalogue/management.ts";
import { own } from "./catalogue/own.ts";
import { partialWrites } from "./catalogue/partial-writes.ts";
import { payloads } from "./catalogue/payloads.ts";
import { queues } from "./catalogue/queues.ts";
import { races } from "./catalogue/races.ts";
import { replay } from "./catalogue/replay.ts";
import { timers } from "./catalogue/timers.ts";
import { versions } from "./catalogue/versions.ts";
import type { Mutant } from "./mutant.ts";

export const catalogue: readonly Mutant[] = [
  ...commit,
  ...lease,
  ...continueAsNew,
  ...races,
  ...timers,
  ...replay,
  ...own,
  ...entities,
  ...locks,
  ...agreement,
  ...families,
  ...management,
  ...queues,
  ...partialWrites,
  ...clocks,
  ...versions,
  ...payloads,
  ...keeping,
];
