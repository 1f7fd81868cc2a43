/** All subcommands, assembled. */
import { Command } from 'commander';
import { addControlCommands } from './control-commands';
import { addConversationCommands } from './conversation-commands';
import { addDecisionCommands } from './decision-commands';
import { addProcessCommands } from './process-commands';
import { addReadingCommands } from './reading-commands';

export function createProgram(): Command {
  const program = new Command('holdfast')
    .description('Durable AI agents on Temporal: one conversation is one workflow.')
    .version(version())
    .showHelpAfterError('(`holdfast --help` lists the commands.)')
    .addHelpText(
      'after',
      '\nThe server is the one of TEMPORAL_ADDRESS or the profile, else the one that `holdfast dev` runs for this folder, else localhost:7233.',
    );
  addProcessCommands(program);
  addConversationCommands(program);
  addDecisionCommands(program);
  addControlCommands(program);
  addReadingCommands(program);
  return program;
}

function version(): string {
  // Two folders up in the source, three in dist/.
  for (const file of ['../../package.json', '../../../package.json']) {
    try {
      return (require(file) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
