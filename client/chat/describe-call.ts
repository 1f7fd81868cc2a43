/** Tool calls in a chat, and what is asked about them. Pure. */
import type { Colors } from 'picocolors/types';
import { cut } from '../../agent/json';
import type { ToolCallMessage } from '../../agent/messages';
import type { PendingItem } from '../../workflows/contract';
import { describeAsked } from '../commands/describe-pending';
import { formatDuration } from '../timeline/words';
import { toPrintable } from './printable';

/** What waits for the person who reads this, with the exact arguments. */
export function describeItem(
  item: PendingItem,
  { colors, now }: { readonly colors: Colors; readonly now: () => number },
): readonly string[] {
  const expiry = formatDuration(Date.parse(item.expiresAt) - now());
  const how = item.kind === 'question' ? 'type the answer' : howToDecide(item);
  return [
    colors.yellow(`  ${toPrintable(item.callId)} waits for you · expires in ${expiry}`),
    ...describeAsked(item).map((line) => `    ${toPrintable(line)}`),
    colors.dim(`    ${how}`),
  ];
}

function howToDecide({ kind }: PendingItem): string {
  const always = kind === 'approval' ? ' · a: yes, and always for this tool' : '';
  return `y: yes · n: no (n and a reason)${always}`;
}

export function callText({ name, arguments: given }: ToolCallMessage): string {
  return `${toPrintable(name)}(${cut(toPrintable(JSON.stringify(given)), 80)})`;
}

/** Of what is still going on. */
export function formatSeconds(ms: number): string {
  return `${Math.floor(ms / 1_000)} s`;
}
