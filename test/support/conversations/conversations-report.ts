/** The conversations with tools in a folder of recordings, held again: counts, differences, and what cannot be held. */
import { readRecordings } from '../raw/raw-exchanges';
import type { RawExchange } from '../raw/raw-types';
import { toScript, type ConversationScript } from './conversation-script';
import { holdConversations, type HeldConversation } from './hold-conversations';
import { chainsIn } from './recorded-chain';

export interface ConversationCount {
  conversations: number;
  turns: number;
  steps: number;
  calls: number;
  equal: number;
  differ: number;
  equalRequests: number;
}

export interface NotHeld {
  readonly id: string;
  readonly reason: string;
}

export interface ConversationsReport {
  /** By `provider · source`. */
  readonly rows: ReadonlyMap<string, ConversationCount>;
  readonly held: readonly HeldConversation[];
  readonly notHeld: readonly NotHeld[];
}

export async function conversationsReport(
  folder: string,
  onProgress: (done: number, of: number) => void = () => undefined,
): Promise<ConversationsReport> {
  const { scripts, notHeld } = await recordedScripts(folder);
  const held = await holdConversations(scripts, (done) => onProgress(done, scripts.length));
  const rows = new Map<string, ConversationCount>();
  for (const { script, differences, equalRequests } of held) {
    const row = rowOf(rows, nameOf(script));
    const steps = script.turns.flatMap((turn) => turn.steps);
    row.conversations += 1;
    row.turns += script.turns.length;
    row.steps += steps.length;
    row.calls += steps.reduce((sum, { answer }) => sum + answer.toolCalls.length, 0);
    row[differences.length === 0 ? 'equal' : 'differ'] += 1;
    row.equalRequests += equalRequests;
  }
  return { rows, held, notHeld };
}

/** Of every file on its own. */
export async function recordedScripts(folder: string): Promise<{
  readonly scripts: readonly ConversationScript[];
  readonly notHeld: readonly NotHeld[];
}> {
  const { exchanges } = await readRecordings(folder);
  const files = new Map<string, RawExchange[]>();
  for (const exchange of exchanges) {
    const file = files.get(exchange.path) ?? [];
    files.set(exchange.path, file);
    file.push(exchange);
  }
  const scripts: ConversationScript[] = [];
  const notHeld: NotHeld[] = [];
  for (const file of files.values()) {
    const { chains, unreadable } = chainsIn(file);
    notHeld.push(...unreadable);
    for (const chain of chains) {
      const script = toScript(chain);
      if (typeof script === 'string') notHeld.push({ id: chain.id, reason: script });
      else scripts.push(script);
    }
  }
  return { scripts, notHeld };
}

export function nameOf({ turns }: ConversationScript): string {
  const { exchange } = turns[0]!.steps[0]!;
  return `${exchange.provider} · ${exchange.source}`;
}

function rowOf(rows: Map<string, ConversationCount>, name: string): ConversationCount {
  const row = rows.get(name) ?? {
    conversations: 0,
    turns: 0,
    steps: 0,
    calls: 0,
    equal: 0,
    differ: 0,
    equalRequests: 0,
  };
  rows.set(name, row);
  return row;
}
