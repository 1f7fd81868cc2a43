/** Subcommands that steer a conversation at work: interrupt, pause, resume, cancel, edit. */
import type { Command } from 'commander';
import { describeAcknowledgement } from './describe';
import { type ClientOptions, clientCommand, print, withClient } from './with-client';

export function addControlCommands(program: Command): void {
  program.addCommand(interruptCommand());
  program.addCommand(pauseCommand());
  program.addCommand(resumeCommand());
  program.addCommand(cancelCommand());
  program.addCommand(editCommand());
}

function interruptCommand(): Command {
  return clientCommand('interrupt')
    .description('Stops the running turn; what the model has said so far stays.')
    .argument('<id>', 'the conversation')
    .argument('[message]', 'what to go on with')
    .action((id: string, message: string | undefined, options: ClientOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        if (message !== undefined) {
          const acknowledgement = await client.send(id, message, { delivery: 'interrupt' });
          print(options, acknowledgement, [describeAcknowledgement(acknowledgement)]);
          return;
        }
        const interrupted = await client.interrupt(id);
        const { interrupted: turn } = interrupted;
        print(options, interrupted, [
          turn === undefined
            ? `${id} has no turn at work: nothing was stopped.`
            : `Turn ${turn} of ${id} is stopped.`,
        ]);
      }),
    );
}

function pauseCommand(): Command {
  return clientCommand('pause')
    .description('Calls no model from the next step on, until `resume`.')
    .argument('<id>', 'the conversation')
    .action((id: string, options: ClientOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        print(options, await client.pause(id), [
          `${id} is paused: what is at work comes to its end, the next model call waits for \`resume\`.`,
        ]);
      }),
    );
}

function resumeCommand(): Command {
  return clientCommand('resume')
    .description('Goes on after `pause`.')
    .argument('<id>', 'the conversation')
    .action((id: string, options: ClientOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        print(options, await client.resume(id), [`${id} goes on.`]);
      }),
    );
}

function cancelCommand(): Command {
  return clientCommand('cancel')
    .description('Takes back messages that have not entered the conversation yet.')
    .argument('<id>', 'the conversation')
    .argument('<message-ids...>', 'as `state` shows them with `--json`')
    .action((id: string, messageIds: readonly string[], options: ClientOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        const cancelled = await client.cancelQueued(id, messageIds);
        const late = messageIds.filter((messageId) => !cancelled.includes(messageId));
        print(options, { cancelled }, [
          ...cancelled.map((messageId) => `${messageId} is taken back.`),
          ...late.map((messageId) => `${messageId} does not wait in ${id}.`),
        ]);
        if (late.length > 0) process.exitCode = 1;
      }),
    );
}

function editCommand(): Command {
  return clientCommand('edit')
    .description('Changes a message that has not entered the conversation yet.')
    .argument('<id>', 'the conversation')
    .argument('<message-id>', 'as `state` shows it with `--json`')
    .argument('<text>', 'what it says from now on')
    .action((id: string, messageId: string, text: string, options: ClientOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        const edited = await client.editQueued(id, messageId, text);
        const outcome = edited ? 'is changed.' : `does not wait in ${id}.`;
        print(options, { edited }, [`${messageId} ${outcome}`]);
        if (!edited) process.exitCode = 1;
      }),
    );
}
