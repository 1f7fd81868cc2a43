/** Carries out what is typed behind a slash. */
import pc from 'picocolors';
import { loadConfig } from '../../workers/load-config';
import type { Delivery, PendingItem } from '../../workflows/contract';
import type { AgentClient } from '../agent-client';
import { describeMessage, describeState, describeSummary } from '../commands/describe';
import { describePending } from '../commands/describe-pending';
import { describePrompt } from '../commands/prompt-command';
import { formatCost, formatTokens } from '../timeline/words';
import { type ChatCommand, describeChatCommands } from './chat-command';
import { type ParsedDecision, parseDecisionCommand } from './chat-decision';
import { toPrintable } from './printable';

export interface ChatCommandHost {
  readonly client: AgentClient;
  readonly id: string;
  /** Where the Temporal UI shows the conversation, when that is known. */
  readonly page: string | undefined;
  readonly pending: readonly PendingItem[];
  readonly say: (...lines: readonly string[]) => void;
  readonly send: (text: string, delivery: Delivery) => Promise<void>;
  readonly decide: (decision: ParsedDecision) => void;
  readonly setPaused: (isPaused: boolean) => void;
  readonly leave: () => void;
}

const messagesShown = 20;

export async function runChatCommand(
  { name, rest }: ChatCommand,
  host: ChatCommandHost,
): Promise<void> {
  const { client, id, say } = host;
  const tell = (lines: readonly string[]) => say(...lines.map((line) => `  ${toPrintable(line)}`));
  switch (name) {
    case 'state':
      return tell(describeState(id, await client.state(id)));
    case 'pending': {
      const { pending = [] } = await client.state(id);
      const lines = pending.flatMap((item) => describePending(id, item, Date.now()));
      return tell(lines.length > 0 ? lines : ['Nothing waits for a person.']);
    }
    case 'approve':
    case 'deny':
    case 'answer':
      return host.decide(parseDecisionCommand(name, rest, host.pending));
    case 'interrupt':
      if (rest !== '') return host.send(rest, 'interrupt');
      return tell([describeInterrupted(await client.interrupt(id))]);
    case 'steer':
      return host.send(rest, 'steer');
    case 'queue':
      return host.send(rest, 'queue');
    case 'pause':
      host.setPaused((await client.pause(id)).isPaused);
      return tell(['Paused: the next model call waits for /resume.']);
    case 'resume':
      host.setPaused((await client.resume(id)).isPaused);
      return tell(['It goes on.']);
    case 'cost': {
      const { usage, costUsd, turn } = await client.state(id);
      const cost = costUsd === null ? 'cost unknown' : formatCost(costUsd);
      return tell([`${turn} turns · ${formatTokens(usage)} tokens · ${cost}`]);
    }
    case 'messages':
      return tell(await lastMessages(client, id));
    case 'prompt':
      return tell(await lastPrompt(client, id));
    case 'model': {
      const { agent } = await client.adopt(id, { model: rest });
      return tell([`${agent.name} goes on with ${agent.model}.`]);
    }
    case 'ui':
      return tell([host.page ?? 'The Temporal UI is not known here. `holdfast dev` starts one.']);
    case 'help':
      return say(...describeChatCommands().map((line) => pc.dim(line)));
    case 'quit':
      return host.leave();
  }
}

function describeInterrupted({ interrupted }: { readonly interrupted?: number }): string {
  return interrupted === undefined ? 'No turn is at work.' : `Turn ${interrupted} is stopped.`;
}

async function lastMessages(client: AgentClient, id: string): Promise<readonly string[]> {
  const { messages } = await client.state(id);
  const from = Math.max(0, messages - messagesShown);
  const page = await client.messages(id, { from });
  const lines = page.messages.map(describeMessage);
  return page.summary ? [describeSummary(page.summary), ...lines] : lines;
}

async function lastPrompt(client: AgentClient, id: string): Promise<readonly string[]> {
  const { modelAliases } = await loadConfig(process.cwd());
  const prompt = await client.prompt(id, modelAliases ? { modelAliases } : {});
  const body = JSON.stringify(JSON.parse(prompt.body), null, 2);
  return [...body.split('\n'), describePrompt(prompt)];
}
