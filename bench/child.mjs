/**
 * Runs one workload in a process of its own and writes its number, and nothing else, to standard output:
 * `node child.mjs <module> <workload> <argument>`. Where the module has orchestrations to run, twenty thousand small ones
 * come first and are not counted; then the workload runs five times, and the median is the number. Servers are long-lived,
 * so the figure is about the engine at work, ours or the peer's, and not about how fast it is compiled. A module that is
 * about programs that end, or about a disk, says how many `rounds` and `warmUpInstances` it wants.
 */
const [module, workload, argument] = process.argv.slice(2);
const WARM_UP_INSTANCES = 20_000;
const ROUNDS = process.env["DACAPO_BENCH_QUICK"] === undefined ? 5 : 1;
for (const method of ["log", "info", "warn", "error", "debug"]) console[method] = () => {};
try {
  const workloads = await import(module);
  await workloads.sequencesPerSecond?.(workloads.warmUpInstances ?? WARM_UP_INSTANCES);
  const rounds = Math.min(workloads.rounds ?? ROUNDS, ROUNDS);
  const values = [];
  for (let round = 0; round < rounds; round++) values.push(await workloads[workload](Number(argument)));
  const value = values.sort((a, b) => a - b)[rounds >> 1];
  process.stdout.write(`${JSON.stringify(value)}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
}
