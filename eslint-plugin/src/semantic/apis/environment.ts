/**
 * What reads the configuration of the process.
 *
 * Invariant: each depends on where the worker runs, which may be another machine at the next replay.
 */
import type { ApiGroup } from "./api-group.ts";

export const ENVIRONMENT_APIS: readonly ApiGroup[] = [
  { hazard: "environment", of: [""], names: "process.env import.meta.env Bun.env Deno.env", on: "read" },
  { hazard: "environment", of: [""], names: "process.loadEnvFile Deno.env.get Deno.env.toObject Deno.env.has" },
  {
    hazard: "environment",
    of: [
      "config",
      "dotenv",
      "dotenv-defaults",
      "dotenv-expand",
      "dotenv-extended",
      "dotenv-flow",
      "dotenv-safe",
      "dotenv-vault",
      "env-var",
      "env-schema",
      "envalid",
      "convict",
      "nconf",
      "rc",
      "cosmiconfig",
      "getenv",
      "std-env",
      "@t3-oss/env-core",
    ],
    names: "*",
    makes: ". from",
  },
  // Only describes what an environment should hold.
  {
    hazard: "none",
    of: ["envalid"],
    names: "str num bool email host port url json makeValidator makeExactValidator makeStructuredValidator",
  },
  { hazard: "none", of: ["dotenv"], names: "parse" },
];
