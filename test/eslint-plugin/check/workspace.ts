/**
 * A workspace of packages, as a package manager lays it out, for the tests of the checker.
 *
 * Invariant: each copy has a folder of its own, which is gone after the test.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { root } from "../../tooling/repository.ts";

const FIXTURES = join(root, "test/eslint-plugin/fixtures/check");

/** Returns the folder of a fixture. */
export const fixture = (name: string): string => join(FIXTURES, name);

/** Runs `work` in a copy of the workspace, whose packages are linked into its `node_modules`. */
export function inWorkspace<T>(work: (folder: string) => T, changes: Readonly<Record<string, string>> = {}): T {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "dacapo-check-")));
  try {
    cpSync(fixture("workspace"), folder, { recursive: true });
    mkdirSync(join(folder, "node_modules/@acme"), { recursive: true });
    // On Windows a junction needs no rights; elsewhere the word means nothing.
    symlinkSync(join(folder, "packages/shared"), join(folder, "node_modules/@acme/shared"), "junction");
    for (const [name, text] of Object.entries(changes)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
