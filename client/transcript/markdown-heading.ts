/** What stands at the head of a transcript: whose it is, how it went, and what of it is missing or in doubt. */
import { counted, formatCost, formatTokens } from '../timeline/words';
import { code, inline } from './markdown-text';
import type { Transcript } from './types';

export function headingOf(transcript: Transcript): string {
  const { agent, model, status, runs, turns, messages, usage, costUsd, startedAt } = transcript;
  const { endedAt } = transcript;
  const facts = [
    ...(agent === undefined ? [] : [`agent ${code(agent)}`]),
    ...(model === undefined ? [] : [`model ${code(model)}`]),
    status,
    counted(turns.length, 'turn'),
    counted(messages.length, 'message'),
    ...(runs > 1 ? [counted(runs, 'run')] : []),
    `${formatTokens(usage)} tokens`,
    costOf(costUsd),
    endedAt === undefined ? `since ${startedAt}` : `${startedAt} to ${endedAt}`,
  ];
  return facts.join(' · ');
}

export function noticesOn({
  error,
  isBeginningLost,
  messages,
  unproven,
}: Transcript): readonly string[] {
  const firstSeq = messages[0]?.seq ?? 0;
  const lost = firstSeq > 0 ? `: ${counted(firstSeq, 'message')} at the beginning are missing` : '';
  const steps = unproven.map(({ turn, step }) => `turn ${turn} step ${step}`);
  return [
    ...(error ? [`**The conversation failed:** ${code(error.type)} ${inline(error.message)}`] : []),
    ...(isBeginningLost
      ? [
          `The server no longer has the first runs${lost}. What they carried over has no times and attempts.`,
        ]
      : []),
    ...(steps.length > 0
      ? [`Not proven: the digests of these prompts are of other messages: ${steps.join(', ')}.`]
      : []),
  ];
}

export function costOf(costUsd: number | null): string {
  return costUsd === null ? 'cost unknown' : formatCost(costUsd);
}
