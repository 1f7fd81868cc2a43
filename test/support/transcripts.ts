/** Transcripts without a server: from facts, or from the events of runs. */
import { TimelineFold } from '../../client/timeline/fold';
import type { HistoryFact } from '../../client/timeline/facts';
import { type HistoryEvent, fromHistoryEvent } from '../../client/timeline/from-history';
import type { Transcript } from '../../client/transcript';
import { rebuildMessages } from '../../client/transcript/rebuild';
import { RecordedHistory } from '../../client/transcript/recorded';
import { toTranscript } from '../../client/transcript/to-transcript';

export async function transcriptOf(facts: readonly HistoryFact[]): Promise<Transcript> {
  const fold = new TimelineFold();
  const recorded = new RecordedHistory();
  for (const fact of facts) {
    fold.add(fact);
    recorded.add(fact);
  }
  const readAtMs = facts.at(-1)?.atMs ?? 0;
  const timeline = fold.toTimeline({ id: 'demo-1', readAtMs, events: facts.length });
  return toTranscript(timeline, recorded, await rebuildMessages(recorded, timeline.turns));
}

export function transcriptOfEvents(events: readonly HistoryEvent[]): Promise<Transcript> {
  return transcriptOf(events.map(fromHistoryEvent).filter((fact) => fact !== undefined));
}

/** Each message on one line: `seq turn/step role text`. */
export function outlineOf({ messages }: Pick<Transcript, 'messages'>): readonly string[] {
  return messages.map(({ seq, turn, step, message }) => {
    const where = `${seq} ${turn}${step === undefined ? '' : `/${step}`}`;
    const text = typeof message.content === 'string' ? message.content : textOf(message.content);
    const calls = message.role === 'assistant' ? message.toolCalls.map(({ id }) => ` ${id}`) : [];
    return `${where} ${message.role} ${text}${calls.join('')}`.trim();
  });
}

function textOf(blocks: readonly { readonly type: string; readonly text?: string }[]): string {
  return blocks.map(({ type, text }) => text ?? type).join('|');
}
