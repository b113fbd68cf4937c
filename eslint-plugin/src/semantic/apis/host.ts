/**
 * What tells one host from another: its system, its process, its default language and time zone.
 *
 * Invariant: a call that names the language or the zone is not here.
 */
import type { ApiGroup } from "./api-group.ts";

const NAME_LOCALE = 'Name the locale, and the time zone as "UTC".';
const USE_UTC = "Use the UTC form of the method.";

export const HOST_APIS: readonly ApiGroup[] = [
  { hazard: "host", of: ["os"], names: "*" },
  { hazard: "host", of: ["os"], names: "EOL devNull", on: "read" },
  {
    hazard: "host",
    of: [
      "systeminformation",
      "node-os-utils",
      "os-name",
      "os-locale",
      "machine-uuid",
      "node-machine-id",
      "macaddress",
      "ip",
      "public-ip",
      "internal-ip",
      "address",
      "username",
      "getos",
      "is-docker",
      "is-wsl",
      "is-ci",
      "ci-info",
      "detect-libc",
      "pidusage",
      "v8",
      "env-paths",
      "app-root-path",
      "pkg-dir",
    ],
    names: "*",
  },
  // These compute on an address that they are given.
  {
    hazard: "none",
    of: ["ip"],
    names: "toBuffer toString fromPrefixLen mask cidr subnet cidrSubnet not or isEqual toLong fromLong",
  },
  { hazard: "none", of: ["v8"], names: "serialize deserialize Serializer.* Deserializer.*" },
  {
    hazard: "host",
    of: [""],
    names:
      "process.cwd process.memoryUsage process.memoryUsage.rss process.cpuUsage process.resourceUsage " +
      "process.getuid process.getgid process.geteuid process.getegid process.getgroups process.umask " +
      "process.constrainedMemory process.availableMemory process.getActiveResourcesInfo process.threadCpuUsage " +
      "Deno.hostname Deno.osRelease Deno.memoryUsage Deno.cwd navigator.* performance.measureUserAgentSpecificMemory",
  },
  {
    hazard: "host",
    of: [""],
    names:
      "process.pid process.ppid process.argv process.argv0 process.execArgv process.execPath process.platform " +
      "process.arch process.version process.versions process.title process.exitCode process.release " +
      "process.report process.config process.connected process.debugPort process.features navigator location " +
      "performance.memory require.main",
    on: "read",
  },
  { hazard: "host", of: ["util"], names: "parseArgs", atMost: 0 },
  // What a path is relative to, and where code stands.
  {
    hazard: "host",
    of: ["path"],
    names: "resolve posix.resolve win32.resolve",
    instead: "Join the parts with path.join(), or name the folder in the input.",
  },
  {
    hazard: "host",
    of: [""],
    names: "Error#stack TypeError#stack RangeError#stack Error().stack",
    on: "read",
    instead: "Use the error's message.",
  },
  { hazard: "host", of: ["yargs"], names: "*", makes: ". option options command usage" },
  {
    hazard: "host",
    of: ["worker_threads", "cluster"],
    names: "isMainThread threadId workerData isPrimary isMaster isWorker",
    on: "read",
  },

  // The default time zone.
  {
    hazard: "host",
    of: [""],
    names:
      "Date#getHours Date#getDate Date#getDay Date#getMonth Date#getFullYear Date#getYear Date#getTimezoneOffset " +
      "Date#toString Date#toDateString Date#toTimeString",
    on: "call",
    instead: USE_UTC,
  },
  { hazard: "host", of: ["moment", "moment-timezone", "dayjs"], names: "tz.guess" },
  { hazard: "host", of: ["luxon"], names: "SystemZone.instance LocalZone.instance Info.features" },

  // The default language.
  {
    hazard: "host",
    of: [""],
    names: "*#toLocaleString *#toLocaleDateString *#toLocaleTimeString *#toLocaleLowerCase *#toLocaleUpperCase",
    on: "call",
    atMost: 0,
    instead: NAME_LOCALE,
  },
  {
    hazard: "host",
    of: [""],
    names: "*#localeCompare",
    on: "call",
    atMost: 1,
    instead: "Compare with < or name the locale.",
  },
  {
    hazard: "host",
    of: [""],
    names:
      "Intl.DateTimeFormat Intl.NumberFormat Intl.Collator Intl.PluralRules Intl.RelativeTimeFormat Intl.ListFormat " +
      "Intl.Segmenter Intl.DurationFormat",
    atMost: 0,
    makes: "DateTimeFormat NumberFormat",
    instead: NAME_LOCALE,
  },
  {
    hazard: "host",
    of: [""],
    names:
      "Intl.DateTimeFormat#resolvedOptions Intl.DateTimeFormat().resolvedOptions " +
      "Intl.NumberFormat#resolvedOptions Intl.NumberFormat().resolvedOptions",
    on: "call",
  },
];
