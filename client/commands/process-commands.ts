/** Subcommands that start processes: worker and dev. */
import { Command } from 'commander';
import { runDev } from '../dev/dev';

export function addProcessCommands(program: Command): void {
  program
    .command('dev')
    .description('Starts everything: a Temporal server with its UI, a worker and a chat.')
    .argument('[agent]', 'the agent to talk to (default: the first one of holdfast.config.ts)')
    .option('--json', 'print answers as JSON, one a line')
    .action((agent: string | undefined, options: { json?: boolean }) =>
      runDev({ folder: process.cwd(), agent, json: options.json ?? false }),
    );
  program.addCommand(workerCommand());
}

function workerCommand(): Command {
  return new Command('worker')
    .description('Runs a worker for the agents of holdfast.config.ts, until SIGINT or SIGTERM.')
    .option('--json', 'say what it runs as JSON')
    .action(async (options: { json?: boolean }) => {
      // Started by `holdfast dev`: when that is gone, so is the reason to run.
      process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
      // Listening alone must not keep a worker alive that has shut down.
      process.channel?.unref();
      // Here and not above: the worker's native module takes a third of a second to load.
      const { runWorker } = await import('../../workers/main.js');
      await runWorker(process.cwd(), (report) =>
        process.stdout.write(`${options.json ? JSON.stringify(report) : report.text}\n`),
      );
    });
}
