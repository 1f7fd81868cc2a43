/**
 * Everything that was said in a conversation since its beginning, over all its runs, and what it took. The server alone
 * is asked: no worker needs to run, and the conversation may be over.
 */
import type { Client } from '@temporalio/client';
import { readTimeline } from './timeline';
import { ofTurn } from './transcript/of-turn';
import { rebuildMessages } from './transcript/rebuild';
import { RecordedHistory } from './transcript/recorded';
import { toTranscript } from './transcript/to-transcript';
import type { Transcript } from './transcript/types';

export { type MarkdownOptions, transcriptToMarkdown } from './transcript/markdown';
export type {
  StepNumber,
  Transcript,
  TranscriptCompaction,
  TranscriptMessage,
  TranscriptTurn,
  TranscriptWaiting,
} from './transcript/types';

export interface TranscriptOptions {
  /** This one alone. @default all of them */
  readonly turn?: number | undefined;
}

/** @throws UnknownConversationError, UnknownTurnError */
export async function readTranscript(
  client: Client,
  id: string,
  { turn }: TranscriptOptions = {},
): Promise<Transcript> {
  const recorded = new RecordedHistory();
  const timeline = await readTimeline(client, id, (fact) => recorded.add(fact));
  const rebuilt = await rebuildMessages(recorded, timeline.turns);
  const transcript = toTranscript(timeline, recorded, rebuilt);
  return turn === undefined ? transcript : ofTurn(transcript, turn);
}
