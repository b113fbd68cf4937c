/**
 * What writes a log, a metric or a span: a replay would write it again.
 *
 * Invariant: the context's own loggers are not here; the rule knows them by the context.
 */
import type { ApiGroup } from "./api-group.ts";

export const LOG_APIS: readonly ApiGroup[] = [
  { hazard: "log", of: [""], names: "console.*" },
  {
    hazard: "log",
    of: [
      "winston",
      "pino",
      "bunyan",
      "log4js",
      "loglevel",
      "signale",
      "consola",
      "tslog",
      "roarr",
      "npmlog",
      "debug",
      "diagnostics",
      "loglevelnext",
      "fancy-log",
      "tracer",
      "morgan",
      "electron-log",
      "js-logger",
      "ts-log-debug",
      "@tsed/logger",
      "@google-cloud/logging",
      "@azure/logger",
      "@google-cloud/logging-winston",
      "@aws-lambda-powertools/logger",
      "@aws-lambda-powertools/metrics",
      "@aws-lambda-powertools/tracer",
      "lambda-log",
      "simple-node-logger",
      "node-color-log",
      "@logtail/node",
      "logzio-nodejs",
      "logdna",
      "gelf-pro",
    ],
    names: "*",
    makes:
      ". child createLogger getLogger create extend withTag withScope scope get add getSubLogger createClientLogger for",
  },
  { hazard: "none", of: ["winston"], names: "format.* transports.* addColors" },
  { hazard: "none", of: ["pino"], names: "stdSerializers.* stdTimeFunctions.*" },
  { hazard: "none", of: ["debug"], names: "enabled" },
  {
    hazard: "log",
    of: [
      "applicationinsights",
      "@microsoft/applicationinsights-web",
      "@sentry/*",
      "newrelic",
      "dd-trace",
      "hot-shots",
      "node-statsd",
      "statsd-client",
      "elastic-apm-node",
      "@elastic/ecs-pino-format",
      "prom-client",
      "rollbar",
      "@bugsnag/js",
      "@honeycombio/opentelemetry-node",
      "mixpanel",
      "posthog-node",
      "@amplitude/node",
    ],
    names: "*",
    makes: "setup setAutoCollectConsole init start labels startTimer",
  },
  {
    hazard: "log",
    of: ["@opentelemetry/api"],
    names:
      "*#startSpan *#startActiveSpan Span#addEvent Span#setAttribute Span#setAttributes Span#setStatus Span#recordException Span#end " +
      "Counter#add UpDownCounter#add Histogram#record Gauge#record diag.*",
  },
  { hazard: "log", of: ["@opentelemetry/api-logs"], names: "*#emit" },
];
