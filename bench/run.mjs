/**
 * Measures Dacapo against its peers: `npm run bench [-- --json] [-- --only NAME] [-- --quick]`.
 *
 * Every measurement runs in a process of its own, ours and the peer's in turn, three times; medians and the spread are
 * reported. With `--quick` it is once, in small: to see that it works. Installs the peers beside itself on the first run. Exits 1
 * when a goal is missed, 2 on bad usage.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { figures } from "./figures.mjs";
import { startPostgres } from "./postgres-server.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

const { json, only, quick } = options();
const runs = quick ? 1 : 3;
const size = (sizes) => (quick ? sizes.quick : sizes.full);
if (quick) process.env["DACAPO_BENCH_QUICK"] = "1";
const chosen = figures.filter(({ name }) => only === undefined || name.includes(only));
if (chosen.length === 0)
  fail(`No figure's name contains "${only}". There are: ${figures.map((f) => f.name).join("; ")}.`);
prepare();

const results = await measureAll();
if (json) console.log(JSON.stringify({ figures: results }, null, 2));
else report();
process.exitCode = results.every(meetsGoal) ? 0 : 1;

async function measureAll() {
  const server = chosen.some(({ needs }) => needs === "postgres") ? await startPostgres() : undefined;
  if (server !== undefined) process.env["DACAPO_BENCH_POSTGRES_URL"] = server.url;
  try {
    const results = [];
    for (const figure of chosen) {
      say(`measuring ${figure.name} ...`);
      results.push(await measureFigure(figure));
    }
    return results;
  } finally {
    await server?.stop();
  }
}

function options() {
  try {
    const flag = { type: "boolean", default: false };
    const { values } = parseArgs({ options: { json: flag, quick: flag, only: { type: "string" } } });
    return values;
  } catch (error) {
    return fail(`${error.message} Usage: npm run bench [-- --json] [-- --only NAME] [-- --quick]`);
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
  const isInstalled = ["@microsoft/durabletask-js", "@dbos-inc/dbos-sdk"].every((peer) =>
    existsSync(`${here}node_modules/${peer}`),
  );
  if (hasPeers && !isInstalled) {
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
  const { workloads = "./dacapo-workloads.mjs", peerWorkloads = "./durabletask-workloads.mjs" } = figure;
  for (let run = 0; run < runs; run++) {
    ours.push(await figure.ours(inChild(workloads), size));
    if (figure.theirs !== undefined) theirs.push(await figure.theirs(inChild(peerWorkloads), size));
  }
  const value = median(ours);
  const peerValue = theirs.length === 0 ? undefined : median(theirs);
  return {
    name: figure.name,
    value: round(value),
    spread: [Math.min(...ours), Math.max(...ours)].map(round),
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
    runs,
  };
}

function inChild(module) {
  return (workload, argument) => {
    const args = [module, workload, String(argument)];
    const child = spawnSync(process.execPath, ["--expose-gc", `${here}child.mjs`, ...args], {
      cwd: here,
      encoding: "utf8",
    });
    if (child.status !== 0) throw new Error(`${module} ${workload}(${argument}) failed:\n${child.stderr}`);
    return JSON.parse(child.stdout);
  };
}

function meetsGoal({ name, value, ratio }) {
  const { goal } = figures.find((figure) => figure.name === name);
  return (
    value >= (goal.floor ?? -Infinity) &&
    value <= (goal.value ?? Infinity) &&
    (goal.ratio === undefined || ratio >= goal.ratio)
  );
}

function goalOf({ goal }) {
  const parts = [
    ...(goal.floor === undefined ? [] : [`at least ${goal.floor}`]),
    ...(goal.value === undefined ? [] : [`at most ${goal.value}`]),
    ...(goal.ratio === undefined ? [] : [`ratio at least ${goal.ratio}`]),
  ];
  return parts.length === 0 ? "none" : parts.join(", ");
}

function report() {
  console.log(
    `\nNode ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, medians of ${runs}\n`,
  );
  console.table(
    Object.fromEntries(
      results.map((result) => {
        const { name, value, spread, unit, peerValue, ratio, goal } = result;
        return [
          name,
          {
            value,
            spread: spread.join(" to "),
            unit,
            peer: peerValue,
            ratio,
            goal,
            met: meetsGoal(result) ? "yes" : "NO",
          },
        ];
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
