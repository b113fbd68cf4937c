/**
 * Laws of the published types, as the build made them (docs/adr/0004): they stand alone, so that a program that uses them
 * needs no types of Node's.
 */
import { readdirSync } from "node:fs";
import { posix } from "node:path";
import { expect, it } from "vitest";
import { root, textOf } from "../tooling/repository.ts";

it.each(["dist", "simulator/dist"])("no declaration in %s needs types of Node's", (folder) => {
  const files = readdirSync(posix.join(root, folder), { recursive: true, encoding: "utf8" });
  const declarations = files.filter((file) => file.endsWith(".d.ts")).map((file) => posix.join(folder, file));
  expect(declarations).toContain(posix.join(folder, "index.d.ts"));
  const needy = /(from |import\()"node:|\bNodeJS\.|<reference types="node"/;
  expect(declarations.filter((path) => needy.test(textOf(path)))).toEqual([]);
});
