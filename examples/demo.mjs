/**
 * `npm run demo`: the simulator finds a double charge in a workflow that looks right, then does not find one in
 * the repaired workflow. Exits 0 when both come out so; the failure that is found is the demonstration.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const root = fileURLToPath(new URL("..", import.meta.url));

function fuzz(file) {
  const command = ["fuzz", `examples/purchase-approval/${file}`, "--runs", "1000", "--seed", "5"];
  console.log(`\n$ npx dacapo ${command.join(" ")}\n`);
  return spawnSync(process.execPath, [cli, ...command], { cwd: root, stdio: "inherit" }).status;
}

console.log("1. A purchase is approved and the card is charged. It reads well. Does it survive a crash?");
const naive = fuzz("naive.scenario.ts");

console.log("\n2. The same workflow with an idempotency key at the payment provider.");
const repaired = fuzz("repaired.scenario.ts");

if (naive !== 1 || repaired !== 0) {
  console.error(
    `\nThe demonstration went wrong: the naive workflow ended ${naive} (1 was expected), the repaired one ${repaired} (0).`,
  );
  process.exit(1);
}
console.log("\nThe first workflow charged twice; the second survived 1,000 runs of the same faults.");
