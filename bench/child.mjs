/**
 * Runs one workload in a process of its own and writes its number, and nothing else, to standard output:
 * `node child.mjs <module> <workload> <argument>`. Before that it runs twenty thousand small orchestrations that are not
 * counted: servers are long-lived, so the figure is about the engine, ours or the peer's, and not about compiling it.
 */
const [module, workload, argument] = process.argv.slice(2);
const WARM_UP_INSTANCES = 20_000;
for (const method of ["log", "info", "warn", "error", "debug"]) console[method] = () => {};
try {
  const workloads = await import(module);
  await workloads.sequencesPerSecond(WARM_UP_INSTANCES);
  const value = await workloads[workload](Number(argument));
  process.stdout.write(`${JSON.stringify(value)}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
}
