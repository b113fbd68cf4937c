/**
 * What reads the clock of the machine.
 *
 * Invariant: calls that are given the moment to work on are not here, or only with too few arguments for one.
 */
import type { ApiGroup } from "./api-group.ts";

/** With only one moment, these of date-fns compare with the present; in its curried form they wait for the other. */
const DIFFERENCES =
  "differenceInBusinessDays differenceInCalendarDays differenceInCalendarISOWeeks differenceInCalendarMonths " +
  "differenceInCalendarQuarters differenceInCalendarWeeks differenceInCalendarYears differenceInDays " +
  "differenceInHours differenceInISOWeekYears differenceInMilliseconds differenceInMinutes differenceInMonths " +
  "differenceInQuarters differenceInSeconds differenceInWeeks differenceInYears";

export const CLOCK_APIS: readonly ApiGroup[] = [
  // Called as a function, Date ignores its arguments and gives the present as text.
  { hazard: "clock", of: [""], names: "Date", on: "call" },
  { hazard: "clock", of: [""], names: "Date", on: "new", atMost: 0 },
  { hazard: "clock", of: [""], names: "Date.now", on: "call" },
  {
    hazard: "clock",
    of: [""],
    names: "Intl.DateTimeFormat#format Intl.DateTimeFormat().format",
    on: "call",
    atMost: 0,
  },
  {
    hazard: "clock",
    of: [""],
    names: "Intl.DateTimeFormat#formatToParts Intl.DateTimeFormat().formatToParts",
    on: "call",
    atMost: 0,
  },
  {
    hazard: "clock",
    of: [""],
    names: "performance.now performance.mark performance.measure performance.timerify performance.eventLoopUtilization",
    on: "call",
  },
  { hazard: "clock", of: [""], names: "performance.timeOrigin", on: "read" },
  { hazard: "clock", of: [""], names: "process.hrtime process.hrtime.bigint process.uptime", on: "call" },
  { hazard: "clock", of: ["", "@js-temporal/polyfill", "temporal-polyfill"], names: "Temporal.Now.*" },

  // Dates from packages.
  { hazard: "clock", of: ["moment", "moment-timezone"], names: ". utc local parseZone", atMost: 0 },
  { hazard: "clock", of: ["moment", "moment-timezone"], names: "now *#fromNow *#toNow" },
  { hazard: "clock", of: ["moment", "moment-timezone"], names: "*#calendar *#isBefore *#isAfter *#isSame", atMost: 0 },
  // With one argument it is the zone: the present there.
  { hazard: "clock", of: ["moment", "moment-timezone"], names: "tz", atMost: 1 },
  { hazard: "clock", of: ["dayjs"], names: ". utc tz", atMost: 0 },
  { hazard: "clock", of: ["dayjs"], names: "*#fromNow *#toNow *#isToday *#isTomorrow *#isYesterday" },
  { hazard: "clock", of: ["dayjs"], names: "*#calendar *#isBefore *#isAfter *#isSame", atMost: 0 },
  { hazard: "clock", of: ["luxon"], names: "DateTime.now Settings.now *#diffNow" },
  { hazard: "clock", of: ["luxon"], names: "DateTime.local DateTime.utc *#toRelative *#toRelativeCalendar", atMost: 0 },
  {
    hazard: "clock",
    of: ["date-fns"],
    names:
      "isToday isYesterday isTomorrow isPast isFuture isThisHour isThisISOWeek isThisMinute isThisMonth " +
      "isThisQuarter isThisSecond isThisWeek isThisYear startOfToday startOfTomorrow startOfYesterday endOfToday " +
      "endOfTomorrow endOfYesterday constructNow formatDistanceToNow formatDistanceToNowStrict " +
      "formatDistanceToNowWithOptions formatDistanceToNowStrictWithOptions distanceInWordsToNow",
  },
  {
    hazard: "clock",
    of: ["date-fns"],
    names: DIFFERENCES,
    atMost: 1,
  },
  { hazard: "none", of: ["date-fns/fp"], names: DIFFERENCES },
  {
    hazard: "clock",
    of: ["@js-joda/core"],
    names:
      "Instant.now LocalDate.now LocalTime.now LocalDateTime.now ZonedDateTime.now OffsetDateTime.now OffsetTime.now " +
      "Year.now YearMonth.now MonthDay.now Clock#instant Clock#millis",
  },
  { hazard: "clock", of: ["@internationalized/date"], names: "now today isToday" },
  { hazard: "clock", of: ["spacetime"], names: ".", atMost: 0 },
  { hazard: "clock", of: ["spacetime"], names: "now today tomorrow yesterday" },
  { hazard: "clock", of: ["timeago.js"], names: "format", atMost: 2 },
  { hazard: "clock", of: ["performance-now", "microtime", "nano-time", "right-now"], names: "*" },

  // Schedules count from now unless they are told from when.
  { hazard: "clock", of: ["cron-parser"], names: "parseExpression CronExpressionParser.parse", atMost: 1 },
  { hazard: "clock", of: ["croner"], names: "*#nextRun *#msToNext", atMost: 0 },
  { hazard: "clock", of: ["croner"], names: "*#nextRuns", atMost: 1 },
  { hazard: "clock", of: ["cron"], names: "*#nextDate *#nextDates sendAt timeout" },

  // Tokens carry when they were made, and are checked against the present.
  { hazard: "clock", of: ["jsonwebtoken"], names: "sign verify", instead: "Make and check tokens in an activity." },
  {
    hazard: "clock",
    of: ["jose"],
    names: "jwtVerify jwtDecrypt SignJWT#setIssuedAt EncryptJWT#setIssuedAt UnsecuredJWT.decode",
    instead: "Make and check tokens in an activity.",
  },
  {
    hazard: "clock",
    of: ["otplib", "speakeasy", "notp"],
    names: "authenticator.* totp.*",
    instead: "Make and check one-time passwords in an activity.",
  },
];
