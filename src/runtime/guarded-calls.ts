/**
 * The calls that the determinism guard watches, as data: where each function is, when a call of it is a leak, and
 * what an orchestrator uses instead.
 *
 * Invariant: a call that gives the same answer on every machine and at every time is never listed, or `isLeak` lets
 * it through: `new Date(ms)`, `Date.UTC`, `localeCompare(b, "en")`.
 */
import type { Hazard } from "./guarded-region.ts";

/** One way of calling one function. */
export interface GuardedCall {
  /** The object that has the function: a path from the global object, or the exports of a `node:` module. */
  readonly owner: string;
  readonly key: string;
  /** The call as one would write it. */
  readonly call: string;
  readonly hazard: Hazard;
  readonly replacement: string;
  /** Tells leaks from other calls of the function; every call is one unless given. */
  readonly isLeak?: (invocation: Invocation) => boolean;
}

/** How a function is called. */
export interface Invocation {
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** True for `new f()`. */
  readonly isNew: boolean;
}

const NOW = "ctx.currentUtcDateTime";
const RANDOM = "ctx.random()";
const GUID = "ctx.newGuid()";
const BYTES = "ctx.random() or ctx.newGuid(), or an activity where it must be secret";
const TIMER = "ctx.createTimer(), and wait for its task";

const clocks: readonly GuardedCall[] = [
  {
    ...{ owner: "globalThis", key: "Date", call: "Date()", hazard: "clock", replacement: NOW },
    isLeak: ({ isNew }) => !isNew,
  },
  {
    ...{ owner: "globalThis", key: "Date", call: "new Date()", hazard: "clock", replacement: NOW },
    isLeak: ({ isNew, args }) => isNew && args.length === 0,
  },
  { owner: "Date", key: "now", call: "Date.now()", hazard: "clock", replacement: NOW },
  { owner: "performance", key: "now", call: "performance.now()", hazard: "clock", replacement: NOW },
  { owner: "process.hrtime", key: "bigint", call: "process.hrtime.bigint()", hazard: "clock", replacement: NOW },
  { owner: "process", key: "hrtime", call: "process.hrtime()", hazard: "clock", replacement: NOW },
  { owner: "process", key: "uptime", call: "process.uptime()", hazard: "clock", replacement: NOW },
];

const chances: readonly GuardedCall[] = [
  { owner: "Math", key: "random", call: "Math.random()", hazard: "chance", replacement: RANDOM },
  ...[
    ["randomUUID", GUID],
    ["getRandomValues", BYTES],
  ].map(([key, replacement]) => chance("crypto", key, replacement)),
  ...[
    ["randomUUID", GUID],
    ["randomBytes", BYTES],
    ["randomFill", BYTES],
    ["randomFillSync", BYTES],
    ["randomInt", RANDOM],
    ["getRandomValues", BYTES],
  ].map(([key, replacement]) => chance("node:crypto", key, replacement)),
];

function chance(owner: string, key = "", replacement = ""): GuardedCall {
  return { owner, key, call: `crypto.${key}()`, hazard: "chance", replacement };
}

const timers: readonly GuardedCall[] = [
  ...["globalThis", "node:timers"].flatMap((owner) =>
    ["setTimeout", "setInterval", "setImmediate"].map((key) => timer(owner, key, `${key}()`)),
  ),
  ...["setTimeout", "setInterval", "setImmediate"].map((key) =>
    timer("node:timers/promises", key, `${key}() of node:timers/promises`),
  ),
  timer("node:timers/promises.scheduler", "wait", "scheduler.wait()"),
  timer("AbortSignal", "timeout", "AbortSignal.timeout()"),
];

function timer(owner: string, key: string, call: string): GuardedCall {
  return { owner, key, call, hazard: "timer", replacement: TIMER };
}

const network: readonly GuardedCall[] = [
  {
    ...{ owner: "globalThis", key: "fetch", call: "fetch()", hazard: "network" },
    replacement: "ctx.callHttp(), or an activity that fetches",
  },
];

/** Dates as texts in local time; invalid ones read the same everywhere. */
const localDates: readonly GuardedCall[] = ["toString", "toDateString", "toTimeString"].map((key) => ({
  ...zoned(key, "toISOString(), or toLocaleString() with a locale and a time zone"),
  isLeak: ({ self }) => !isInvalidDate(self),
}));

