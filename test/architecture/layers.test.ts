/**
 * Who may import whom: each row of the matrix in .dependency-cruiser.cjs is violated by a planted file in a
 * temporary tree that mirrors the repository, and dependency-cruiser, with the project's own configuration, must
 * report exactly the rule that the plant is for. Innocent neighbours must stay silent.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesIn, root } from "../tooling/repository.ts";

/** A minimal engine: one file a layer, and the entry points. */
const ground: Readonly<Record<string, string>> = {
  "src/core/core.ts": "export const core = 1; export interface Core { readonly x: 1 }",
  "src/ports/ports.ts": 'import type { Core } from "../core/core.ts"; export type Port = Core;',
  "src/runtime/runtime.ts": 'import { system } from "./system.ts"; export const runtime = system;',
  "src/backends/memory/index.ts": 'export { memory } from "./memory.ts";',
  "src/backends/memory/memory.ts": 'import { core } from "../../core/core.ts"; export const memory = core;',
  "src/backends/sql/sql.ts": "export const sql = 1;",
  "src/backends/sqlite/sqlite.ts": 'import { sql } from "../sql/sql.ts"; export const sqlite = sql;',
  "src/client/client.ts": 'import type { Port } from "../ports/ports.ts"; export const client: Port = { x: 1 };',
  "src/replay/index.ts": 'import { system } from "../runtime/system.ts"; export const replay = system;',
  "src/testing/index.ts":
    'import "node:assert/strict"; import { memory } from "../backends/memory/memory.ts"; void memory;',
  "src/cli/main.ts":
    'import "commander"; import "node:fs"; import { runtime } from "../runtime/runtime.ts"; ' +
    'void runtime; void import("@dacapo/simulator");',
  "src/index.ts": 'export * from "./core/core.ts";',
  "src/backend.ts": 'export type * from "./ports/ports.ts";',
  "simulator/src/index.ts":
    'import type {} from "fast-check"; import "seedrandom"; import "node:url"; import type { Port } from "dacapo/backend"; ' +
    'import { core } from "dacapo"; export const simulator: [typeof core, Port] = [core, { x: 1 }];',
  "simulator/src/fast-check/index.ts": 'import "fast-check"; import { core } from "dacapo"; void core;',
  "simulator/src/vitest/index.ts": 'import "vitest"; import { core } from "dacapo"; void core;',
  "eslint-plugin/src/index.ts": 'import "@typescript-eslint/utils"; export const plugin = 1;',
  // Types in a circle load nothing.
  "src/core/type-circle-a.ts": 'import type { B } from "./type-circle-b.ts"; export interface A { b: B }',
  "src/core/type-circle-b.ts":
    'import { type A } from "./type-circle-a.ts"; export type B = A | import("./type-circle-a.ts").A;',
};

/** Files that a plant needs; the reports about them are not looked at. */
const accomplices: Readonly<Record<string, string>> = {
  "src/runtime/circle-b.ts": 'import { a } from "./circle-a.ts"; export const b = () => a;',
};

const packages = ["commander", "fast-check", "seedrandom", "jiti", "vitest", "left-pad", "@typescript-eslint/utils"];

