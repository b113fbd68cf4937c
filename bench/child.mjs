/**
 * Runs one workload in a process of its own and writes its number, and nothing else, to standard output:
 * `node child.mjs <module> <workload> <argument>`.
 */
const [module, workload, argument] = process.argv.slice(2);
for (const method of ["log", "info", "warn", "error", "debug"]) console[method] = () => {};
try {
  const workloads = await import(module);
  const value = await workloads[workload](Number(argument));
  process.stdout.write(`${JSON.stringify(value)}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
}
