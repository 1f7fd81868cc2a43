/** What a kill run must show, from what the ledger was sent and what the conversations hold. */
import { createHash } from 'node:crypto';
import type { SequencedMessage } from '../../workflows/contract';
import type { LedgerCall } from './kill-ledger';
import type { KillPhase, KillRun } from './kill-run';
import { deposits } from './kill-script';

/** What the ledger was sent, held against what the conversations say. */
export interface LedgerVerdict {
  /** Calls that came more than once, and those of them whose bodies were not the same. */
  readonly repeatedCalls: number;
  readonly changedRepeats: number;
  /** Model calls whose body is not the one that the transcript's `promptDigest` stands for. */
  readonly foreignPrompts: number;
  /** Effects beyond one for each deposit, and deposits without one. */
  readonly duplicateEffects: number;
  readonly missingEffects: number;
}

export interface KillVerdict extends LedgerVerdict {
  /** Each confirmed: the call was cut, and a later attempt of it came. */
  readonly confirmed: Readonly<Record<KillPhase, number>>;
  readonly conversations: number;
  /** Conversations whose messages differ from the undisturbed one's, byte by byte. */
  readonly changedTranscripts: number;
}

export function verdictOf(run: KillRun): KillVerdict {
  const conversations = [...run.transcripts];
  const expected = textOf(run.undisturbed);
  const callsById = byId(run.calls);
  const undisturbedConversations = 1;
  return {
    confirmed: {
      model: confirmed(run, callsById, 'model'),
      tool: confirmed(run, callsById, 'tool'),
      between: run.kills.filter(({ phase }) => phase === 'between').length,
    },
    conversations: conversations.length,
    changedTranscripts: conversations.filter(([, messages]) => textOf(messages) !== expected)
      .length,
    ...ledgerVerdictOf(run, conversations.length + undisturbedConversations),
  };
}

/** `conversations`: how many have paid in their notes. */
export function ledgerVerdictOf(
  { calls, effects, transcripts }: Pick<KillRun, 'calls' | 'effects' | 'transcripts'>,
  conversations: number,
): LedgerVerdict {
  const repeats = [...byId(calls).values()].filter(({ length }) => length > 1);
  const notes = [...effects.values()].map(({ conversation, note }) => `${conversation}/${note}`);
  const distinctNotes = new Set(notes);
  return {
    repeatedCalls: repeats.length,
    changedRepeats: repeats.filter(([first, ...others]) =>
      others.some(({ body }) => !body.equals(first!.body)),
    ).length,
    foreignPrompts: calls.filter((call) => isForeign(call, transcripts)).length,
    duplicateEffects: notes.length - distinctNotes.size,
    missingEffects: deposits * conversations - distinctNotes.size,
  };
}

function byId(calls: readonly LedgerCall[]): ReadonlyMap<string, readonly LedgerCall[]> {
  return groups(calls, ({ phase, conversation, step }) => [phase, conversation, step].join('/'));
}

/** As `messages` answers them, but for the id that each sender chose. */
function textOf(messages: readonly SequencedMessage[]): string {
  return JSON.stringify(messages.map(({ messageId: _chosen, ...entry }) => entry));
}

function confirmed(
  run: KillRun,
  callsById: ReadonlyMap<string, readonly LedgerCall[]>,
  phase: KillPhase,
): number {
  return run.kills.filter((kill) => {
    const calls = callsById.get([kill.phase, kill.conversation, kill.step].join('/')) ?? [];
    return kill.phase === phase && calls.some(({ attempt }) => attempt >= 2);
  }).length;
}

function isForeign(
  { phase, conversation, step, body }: LedgerCall,
  transcripts: KillRun['transcripts'],
): boolean {
  const messages = transcripts.get(conversation);
  if (phase !== 'model' || !messages) return false;
  const responses = messages.flatMap(({ message }) =>
    message.role === 'assistant' ? [message] : [],
  );
  const digest = createHash('sha256').update(body).digest('hex');
  return responses[step - 1]?.promptDigest !== digest;
}

function groups<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): ReadonlyMap<string, readonly Value[]> {
  const found = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return found;
}