/** [the file that is planted, its text, the rule that must report it] */
const plants: readonly (readonly [path: string, code: string, rule: string])[] = [
  ["src/core/to-ports.ts", 'import type { Port } from "../ports/ports.ts"; export type P = Port;', "core-imports"],
  ["src/core/to-runtime.ts", 'export { runtime } from "../runtime/runtime.ts";', "core-imports"],
  ["src/core/to-npm.ts", 'import "left-pad";', "core-imports"],
  ["src/core/to-node.ts", 'import type { URL } from "node:url"; export type U = URL;', "core-imports"],
  ["src/core/to-lazy-node.ts", 'export const later = () => import("node:fs");', "core-imports"],
  [
    "src/ports/to-client.ts",
    'import type { client } from "../client/client.ts"; export type C = typeof client;',
    "ports-imports",
  ],
  ["src/ports/to-node.ts", 'import type { URL } from "node:url"; export type U = URL;', "ports-imports"],
  ["src/ports/to-value.ts", 'import { core } from "../core/core.ts"; void core;', "ports-are-types"],
  ["src/runtime/to-client.ts", 'export { client } from "../client/client.ts";', "runtime-imports"],
  ["src/runtime/to-backend.ts", 'export { memory } from "../backends/memory/memory.ts";', "runtime-imports"],
  ["src/runtime/to-node.ts", 'import "node:timers";', "runtime-imports"],
  ["src/runtime/to-npm.ts", 'import "left-pad";', "runtime-imports"],
  [
    "src/runtime/system.ts",
    'import { hrtime } from "node:process"; import "left-pad"; export const system = hrtime;',
    "runtime-system-imports",
  ],
  ["src/runtime/determinism-guard.ts", 'import "node:timers"; import "left-pad";', "runtime-system-imports"],
  ["src/runtime/user-location.ts", 'import "node:url"; import "left-pad";', "runtime-system-imports"],
  [
    "src/runtime/task-hub.ts",
    'import { client } from "../client/client.ts"; import "node:fs"; export const hub = client;',
    "runtime-task-hub-imports",
  ],
  ["src/backends/memory/to-sqlite.ts", 'export { sqlite } from "../sqlite/sqlite.ts";', "backends-imports"],
  ["src/backends/memory/to-runtime.ts", 'export { runtime } from "../../runtime/runtime.ts";', "backends-imports"],
  ["src/backends/memory/to-node.ts", 'import "node:fs";', "backends-imports"],
  ["src/backends/sqlite/load-driver.ts", 'import "node:fs";', "driver-imports"],
  ["src/client/to-runtime.ts", 'type T = import("../runtime/runtime.ts").T; export type U = T;', "client-imports"],
  ["src/client/to-backend.ts", 'export { memory } from "../backends/memory/memory.ts";', "client-imports"],
  ["src/schedules/to-runtime.ts", 'export { runtime } from "../runtime/runtime.ts";', "schedules-imports"],
  ["src/schedules/to-npm.ts", 'import "left-pad";', "schedules-imports"],
  ["src/codec/to-client.ts", 'export { client } from "../client/client.ts";', "codec-imports"],
  ["src/codec/to-crypto.ts", 'import "node:crypto";', "codec-imports"],
  ["src/replay/to-runtime.ts", 'export { runtime } from "../runtime/runtime.ts";', "replay-imports"],
  ["src/replay/to-ports.ts", 'import type { Port } from "../ports/ports.ts"; export type P = Port;', "replay-imports"],
  ["src/testing/to-sqlite.ts", 'export { sqlite } from "../backends/sqlite/sqlite.ts";', "testing-imports"],
  ["src/testing/to-node.ts", 'import "node:fs";', "testing-imports"],
  ["src/testing/to-runtime.ts", 'export { runtime } from "../runtime/runtime.ts";', "testing-imports"],
  ["src/cli/to-npm.ts", 'import "left-pad";', "cli-imports"],
  ["src/novel/to-core.ts", 'export { core } from "../core/core.ts";', "layer-without-a-row"],
  ["src/entry-to-npm.ts", 'export * from "left-pad";', "entry-points-re-export"],
  ["src/entry-to-node.ts", 'export * from "node:url";', "entry-points-re-export"],
  ["src/client/to-entry.ts", 'export { core } from "../index.ts";', "nothing-imports-an-entry-point"],
  ["simulator/src/to-cli.ts", 'export * from "../../src/cli/main.ts";', "nothing-imports-the-cli"],
  ["simulator/src/to-core.ts", 'export { core } from "../../src/core/core.ts";', "simulator-imports"],
  ["simulator/src/to-npm.ts", 'import "left-pad";', "simulator-imports"],
  ["simulator/src/to-vitest.ts", 'import type {} from "vitest";', "simulator-loads-vitest-on-demand"],
  ["simulator/src/to-matchers.ts", 'import "./vitest/index.ts";', "simulator-loads-vitest-on-demand"],
  ["simulator/src/to-fast-check.ts", 'import "fast-check";', "simulator-loads-fast-check-on-demand"],
  ["simulator/src/to-choices.ts", 'import "./fast-check/index.ts";', "simulator-loads-fast-check-on-demand"],
  ["simulator/src/to-plugin.ts", 'export { plugin } from "@dacapo/eslint-plugin";', "simulator-imports"],
  ["simulator/src/to-path.ts", 'export { core } from "../../src/index.ts";', "simulator-imports-packages-by-name"],
  ["eslint-plugin/src/to-engine.ts", 'export { core } from "dacapo";', "eslint-plugin-imports"],
  [
    "eslint-plugin/src/to-path.ts",
    'import type { Core } from "../../src/core/core.ts"; export type C = Core;',
    "eslint-plugin-imports",
  ],
  ["eslint-plugin/src/to-simulator.ts", 'export { simulator } from "@dacapo/simulator";', "eslint-plugin-imports"],
  ["eslint-plugin/src/to-npm.ts", 'import "left-pad";', "eslint-plugin-imports"],
  ["src/client/to-nowhere.ts", 'export { gone } from "./gone.ts";', "resolvable"],
  ["src/runtime/circle-a.ts", 'import { b } from "./circle-b.ts"; export const a = () => b;', "no-cycles"],
];

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

