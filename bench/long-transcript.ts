/** A transcript held against the script: every message, in order, and nothing else. */
import { contentToText } from '../agent/messages';
import type { Transcript, TranscriptMessage } from '../client/transcript';
import { type LongTalk, type ScriptedMessage, scriptOf } from './long-script';

/** As many are told. */
const shown = 5;

/** In words; none when all is as it should be. */
export function differencesFrom(
  talk: LongTalk,
  { messages, unproven, isBeginningLost, compactions: found, waiting }: Transcript,
  compactions: number,
): readonly string[] {
  const differences: string[] = [];
  let seq = 0;
  for (const { turn, message } of scriptOf(talk)) {
    const entry = messages[seq];
    if (!entry) differences.push(`message ${seq} is missing`);
    else if (entry.seq !== seq || entry.turn !== turn || !isSaid(message, entry)) {
      differences.push(`message ${seq} is not as the script has it: ${describe(entry)}`);
    }
    seq += 1;
  }
  if (messages.length > seq) differences.push(`${messages.length - seq} messages too many`);
  if (unproven.length > 0) differences.push(`${unproven.length} prompts are unproven`);
  if (isBeginningLost) differences.push('the beginning is lost');
  if (waiting.length > 0) differences.push(`${waiting.length} messages wait`);
  if (found.length !== compactions)
    differences.push(`${found.length} compactions are told of, there were ${compactions}`);
  if (differences.length <= shown) return differences;
  return [...differences.slice(0, shown), `and ${differences.length - shown} more`];
}

function isSaid(scripted: ScriptedMessage, { message }: TranscriptMessage): boolean {
  if (message.role !== scripted.role) return false;
  if (contentToText(message.content) !== scripted.content) return false;
  if (message.role === 'tool_response') return !message.isError;
  if (message.role !== 'assistant' || scripted.role !== 'assistant') return true;
  const calls = message.toolCalls.map(({ name, arguments: given }) => ({ name, given }));
  const wanted =
    scripted.entry === undefined ? [] : [{ name: 'read_entry', given: { entry: scripted.entry } }];
  return JSON.stringify(calls) === JSON.stringify(wanted);
}

function describe({ seq, turn, message }: TranscriptMessage): string {
  const said = contentToText(message.content).slice(0, 60);
  return `seq ${seq}, turn ${turn}, ${message.role}, ${JSON.stringify(said)}`;
}
