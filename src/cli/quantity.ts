/**
 * Numbers and lengths of time in words.
 *
 * Invariant: the same on every machine, whatever its language.
 */

const NUMBERS = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

/** Writes a whole number with its thousands apart: `12,345`. */
export function formatNumber(value: number): string {
  return NUMBERS.format(value);
}

/** Writes a count with its noun: `1 run`, `1,000 runs`. */
export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(value)} ${value === 1 ? singular : plural}`;
}

const SECOND = ["second", 1000] as const;

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ["year", 365.25 * 24 * 60 * 60 * 1000],
  ["day", 24 * 60 * 60 * 1000],
  ["hour", 60 * 60 * 1000],
  ["minute", 60 * 1000],
  SECOND,
];

/** Writes a length of time in the largest unit that it holds twice: `90 minutes`, `3 days`, `3.2 years`. */
export function formatDuration(durationMs: number): string {
  const [name, unitMs] = UNITS.find(([, ms]) => durationMs >= 2 * ms) ?? SECOND;
  const text = TENTHS.format(durationMs / unitMs);
  return `${text} ${name}${text === "1" ? "" : "s"}`;
}