const tree = mkdtempSync(join(tmpdir(), "dacapo-layers-"));
const reported = new Map<string, string[]>();

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), `${text}\n`);
}

/** Runs dependency-cruiser on the tree; its exit code counts violations, so only its report is read. */
function cruise(): Report {
  const cli = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = ["--config", join(root, ".dependency-cruiser.cjs"), "--output-type", "json"];
  const folders = ["src", "simulator/src", "eslint-plugin/src"];
  const output = execFileSync(process.execPath, [cli, ...args, ...folders], {
    cwd: tree,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output) as Report;
}

beforeAll(() => {
  for (const name of ["package.json", "tsconfig.json", "simulator/package.json", "eslint-plugin/package.json"]) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    copyFileSync(join(root, name), join(tree, name));
  }
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: "index.js" }));
    write(`node_modules/${name}/index.js`, "");
  }
  mkdirSync(join(tree, "node_modules/@dacapo"));
  symlinkSync(tree, join(tree, "node_modules/dacapo"));
  symlinkSync(join(tree, "simulator"), join(tree, "node_modules/@dacapo/simulator"));
  symlinkSync(join(tree, "eslint-plugin"), join(tree, "node_modules/@dacapo/eslint-plugin"));
  for (const [path, code] of Object.entries({ ...ground, ...accomplices })) write(path, code);
  for (const [path, code] of plants) write(path, code);
  for (const { from, rule } of cruise().summary.violations) {
    reported.set(from, [...(reported.get(from) ?? []), rule.name]);
  }
});

afterAll(() => rmSync(tree, { recursive: true }));

describe("a forbidden import is reported", () => {
  it.each(plants)("%s: %s by %s", (path, _code, rule) => {
    expect(reported.get(path) ?? []).toContain(rule);
  });
});

describe("an allowed import is not reported", () => {
  it.each(["system", "determinism-guard", "user-location"])(
    "src/runtime/%s.ts: of a node: module, beside its forbidden one of a package",
    (name) => {
      expect(reported.get(`src/runtime/${name}.ts`)).toEqual(["runtime-system-imports"]);
    },
  );

  it("src/runtime/task-hub.ts: of the client, beside its forbidden one of a node: module", () => {
    expect(reported.get("src/runtime/task-hub.ts")).toEqual(["runtime-task-hub-imports"]);
  });

  it.each(Object.keys(ground))("%s", (path) => {
    expect(reported.get(path) ?? []).toEqual([]);
  });
});

describe("the matrix", () => {
  const load = createRequire(import.meta.url);
  const config = load("../../.dependency-cruiser.cjs") as { readonly forbidden: readonly { readonly name: string }[] };
  const rules = config.forbidden.map(({ name }) => name);

  it("has a planted violation of every rule", () => {
    expect([...new Set(plants.map(([, , rule]) => rule))].sort()).toEqual([...rules].sort());
  });

  it("has a row for every folder of src", () => {
    const folders = new Set(filesIn("src").flatMap((path) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []));
    for (const folder of folders) expect(rules).toContain(`${folder}-imports`);
  });
});
