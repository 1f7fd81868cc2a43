/** All subcommands, assembled. */
import { Command } from 'commander';
import { addControlCommands } from './control-commands';
import { addConversationCommands } from './conversation-commands';
import { addDecisionCommands } from './decision-commands';
import { addProcessCommands } from './process-commands';
import { addReadingCommands } from './reading-commands';
import { setupCommand } from './setup-command';
import { serveCommand } from './serve-command';
import { version } from './version';

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
  program.addCommand(setupCommand());
  program.addCommand(serveCommand());
  return program;
}
