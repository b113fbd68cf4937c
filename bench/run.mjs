/**
 * Measures Dacapo against its peers: `npm run bench [-- --json] [-- --only NAME]`.
 *
 * Every measurement runs in a process of its own, ours and the peer's in turn, three times; medians are
 * reported. Installs the peers beside itself on the first run. Exits 1 when a goal is missed, 2 on bad usage.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { figures } from "./figures.mjs";

const RUNS = 3;
const here = fileURLToPath(new URL(".", import.meta.url));

const { json, only } = options();
const chosen = figures.filter(({ name }) => only === undefined || name.includes(only));
if (chosen.length === 0)
  fail(`No figure's name contains "${only}". There are: ${figures.map((f) => f.name).join("; ")}.`);
prepare();

const results = [];
for (const figure of chosen) {
  say(`measuring ${figure.name} ...`);
  results.push(await measureFigure(figure));
}
if (json) console.log(JSON.stringify({ figures: results }, null, 2));
else report();
process.exitCode = results.every(meetsGoal) ? 0 : 1;

function options() {
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean", default: false }, only: { type: "string" } } });
    return values;
  } catch (error) {
    return fail(`${error.message} Usage: npm run bench [-- --json] [-- --only NAME]`);
  }
}

function fail(sentence) {
  console.error(sentence);
  process.exit(2);
}

function say(line) {
  if (!json) console.log(line);
}

/** The peers are no dependency of the project: they are installed here, when somebody measures. */
function prepare() {
  const hasPeers = chosen.some(({ theirs }) => theirs !== undefined);
  if (hasPeers && !existsSync(`${here}node_modules/@microsoft/durabletask-js`)) {
    say("installing the peers into bench/node_modules ...");
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    execFileSync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: here,
      stdio: json ? "ignore" : "inherit",
    });
  }
  if (!existsSync(`${here}../dist/index.js`)) fail("Dacapo is not built: run `npm ci` or `npm run build` first.");
}

async function measureFigure(figure) {
  const ours = [];
  const theirs = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push(await figure.ours(inChild(figure.workloads ?? "./dacapo-workloads.mjs")));
    if (figure.theirs !== undefined) theirs.push(await figure.theirs(inChild("./durabletask-workloads.mjs")));
  }
  const value = median(ours);
  const peerValue = theirs.length === 0 ? undefined : median(theirs);
  return {
    name: figure.name,
    value: round(value),
    unit: figure.unit,
    peer: figure.peer,
    // A figure that no peer has is compared with its goal alone.
    ...(peerValue === undefined
      ? {}
      : {
          peerValue: round(peerValue),
          ratio: round(figure.better === "higher" ? value / peerValue : peerValue / value),
        }),
    goal: goalOf(figure),
    runs: RUNS,
  };
}

function inChild(module) {
  return (workload, argument) => {
    const args = [module, workload, String(argument)];
    const child = spawnSync(process.execPath, [`${here}child.mjs`, ...args], {
      cwd: here,
      encoding: "utf8",
    });
    if (child.status !== 0) throw new Error(`${module} ${workload}(${argument}) failed:\n${child.stderr}`);
    return JSON.parse(child.stdout);
  };
}

function meetsGoal({ name, value, ratio }) {
  const { goal } = figures.find((figure) => figure.name === name);
  if (goal.floor !== undefined) return value >= goal.floor;
  return goal.ratio === undefined ? value <= goal.value : ratio >= goal.ratio;
}

function goalOf({ goal }) {
  if (goal.floor !== undefined) return `at least ${goal.floor}`;
  return goal.ratio === undefined ? `at most ${goal.value}` : `ratio at least ${goal.ratio}`;
}

function report() {
  console.log(
    `\nNode ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, medians of ${RUNS}\n`,
  );
  console.table(
    Object.fromEntries(
      results.map((result) => {
        const { name, value, unit, peerValue, ratio, goal } = result;
        return [name, { value, unit, peer: peerValue, ratio, goal, met: meetsGoal(result) ? "yes" : "NO" }];
      }),
    ),
  );
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function round(value) {
  return Number(value.toPrecision(4));
}
