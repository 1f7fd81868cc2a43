#!/usr/bin/env node
/** The command line: one subcommand a method of `AgentClient`, and `worker` and `dev`, which start processes. */
import { createProgram } from './commands/program';

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`holdfast: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
