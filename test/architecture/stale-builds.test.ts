/**
 * What is built and stays: exactly what the compiler left, of the sources that are there. The script that removes the rest
 * runs in a temporary tree that mirrors the repository.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root } from "../tooling/repository.ts";

const script = ".ci/remove-stale-builds.mjs";
const packages = [".", "simulator", "eslint-plugin"];
const outputs = ["index", "core/turn"].flatMap((name) =>
  [".js", ".js.map", ".d.ts", ".d.ts.map"].map((ending) => `dist/${name}${ending}`),
);

let tree: string;

/** Writes a file as it was written at a time, in seconds. */
function write(path: string, time: number): void {
  const at = join(tree, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, "");
  utimesSync(at, time, time);
}

/** Runs the script, and says which packages have something built after it, and the compiler's record of it. */
function kept(): readonly string[] {
  execFileSync(process.execPath, [join(tree, script)]);
  const left = packages.filter((name) => existsSync(join(tree, name, "dist")));
  expect(packages.filter((name) => existsSync(join(tree, name, "tsconfig.build.tsbuildinfo")))).toEqual(left);
  return left;
}

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), "dacapo-builds-"));
  mkdirSync(join(tree, ".ci"));
  copyFileSync(join(root, script), join(tree, script));
  for (const name of packages) {
    for (const path of ["src/index.ts", "src/core/turn.ts", "src/core/tsconfig.json"]) write(`${name}/${path}`, 100);
    for (const path of outputs) write(`${name}/${path}`, 200);
    write(`${name}/tsconfig.build.tsbuildinfo`, 201);
  }
});

afterEach(() => {
  rmSync(tree, { recursive: true });
});

it("keeps what the compiler left, also when a source has changed, which the compiler sees", () => {
  write("src/index.ts", 300);
  expect(kept()).toEqual(packages);
});

it.each([
  ["of a source that is gone", () => rmSync(join(tree, "simulator/src/core/turn.ts"))],
  ["beside what no source stands behind", () => write("simulator/dist/left-over.js", 200)],
  ["of which something is missing", () => rmSync(join(tree, "simulator/dist/core/turn.d.ts"))],
  ["that somebody changed", () => write("simulator/dist/index.js", 300)],
  ["of which there is no record", () => rmSync(join(tree, "simulator/tsconfig.build.tsbuildinfo"))],
])("removes a build %s", (_, spoil) => {
  spoil();
  expect(kept()).toEqual([".", "eslint-plugin"]);
});

it("removes a record of what is not there", () => {
  rmSync(join(tree, "dist"), { recursive: true });
  expect(kept()).toEqual(["simulator", "eslint-plugin"]);
});
