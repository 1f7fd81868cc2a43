/** Subcommands that read: state, messages, list, timeline, transcript, prompt. */
import { type Command, Option } from 'commander';
import pc from 'picocolors';
import { type ListedStatus, listedStatuses } from '../../workflows/contract';
import { drawTimeline } from '../draw-timeline';
import { readTimeline } from '../timeline';
import { describeConversation, describeMessage, describeState, describeSummary } from './describe';
import { promptCommand } from './prompt-command';
import { toCountFrom } from './to-count';
import { transcriptCommand } from './transcript-command';
import { type ClientOptions, clientCommand, print, printDrawn, withClient } from './with-client';

export function addReadingCommands(program: Command): void {
  program.addCommand(stateCommand());
  program.addCommand(messagesCommand());
  program.addCommand(listCommand());
  program.addCommand(timelineCommand());
  program.addCommand(transcriptCommand());
  program.addCommand(promptCommand());
}

function stateCommand(): Command {
  return clientCommand('state')
    .description('Where a conversation stands.')
    .argument('<id>', 'the conversation')
    .option('--message-id <id>', 'and what became of this message')
    .action((id: string, options: ClientOptions & { messageId?: string }) =>
      withClient(options, async (client) => {
        const state = await client.state(id, options.messageId);
        print(options, state, describeState(id, state));
      }),
    );
}

function messagesCommand(): Command {
  return clientCommand('messages')
    .description('What a conversation has in its memory.')
    .argument('<id>', 'the conversation')
    .option('--from <seq>', 'sequence number of the first one', toCountFrom(0))
    .action((id: string, options: ClientOptions & { from?: number }) =>
      withClient(options, async (client) => {
        const { from = 0 } = options;
        const first = await client.messages(id, { from });
        const messages = [...first.messages];
        for (let { next } = first; next !== undefined;) {
          const page = await client.messages(id, { from: next });
          messages.push(...page.messages);
          next = page.next;
        }
        const summary = from === 0 && first.summary ? [describeSummary(first.summary)] : [];
        print(options, messages, [...summary, ...messages.map(describeMessage)]);
      }),
    );
}

function listCommand(): Command {
  return clientCommand('list')
    .description('The latest conversations.')
    .option('--limit <number>', 'how many at most', toCountFrom(1), 50)
    .option('--running', 'those that have not ended')
    .addOption(new Option('--status <status>', 'what it does now').choices(listedStatuses))
    .option('--agent <name>', 'of this agent')
    .option('--model <name>', 'on this model')
    .option('--tenant <name>', 'started for this tenant')
    .option('--needs-approval', 'a tool call or a budget waits for a yes')
    .action((options: ListCommandOptions) =>
      withClient(options, async (client) => {
        const { limit, running, status, agent, model, tenant, needsApproval } = options;
        const conversations = await client.list({
          limit,
          ...(running && { isRunning: true }),
          ...(status && { status }),
          ...(agent !== undefined && { agent }),
          ...(model !== undefined && { model }),
          ...(tenant !== undefined && { tenant }),
          ...(needsApproval && { needsApproval }),
        });
        const lines = conversations.map(describeConversation);
        print(options, conversations, lines.length > 0 ? lines : ['No conversations found.']);
      }),
    );
}

interface ListCommandOptions extends ClientOptions {
  readonly limit: number;
  readonly running?: boolean;
  readonly status?: ListedStatus;
  readonly agent?: string;
  readonly model?: string;
  readonly tenant?: string;
  readonly needsApproval?: boolean;
}

function timelineCommand(): Command {
  return clientCommand('timeline')
    .description('Draws a conversation from its history alone; no worker is needed.')
    .argument('<id>', 'the conversation')
    .option('--proof', 'count what must be there exactly once')
    .action((id: string, options: ClientOptions & { proof?: boolean }) =>
      withClient(options, async (client) => {
        const timeline = await readTimeline(client.temporal, id);
        const drawn = drawTimeline(timeline, {
          width: process.stdout.columns ?? 100,
          colour: pc.isColorSupported && process.stdout.isTTY === true,
          proof: options.proof ?? false,
        });
        printDrawn(options, timeline, drawn);
      }),
    );
}
