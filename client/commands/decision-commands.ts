/** Subcommands of people who decide: pending, approve, deny, answer. */
import type { Command } from 'commander';
import type { DecideInput } from '../../workflows/contract';
import type { AgentClient } from '../agent-client';
import { toPrintable } from '../chat/printable';
import { decide } from '../decide';
import type { WaitingForPeople } from '../waiting-for-people';
import { describeCall, describeDecided, describePending, onOneLine } from './describe-pending';
import { type ClientOptions, clientCommand, print, withClient } from './with-client';

export function addDecisionCommands(program: Command): void {
  program.addCommand(pendingCommand());
  program.addCommand(approveCommand());
  program.addCommand(denyCommand());
  program.addCommand(answerCommand());
}

function pendingCommand(): Command {
  return clientCommand('pending')
    .description('What waits for a person, and the command that answers it.')
    .argument('[id]', 'the conversation (default: all that run)')
    .action((id: string | undefined, options: ClientOptions) =>
      withClient(options, async (client) => {
        const waiting = await (id === undefined ? client.pending() : pendingOf(client, id));
        print(options, waiting, describeWaiting(waiting));
        for (const { id: silent, reason } of waiting.silent) {
          process.stderr.write(toPrintable(`${silent} was not asked: ${reason}\n`));
        }
      }),
    );
}

async function pendingOf(client: AgentClient, id: string): Promise<WaitingForPeople> {
  await client.requireWorker(id);
  const { pending = [] } = await client.state(id);
  return { items: pending.map((item) => ({ ...item, id })), silent: [] };
}

function describeWaiting({ items }: WaitingForPeople): readonly string[] {
  if (items.length === 0) return ['Nothing waits for a person.'];
  return items.flatMap((item) => {
    const [first = '', ...rest] = describePending(item.id, item, Date.now());
    return [`${onOneLine(item.id)} · ${first}`, ...rest];
  });
}

function approveCommand(): Command {
  return decisionCommand('approve')
    .description('Says yes to a tool call that waits, or to going on beyond a budget.')
    .option('--always', 'and to every later call of this tool in this conversation')
    .action((id: string, callId: string, options: ClientOptions & { always?: boolean }) =>
      runDecision(options, id, { callId, approved: true, remember: options.always ?? false }),
    );
}

function denyCommand(): Command {
  return decisionCommand('deny')
    .description('Says no to what waits: a tool call, a question, going on beyond a budget.')
    .option('--reason <text>', 'what the model is told of it')
    .action((id: string, callId: string, options: ClientOptions & { reason?: string }) =>
      runDecision(options, id, {
        ...{ callId, approved: false },
        ...(options.reason !== undefined && { reason: options.reason }),
      }),
    );
}

function answerCommand(): Command {
  return decisionCommand('answer')
    .description('Answers a question that the agent has asked.')
    .argument('<text>', 'the answer')
    .action((id: string, callId: string, answer: string, options: ClientOptions) =>
      runDecision(options, id, { callId, approved: true, answer }),
    );
}

function decisionCommand(name: string): Command {
  return clientCommand(name)
    .argument('<id>', 'the conversation')
    .argument('<call>', 'the id of what waits, as `pending` shows it');
}

/** The decision is bound to the arguments that are shown with it. */
function runDecision(options: ClientOptions, id: string, input: DecideInput): Promise<void> {
  return withClient(options, async (client) => {
    await client.requireWorker(id);
    const { pending = [] } = await client.state(id);
    const item = pending.find(({ callId }) => callId === input.callId);
    const decided = await decide(client, id, item, input);
    const shown = item && describeCall(item);
    print(options, decided, [
      describeDecided(decided),
      ...(shown && item?.kind !== 'question' ? [`  ${shown}`] : []),
    ]);
    if (!decided.isFirst) process.exitCode = 1;
  });
}
