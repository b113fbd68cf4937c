/**
 * `Retry-After`: when a server wants to be asked again.
 *
 * Invariant: a function of the header and the turn's time. Dates are read by the grammar of HTTP alone, never by the
 * platform, which would read others by the machine's time zone. Source: RFC 9110, sections 5.6.7 and 10.2.3.
 */
import { HTTP_POLL_INTERVAL_MS, TIME_MS_MAX } from "./limits.ts";

/**
 * When to ask again, in milliseconds since the epoch: at the date, or after the seconds, that the header names; after
 * 30 seconds where it is missing or cannot be read. A date that has passed means at once.
 */
export function askAgainAt(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? "";
  const at = /^\d+$/u.test(text) ? nowMs + Number(text) * 1000 : parseHttpDate(text, nowMs);
  if (at === undefined || at > TIME_MS_MAX) return nowMs + HTTP_POLL_INTERVAL_MS;
  return Math.max(nowMs, at);
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** The form that is sent, and the two that are only to be understood. */
const FORMS = [
  /^[a-z]{3}, (?<day>\d\d) (?<month>[a-z]{3}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) gmt$/iu,
  /^[a-z]{6,9}, (?<day>\d\d)-(?<month>[a-z]{3})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) gmt$/iu,
  /^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/iu,
] as const;

const YEARS_AHEAD_MAX = 50;

/** A date of HTTP, in milliseconds since the epoch; `nowMs` tells the century where the text does not. */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  const parts = FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return undefined;
  const month = MONTHS.indexOf((parts["month"] ?? "").toLowerCase());
  const day = Number(parts["day"]);
  const [hours = 0, minutes = 0, seconds = 0] = (parts["time"] ?? "").split(":").map(Number);
  // A leap second is the one after, as far as clocks go.
  if (month < 0 || day < 1 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const year = fullYear(parts["year"] ?? "", nowMs);
  // Of years before 100, `Date.UTC` would make others.
  const atMidnight = new Date(0).setUTCFullYear(year, month, day);
  if (new Date(atMidnight).getUTCDate() !== day) return undefined;
  return atMidnight + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** A year of two digits lies at most fifty years ahead. */
function fullYear(digits: string, nowMs: number): number {
  if (digits.length === 4) return Number(digits);
  const current = new Date(nowMs).getUTCFullYear();
  const year = current - (current % 100) + Number(digits);
  return year > current + YEARS_AHEAD_MAX ? year - 100 : year;
}
