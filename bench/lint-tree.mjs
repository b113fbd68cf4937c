/**
 * Writes the tree of files that the linter is measured on: an order system of the usual shape.
 *
 * Of 250 files 60 hold orchestrators, each of which calls activities and three chains of helpers; 60 hold activities, and
 * 130 hold helpers and services, in chains of eight files. One chain in ten ends in a reading of the clock, so that there
 * is something to find. The tree without durable imports is the same without the first 60. The same number gives the
 * same tree.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CHAIN = 8;

/** Writes `count` files and a tsconfig into an empty folder, with the packages of `modules` in reach. */
export function writeTree(folder, count, modules, isDurable) {
  const orchestrators = isDurable ? Math.round(count * 0.24) : 0;
  const activities = Math.round(count * 0.24);
  const helpers = count - orchestrators - activities;
  for (const name of ["orchestrators", "activities", "helpers"])
    mkdirSync(join(folder, "src", name), { recursive: true });
  const put = (name, text) => writeFileSync(join(folder, name), text);
  symlinkSync(modules, join(folder, "node_modules"), "junction");
  put("package.json", JSON.stringify({ name: "orders", private: true, type: "module" }));
  put("tsconfig.json", JSON.stringify({ compilerOptions: OPTIONS, include: ["src"] }));
  for (let n = 0; n < helpers; n++) put(`src/helpers/helper${n}.ts`, helper(n, helpers));
  for (let n = 0; n < activities; n++) put(`src/activities/activity${n}.ts`, activity(n, isDurable));
  for (let n = 0; n < orchestrators; n++)
    put(`src/orchestrators/orchestrator${n}.ts`, orchestrator(n, activities, helpers));
  return { orchestrators, activities, helpers };
}

const OPTIONS = {
  target: "es2023",
  lib: ["es2023"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** A service with an interface, and functions that lead to the next file of the chain. */
function helper(n, count) {
  const next = n + 1;
  const isLast = next % CHAIN === 0 || next >= count;
  const readsClock = isLast && Math.floor(n / CHAIN) % 10 === 0;
  const end = readsClock ? "Date.now()" : `${n} + order.items.length`;
  return `${isLast ? "" : `import { rate${next}, type Order${next} } from "./helper${next}.js";\n`}
export interface Order${n} {
  readonly id: string;
  readonly total: number;
  readonly items: readonly { readonly sku: string; readonly count: number }[];
}

export interface Tariff${n} {
  factor(order: Order${n}): number;
  readonly names: readonly string[];
}

export class Tariff${n}Table implements Tariff${n} {
  readonly names: readonly string[];
  readonly #factors: ReadonlyMap<string, number>;

  constructor(entries: readonly (readonly [string, number])[]) {
    this.names = entries.map(([name]) => name);
    this.#factors = new Map(entries);
  }

  factor(order: Order${n}): number {
    return order.items.reduce((sum, { sku, count }) => sum + count * (this.#factors.get(sku) ?? 1), 0);
  }
}

const table: Tariff${n} = new Tariff${n}Table([["a", 1], ["b", 2]]);

function isLarge(order: Order${n}): boolean {
  return order.total > 100 || order.items.some(({ count }) => count > 10);
}

const checks: readonly ((order: Order${n}) => boolean)[] = [isLarge, (order) => order.id.startsWith("x")];

export function rate${n}(order: Order${n}): number {
  const base = table.factor(order) + checks.filter((check) => check(order)).length;
  ${isLast ? `return base + ${end};` : `const rest: Order${next} = { ...order, total: order.total + base };\n  return rate${next}(rest) + base;`}
}

export function describe${n}(order: Order${n}): string {
  const parts = order.items.map(({ sku, count }) => \`\${sku} x \${String(count)}\`);
  switch (parts.length) {
    case 0:
      return "nothing";
    case 1:
      return parts[0] ?? "";
    default:
      return \`\${parts.slice(0, -1).join(", ")} and \${parts.at(-1) ?? ""}\`;
  }
}
`;
}

/** Does what orchestrators may not: reads files, the clock and chance. */
function activity(n, isDurable) {
  const body = `async (_ctx: object, input: { readonly id: string }): Promise<{ readonly id: string; readonly at: number }> => {
  const attempts: string[] = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    attempts.push(await readFile(join("orders", input.id), "utf8"));
    if (input.id.length > attempt) break;
  }
  await writeFile(join("orders", randomUUID()), attempts.join("\\n"));
  return { id: input.id, at: Date.now() + attempts.length };
}`;
  const imports = `import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
`;
  return isDurable
    ? `${imports}\nimport { activity } from "dacapo";\n\nexport const activity${n} = activity("activity${n}", ${body});\n`
    : `${imports}\nexport const activity${n} = ${body};\n`;
}

function orchestrator(n, activities, helpers) {
  const chains = [0, 1, 2].map((each) => ((n * 3 + each) * CHAIN) % helpers);
  const [first, second, third] = chains;
  const distinct = [...new Set(chains)];
  const [call, other] = [n % activities, (n + 1) % activities];
  const imports = distinct.map((each) => `import { rate${each}, describe${each} } from "../helpers/helper${each}.js";`);
  return `import { orchestrator, whenAll, whenAny } from "dacapo";

import { activity${call} } from "../activities/activity${call}.js";
import { activity${other} } from "../activities/activity${other}.js";
${imports.join("\n")}

interface Input {
  readonly id: string;
  readonly total: number;
  readonly items: readonly { readonly sku: string; readonly count: number }[];
}

function split(input: Input): readonly Input[] {
  return input.items.map((item) => ({ ...input, items: [item] }));
}

export const orchestrator${n} = orchestrator("orchestrator${n}", function* (ctx, input: Input) {
  const started = ctx.currentUtcDateTime;
  const price = rate${first}(input) + rate${second}(input);
  const text = describe${third}(input);
  const first = yield* ctx.callActivity(activity${call}, { id: input.id });
  if (price > 100) {
    const parts = split(input).map((part) => ctx.callActivity(activity${other}, { id: part.id }));
    yield* whenAll(parts);
  }
  const deadline = ctx.createTimer({ hours: 24 });
  const approval = ctx.waitForExternalEvent<boolean>("approval");
  const winner = yield* whenAny([deadline, approval]);
  if (winner === deadline) return { text, price, late: true, started, at: first.at };
  deadline.cancel();
  for (const item of input.items) {
    if (item.count === 0) continue;
    yield* ctx.callActivity(activity${other}, { id: item.sku });
  }
  return { text, price: price + rate${third}(input), late: false, started, at: first.at };
});
`;
}
