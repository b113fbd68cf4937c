/** A file whose imports cannot be read is linted by what is in sight. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Linter } from "eslint";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import plugin from "../../eslint-plugin/src/index.ts";

vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  return {
    ...fs,
    readFileSync: (file: string, encoding: "utf8") => {
      if (file.endsWith("secret.js")) throw Object.assign(new Error("not yours"), { code: "EACCES" });
      return fs.readFileSync(file, encoding);
    },
  };
});

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dacapo-unreadable-"));
  mkdirSync(path.join(folder, "folder.js"));
  writeFileSync(path.join(folder, "secret.js"), "export const secret = () => Date.now();");
  writeFileSync(path.join(folder, "binary.js"), Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a, 0x7b]));
  writeFileSync(path.join(folder, "broken.js"), "export const broken = () => { Date.now( ");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.each(["secret.js", "gone.js", "folder.js", "binary.js", "broken.js"])("%s costs no other report", (name) => {
  const code = [
    'import { orchestrator } from "dacapo";',
    `import { other } from "./${name}";`,
    'orchestrator("o", () => [other(), Math.random()]);',
  ].join("\n");
  const config = { plugins: { dacapo: plugin }, rules: { "dacapo/no-random": "error" } };
  const found = new Linter({ cwd: folder }).verify(code, [config as Linter.Config], {
    filename: path.join(folder, "main.js"),
  });
  expect(found.map(({ ruleId, line }) => [ruleId, line])).toEqual([["dacapo/no-random", 3]]);
});