const localParts: readonly GuardedCall[] = [
  ...["Hours", "Minutes", "Date", "Day", "Month", "FullYear"].map((part) => zoned(`get${part}`, `getUTC${part}()`)),
  ...["Hours", "Minutes", "Date", "Month", "FullYear"].map((part) => zoned(`set${part}`, `setUTC${part}()`)),
  zoned("getYear", "getUTCFullYear()"),
  zoned("setYear", "setUTCFullYear()"),
  zoned("getTimezoneOffset", "UTC, or a time zone that comes with the input"),
  {
    ...{ owner: "globalThis", key: "Date", call: "new Date(year, month, ...)", hazard: "locale" },
    replacement: "new Date(Date.UTC(year, month, ...))",
    isLeak: ({ isNew, args }) => isNew && args.length > 1,
  },
];

function zoned(key: string, replacement: string): GuardedCall {
  return { owner: "Date.prototype", key, call: `Date.prototype.${key}()`, hazard: "locale", replacement };
}

const locales: readonly GuardedCall[] = [
  {
    ...localized("String.prototype", "localeCompare", 'an explicit locale, such as localeCompare(other, "en")'),
    isLeak: ({ args }) => !isLocale(args[1]),
  },
  ...["toLocaleLowerCase", "toLocaleUpperCase"].map((key) =>
    localized("String.prototype", key, `an explicit locale, such as ${key}("en"), or ${key.replace("Locale", "")}()`),
  ),
  ...["Number.prototype", "BigInt.prototype"].map((owner) =>
    localized(owner, "toLocaleString", 'an explicit locale, such as toLocaleString("en")'),
  ),
  ...["toLocaleString", "toLocaleDateString", "toLocaleTimeString"].map((key) => ({
    ...localized("Date.prototype", key, `an explicit locale and time zone, such as ${key}("en", { timeZone: "UTC" })`),
    call: `Date.prototype.${key}() without a locale and a time zone`,
    isLeak: ({ args: [locale, options] }: Invocation) => !isLocale(locale) || !hasTimeZone(options),
  })),
  {
    ...intl("DateTimeFormat", 'an explicit locale and time zone, such as ("en", { timeZone: "UTC" })'),
    call: "Intl.DateTimeFormat() without a locale and a time zone",
    isLeak: ({ args: [locale, options] }) => !isLocale(locale) || !hasTimeZone(options),
  },
  ...["Collator", "NumberFormat", "PluralRules", "ListFormat", "RelativeTimeFormat", "Segmenter"].map((key) =>
    intl(key, `an explicit locale, such as Intl.${key}("en")`),
  ),
];

function localized(owner: string, key: string, replacement: string): GuardedCall {
  const isLeak = ({ args }: Invocation): boolean => !isLocale(args[0]);
  return { owner, key, call: `${owner}.${key}() without a locale`, hazard: "locale", replacement, isLeak };
}

function intl(key: string, replacement: string): GuardedCall {
  return { ...localized("Intl", key, replacement), call: `Intl.${key}() without a locale` };
}

/** True for a locale, or a list that names one: an empty list means the machine's own. */
function isLocale(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

function hasTimeZone(options: unknown): boolean {
  return typeof options === "object" && options !== null && Reflect.get(options, "timeZone") !== undefined;
}

function isInvalidDate(value: unknown): boolean {
  return value instanceof Date && Number.isNaN(value.getTime());
}

/** A function, and the ways of calling it that are leaks. */
export interface GuardedFunction {
  readonly owner: string;
  readonly key: string;
  readonly calls: readonly GuardedCall[];
}

/** Every guarded function once. */
export const GUARDED_FUNCTIONS: readonly GuardedFunction[] = byFunction(
  [clocks, chances, timers, network, localDates, localParts, locales].flat(),
);

function byFunction(calls: readonly GuardedCall[]): readonly GuardedFunction[] {
  const functions = new Map<string, GuardedFunction & { readonly calls: GuardedCall[] }>();
  for (const call of calls) {
    const { owner, key } = call;
    const known = functions.get(`${owner} ${key}`);
    if (known === undefined) functions.set(`${owner} ${key}`, { owner, key, calls: [call] });
    else known.calls.push(call);
  }
  return [...functions.values()];
}
