#!/usr/bin/env node
/** The command line: one subcommand a method of `AgentClient`, and `worker` and `dev`, which start processes. */
import { describeError } from './commands/describe';
import { createProgram } from './commands/program';

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`holdfast: ${describeError(error)}\n`);
    // Not `exitCode`: a connection that never answered may hold the process for a minute.
    process.exit(1);
  });
