/** Subcommands that change a conversation: start, send, ask, chat, adopt, compact, close. */
import { type Command, Option } from 'commander';
import type { ConversationMode, Delivery } from '../../workflows/contract';
import { runChat } from '../chat/chat';
import { describeAcknowledgement, describeCompacted, describeResponse } from './describe';
import {
  type ClientOptions,
  clientCommand,
  connect,
  findPages,
  print,
  withClient,
} from './with-client';

interface SendCommandOptions extends ClientOptions {
  readonly messageId?: string;
}

export function addConversationCommands(program: Command): void {
  program.addCommand(startCommand());
  program.addCommand(sendCommand());
  program.addCommand(askCommand());
  program.addCommand(chatCommand());
  program.addCommand(adoptCommand());
  program.addCommand(compactCommand());
  program.addCommand(closeCommand());
}

function startCommand(): Command {
  return clientCommand('start')
    .description('Starts a conversation and prints its id.')
    .argument('<agent>', 'the name of an agent that the worker knows')
    .argument('[message]', 'its first message')
    .option('--id <id>', 'the id of the conversation (default: a new one)')
    .addOption(
      new Option('--mode <mode>', 'task: complete with the answer').choices([
        'conversation',
        'task',
      ]),
    )
    .option('--tenant <name>', 'whose it is, to list it by')
    .action((agent: string, message: string | undefined, options: StartCommandOptions) =>
      withClient(options, async (client) => {
        const started = await client.start({
          agent,
          ...(message !== undefined && { message }),
          ...(options.id && { id: options.id }),
          ...(options.mode && { mode: options.mode }),
          ...(options.tenant !== undefined && { tenant: options.tenant }),
        });
        print(options, started, [started.id]);
        if (!(await client.hasWorker())) process.stderr.write(`${client.noWorkerNotice()}\n`);
      }),
    );
}

interface StartCommandOptions extends ClientOptions {
  readonly id?: string;
  readonly mode?: ConversationMode;
  readonly tenant?: string;
}

function sendCommand(): Command {
  return clientCommand('send')
    .description('Sends a message and does not wait for the answer.')
    .argument('<id>', 'the conversation')
    .argument('<message>', 'what to say')
    .option('--message-id <id>', 'the same id twice is one message (default: a new one)')
    .addOption(
      new Option(
        '--steer',
        'into the running turn, before its next model call (default: a turn of its own)',
      ).conflicts('interrupt'),
    )
    .option('--interrupt', 'stop the running turn; this is the next one')
    .action((id: string, message: string, options: DeliveryCommandOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        const acknowledgement = await client.send(id, message, {
          ...messageIdOf(options),
          ...deliveryOf(options),
        });
        print(options, acknowledgement, [describeAcknowledgement(acknowledgement)]);
      }),
    );
}

function askCommand(): Command {
  return clientCommand('ask')
    .description('Sends a message and prints the answer.')
    .argument(
      '<agent-or-id>',
      'an open conversation, or an agent: then a new conversation answers once',
    )
    .argument('<message>', 'what to say')
    .option('--message-id <id>', 'the same id twice is one message (default: a new one)')
    .action((agentOrId: string, message: string, options: SendCommandOptions) =>
      withClient(options, async (client) => {
        const response = await client.ask(agentOrId, message, messageIdOf(options));
        print(options, response, [describeResponse(response)]);
        if (response.error) process.exitCode = 1;
      }),
    );
}

function chatCommand(): Command {
  return clientCommand('chat')
    .description(
      'Talks to an agent in the terminal; without a terminal, answers one line of input each.',
    )
    .argument('[agent-or-id]', 'an open conversation, or an agent', 'demo')
    .action(async (agentOrId: string, options: ClientOptions) => {
      const client = await connect(options);
      try {
        await client.requireWorker();
        const pageOf = await findPages(options);
        await runChat({ client, agentOrId, ...(pageOf && { pageOf }) });
      } finally {
        await client.disconnect();
      }
    });
}

function adoptCommand(): Command {
  return clientCommand('adopt')
    .description(
      'Goes on with another agent or model from the next step on; with neither, with its agent as the worker has it now.',
    )
    .argument('<id>', 'the conversation')
    .option('--agent <name>', 'an agent that the worker knows (default: the one it has)')
    .option('--model <name>', "a model (default: the agent's own)")
    .action((id: string, options: AdoptCommandOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        const { agent, model } = options;
        const adopted = await client.adopt(id, {
          ...(agent && { agent }),
          ...(model && { model }),
        });
        print(options, adopted, [
          `${id} goes on with ${adopted.agent.name} on ${adopted.agent.model}.`,
        ]);
      }),
    );
}

interface AdoptCommandOptions extends ClientOptions {
  readonly agent?: string;
  readonly model?: string;
}

function compactCommand(): Command {
  return clientCommand('compact')
    .description('Has older messages give way to a summary that the model writes.')
    .argument('<id>', 'the conversation')
    .action((id: string, options: ClientOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        const compacted = await client.compact(id);
        print(options, compacted, [describeCompacted(id, compacted)]);
      }),
    );
}

function closeCommand(): Command {
  return clientCommand('close')
    .description('Takes no more messages; what is queued is still answered.')
    .argument('<id>', 'the conversation')
    .action((id: string, options: ClientOptions) =>
      withClient(options, async (client) => {
        await client.requireWorker(id);
        await client.close(id);
        print(options, { id, closed: true }, [`${id} is closed.`]);
      }),
    );
}

interface DeliveryCommandOptions extends SendCommandOptions {
  readonly steer?: boolean;
  readonly interrupt?: boolean;
}

function deliveryOf({ steer, interrupt }: DeliveryCommandOptions): { delivery?: Delivery } {
  if (steer) return { delivery: 'steer' };
  return interrupt ? { delivery: 'interrupt' } : {};
}

function messageIdOf({ messageId }: SendCommandOptions): { messageId?: string } {
  return messageId === undefined ? {} : { messageId };
}
