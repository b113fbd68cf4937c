/**
 * What `dacapo doctor` prints: for people, and as the object of `--json`.
 */
import type { Diagnosis, Holder, Lease, Queue, SchemaVersion, Stuck } from "../backends/sql/diagnosis.ts";
import { count, formatDuration, formatNumber } from "./quantity.ts";
import type { Style } from "./style.ts";

/** Of what is listed, no more lines are shown to people. */
const LINES_MAX = 20;

/** @param store what people may see of where the hub is kept */
export function diagnosisReport(store: string, diagnosis: Diagnosis, style: Style): string {
  const { now, instances, leases, leaseCount, workers, queues, stuck, stuckCount } = diagnosis;
  const ofKind = (kind: string): string => {
    const counts = instances.filter((each) => each.kind === kind);
    return counts.length === 0 ? "none" : counts.map((each) => `${formatNumber(each.count)} ${each.status}`).join(", ");
  };
  const next = queues.nextDueAt === undefined ? "" : `, the next is due at ${time(queues.nextDueAt)}`;
  const lines = [
    `${style.strong(store)}: ${schemaWords(diagnosis.schema)}`,
    `Orchestrations: ${ofKind("orchestration")}`,
    `Entities: ${ofKind("entity")}`,
    `Ready: ${queued(queues.orchestrations, "instance", now)}; ${queued(queues.activities, "activity", now)}`,
    `Waiting: ${count(queues.messages, "message")}; ${formatNumber(queues.scheduled)} for later${next}`,
    `Leases: ${leasesWords(diagnosis)}`,
    ...workers.slice(0, LINES_MAX).map((worker) => `  ${holderLine(worker)}`),
    ...listed(
      leases.map((lease) => `  ${leaseLine(lease, now)}`),
      leaseCount,
    ),
    stuckCount === 0 ? style.good("Nothing is stuck.") : style.bad(`Stuck: ${formatNumber(stuckCount)}`),
    ...listed(
      stuck.map((each) => `  ${stuckLine(each, now)}`),
      stuckCount,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** Times are ISO texts. */
export function diagnosisObject(store: string, diagnosis: Diagnosis): object {
  const { schema, now, instances, leases, leaseCount, expiredCount, workers, queues, stuck, stuckCount } = diagnosis;
  const { nextDueAt } = queues;
  const queue = ({ ready, oldestSince }: Queue): object => ({
    ready,
    ...(oldestSince === undefined ? {} : { oldestSince: time(oldestSince) }),
  });
  return {
    store,
    schema,
    time: time(now),
    instances,
    leaseCount,
    expiredCount,
    workers,
    leases: leases.map((lease) => ({ ...lease, until: time(lease.until), isExpired: lease.until <= now })),
    queues: {
      orchestrations: queue(queues.orchestrations),
      activities: queue(queues.activities),
      messages: queues.messages,
      scheduled: queues.scheduled,
      ...(nextDueAt === undefined ? {} : { nextDueAt: time(nextDueAt) }),
    },
    stuckCount,
    stuck: stuck.map((each) => ({ ...each, since: time(each.since) })),
  };
}

function schemaWords({ version, current }: SchemaVersion): string {
  const found = `tables of version ${version}`;
  if (version === current) return `${found}, which is this one's`;
  return `${found}; the next process of this version that opens the hub brings them to ${current}`;
}

function leasesWords({ leaseCount, expiredCount }: Diagnosis): string {
  if (leaseCount === 0) return "none";
  const held = `${formatNumber(leaseCount - expiredCount)} held`;
  return expiredCount === 0 ? held : `${held}, ${formatNumber(expiredCount)} expired`;
}

function holderLine({ worker, held, expired }: Holder): string {
  const over = expired === 0 ? "" : `, ${formatNumber(expired)} expired`;
  return `worker ${worker}: ${formatNumber(held)} held${over}`;
}

function queued({ ready, oldestSince }: Queue, singular: "instance" | "activity", now: number): string {
  const counted = count(ready, singular, singular === "activity" ? "activities" : "instances");
  return oldestSince === undefined ? counted : `${counted}, the oldest for ${formatDuration(now - oldestSince)}`;
}

function leaseLine(lease: Lease, now: number): string {
  const end = lease.until <= now ? `ended at ${time(lease.until)}` : `until ${time(lease.until)}`;
  return `${named(lease)}: worker ${lease.worker}, ${end}`;
}

function stuckLine(stuck: Stuck, now: number): string {
  const { reason, since, deliveryCount } = stuck;
  const ago = formatDuration(Math.max(0, now - since));
  switch (reason) {
    case "lease-expired":
      return `${named(stuck)}: its lease ended ${ago} ago, and no worker took over. Does one run?`;
    case "delivered-often":
      return `${named(stuck)}: handed out ${deliveryCount} times without a result. Does it crash its worker?`;
    case "not-taken":
      return `${named(stuck)}: ready for ${ago}, and no worker took it. Does one run it?`;
  }
}

function named({ kind, instanceId, activity }: Pick<Lease, "kind" | "instanceId" | "activity">): string {
  return activity === undefined ? `${kind} ${instanceId}` : `activity ${activity} of ${instanceId}`;
}

function listed(lines: readonly string[], all: number): readonly string[] {
  if (lines.length <= LINES_MAX) return lines;
  return [...lines.slice(0, LINES_MAX), `  and ${formatNumber(all - LINES_MAX)} more`];
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
