#!/usr/bin/env node
/**
 * The `dacapo` program: nothing but `run()` on the real terminal. Never imported.
 */
import { run } from "./run.ts";
import { claimStandardOutput } from "./standard-output.ts";
import { processTerminal } from "./terminal.ts";

const stdout = claimStandardOutput();

// The reader of a pipe may have read enough, as `head` does: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const exitCode = await run(process.argv.slice(2), processTerminal(stdout));
// Workflows and their clients may have left timers and connections behind: none of them counts any more. Once the
// empty texts are through, so is everything before them.
stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
