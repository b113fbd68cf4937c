/**
 * `npm test`: the build, the static checks beside every test, then one line that counts them: `N passed, N failed`.
 *
 * Each check is an npm script of the root package, so that what runs here is what a contributor runs by hand. A
 * check counts as one; tests are counted from the test runner's report. What the runner itself calls a failure
 * without blaming a test (a file that does not load, an error outside a test) counts too, and so does a test that
 * is skipped: a test that does not run proves nothing.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const onWindows = process.platform === "win32";

/** Runs a command in the repository; `echo` also shows its output while it runs. */
function run(command, args, { echo = false } = {}) {
  const begin = performance.now();
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, shell: onWindows, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const [stream, target] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
        if (echo) target.write(text);
      });
    }
    const end = (ok) => done({ ok, output, seconds: (performance.now() - begin) / 1000 });
    child.on("error", (error) => {
      output += String(error);
      end(false);
    });
    child.on("close", (code) => end(code === 0));
  });
}

/** Runs one npm script and says how it went. What a script that failed had to say is for `show`. */
async function check(script) {
  const { ok, output, seconds } = await run("npm", ["run", "--silent", script]);
  console.log(line(ok, script, seconds));
  return { script, ok, output };
}

function line(ok, name, seconds) {
  return `${ok ? "passed" : "FAILED"}  ${name.padEnd(14)}${seconds.toFixed(1).padStart(6)} s`;
}

async function checkAll(scripts) {
  const results = [];
  for (const script of scripts) results.push(await check(script));
  return results;
}

/** Shows what the checks that failed had to say. */
function show(checks) {
  for (const { script, ok, output } of checks) if (!ok) console.log(`\nnpm run ${script}\n${output.trimEnd()}`);
}

/** What the test runner's report counts, and what it leaves out. */
function countTests(reportPath, ok) {
  let report;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8"));
  } catch {
    console.log("FAILED  the test runner left no report");
    return { passed: 0, failed: 1 };
  }
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  for (const file of brokenFiles) console.log(`FAILED  ${file.name}: ${file.message}`);
  if (skipped > 0) console.log(`FAILED  ${skipped} skipped`);
  const failed = report.numFailedTests + brokenFiles.length + skipped;
  return { passed, failed: failed === 0 && !ok ? 1 : failed };
}

/** How long the files of the simulation project took, one after the other. */
function simulationSeconds(reportPath) {
  const { testResults } = JSON.parse(readFileSync(reportPath, "utf8"));
  const files = testResults.filter(({ name }) => /[/\\]test[/\\](simulator|examples)[/\\]/.test(name));
  return files.reduce((sum, { startTime, endTime }) => sum + (endTime - startTime) / 1000, 0);
}

async function test() {
  const folder = mkdtempSync(join(tmpdir(), "dacapo-test-"));
  try {
    const report = join(folder, "report.json");
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { ok, seconds } = await run(process.execPath, [vitest, "run", ...reporters], { echo: true });
    const counts = countTests(report, ok);
    console.log(line(counts.failed === 0, "tests", seconds));
    if (counts.passed > 0) console.log(`        of which simulation ${simulationSeconds(report).toFixed(1)} s`);
    return counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// The build comes first: tests of the command line run what it built, and the linter loads our plugin from it.
const built = await check("build");
show([built]);
// The other checks run beside the tests, of which some mostly wait. A check that fails says so at once, between lines of the
// tests' output, and why when the tests have ended.
const [others, tests] = await Promise.all([checkAll(["lint", "types", "format:check", "layers"]), test()]);
show(others);
const checks = [built, ...others];

const passed = checks.filter(({ ok }) => ok).length + tests.passed;
const failed = checks.filter(({ ok }) => !ok).length + tests.failed;
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);
