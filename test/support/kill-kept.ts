/** What is kept of a conversation: what its workflow says, and what its history says. */
import type { AgentClient } from '../../client/agent-client';
import type { SequencedMessage } from '../../workflows/contract';

export interface KeptTalk {
  readonly id: string;
  /** Every message since the beginning, from history. */
  readonly messages: readonly SequencedMessage[];
  /** As JSON, without times and attempts: what the queries say, and what history says. */
  readonly memory: string;
  readonly transcript: string;
}

export async function keptOf(client: AgentClient, id: string): Promise<KeptTalk> {
  const { summary } = await client.messages(id);
  const memory = { summary, messages: await client.allMessages(id) };
  const transcript = await client.transcript(id);
  const messages = transcript.messages.map(
    ({ acceptedAt: _at, usage: _usage, costUsd: _cost, work: _work, ...message }) => message,
  );
  const compactions = transcript.compactions.map(
    ({ usage: _usage, costUsd: _cost, work: _work, ...compaction }) => compaction,
  );
  const { unproven, isBeginningLost } = transcript;
  return {
    id,
    messages,
    memory: JSON.stringify(memory),
    transcript: JSON.stringify({ messages, compactions, unproven, isBeginningLost }),
  };
}
