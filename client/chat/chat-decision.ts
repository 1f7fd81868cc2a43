/** What a person says to what waits, as a decision. Pure. */
import type { DecideInput, PendingItem } from '../../workflows/contract';

export type ParsedDecision =
  { readonly item: PendingItem; readonly input: DecideInput } | { readonly problem: string };

/** `y`, `n`, `n too much`, `a`; to a question anything is the answer. */
export function parseReply(item: PendingItem, text: string): ParsedDecision {
  const { callId, kind } = item;
  const said = text.trim();
  if (kind === 'question') {
    return { item, input: { callId, approved: true, answer: said } };
  }
  const [, word = '', reason = ''] = /^(\S+)\s*([^]*)$/.exec(said) ?? [];
  switch (word.toLowerCase()) {
    case 'n':
    case 'no':
      return { item, input: { callId, approved: false, ...(reason && { reason }) } };
    case 'y':
    case 'yes':
      if (reason === '') return { item, input: { callId, approved: true } };
      break;
    case 'a':
    case 'always':
      if (reason === '' && kind === 'approval') {
        return { item, input: { callId, approved: true, remember: true } };
      }
      break;
    default:
  }
  const always = kind === 'approval' ? ', a (always)' : '';
  return {
    problem: `${callId} waits for y, n${always} or n and a reason. To say something for later: /queue TEXT.`,
  };
}

/** `/approve`, `/deny` and `/answer`, with an id or, where one alone waits, without it. */
export function parseDecisionCommand(
  name: 'approve' | 'deny' | 'answer',
  rest: string,
  pending: readonly PendingItem[],
): ParsedDecision {
  const [, first = '', behind = ''] = /^(\S*)\s*([^]*)$/.exec(rest) ?? [];
  const named = pending.find(({ callId }) => callId === first);
  const item =
    named ?? (pending.length === 1 && !/^t\d+\w*\d$/.test(first) ? pending[0] : undefined);
  if (!item) {
    const known = pending.map(({ callId }) => callId).join(', ');
    return {
      problem: known ? `Which one? Waiting: ${known}.` : 'Nothing waits for a decision.',
    };
  }
  const text = named ? behind : rest;
  const { callId } = item;
  switch (name) {
    case 'approve':
      if (text !== '' && text !== 'always') {
        return { problem: `\`/approve\` takes \`always\` and nothing else, not \`${text}\`.` };
      }
      return { item, input: { callId, approved: true, remember: text === 'always' } };
    case 'deny':
      return { item, input: { callId, approved: false, ...(text && { reason: text }) } };
    case 'answer':
      if (text === '') return { problem: '`/answer` needs a text.' };
      return { item, input: { callId, approved: true, answer: text } };
  }
}
