/** Messages and the timeline of the same history → transcript. Pure. */
import { addSpending, spendingOf } from '../../agent/usage';
import type {
  Timeline,
  TimelineMessage,
  TimelineThink,
  TimelineTurn,
  TimelineWork,
} from '../timeline/types';
import type { Rebuilt, RebuiltCompaction, RebuiltMessage } from './rebuilt';
import type { RecordedHistory } from './recorded';
import type {
  StepNumber,
  Transcript,
  TranscriptCompaction,
  TranscriptMessage,
  TranscriptTurn,
  TranscriptWaiting,
} from './types';

export function toTranscript(
  timeline: Timeline,
  recorded: RecordedHistory,
  { messages, compactions, unproven }: Rebuilt,
): Transcript {
  const { turns, waiting, events: _events, historyBytes: _bytes, ...heading } = timeline;
  const works = new Works(turns);
  return {
    ...heading,
    ...turns.reduce(addSpending, recorded.spentEarlier),
    unproven,
    turns: turns.map(toTurn),
    messages: messages.map((message) => toMessage(message, works)),
    compactions: compactions.map((compaction) => toCompaction(compaction, works)),
    waiting: waiting.flatMap((message) => toWaiting(message, recorded)),
  };
}

/** The work of a history, found by what came of it. */
class Works {
  private readonly thinks = new Map<string, TimelineThink>();
  private readonly calls = new Map<string, TimelineWork>();
  private readonly summaries = new Map<string, TimelineWork[]>();
  private readonly acceptedAt = new Map<string, string>();

  constructor(turns: readonly TimelineTurn[]) {
    for (const { turn, steps, compactions, userMessages } of turns) {
      for (const { step, ...work } of compactions) {
        const key = `${turn}/${step}`;
        if (work.status !== 'done') continue;
        this.summaries.set(key, [...(this.summaries.get(key) ?? []), workOf(work)]);
      }
      for (const { messageId, acceptedAt } of userMessages) {
        if (acceptedAt !== undefined) this.acceptedAt.set(messageId, acceptedAt);
      }
      for (const { step, think, act } of steps) {
        // A step that was asked for again has one answer.
        const key = `${turn}/${step}`;
        if (think.status === 'done' || !this.thinks.has(key)) this.thinks.set(key, think);
        for (const call of act) this.calls.set(call.callId, workOf(call));
      }
    }
  }

  /** One step may have taken several, which came one after the other. */
  nextSummaryAt({ turn, step }: StepNumber): TimelineWork | undefined {
    return this.summaries.get(`${turn}/${step}`)?.shift();
  }

  of({ message, turn, step, messageId }: RebuiltMessage): Partial<TranscriptMessage> {
    switch (message.role) {
      case 'user': {
        const acceptedAt = this.acceptedAt.get(messageId ?? '');
        return acceptedAt === undefined ? {} : { acceptedAt };
      }
      case 'assistant': {
        const think = this.thinks.get(`${turn}/${step}`);
        return { ...spendingOf(message), ...(think && { work: workOf(think) }) };
      }
      case 'tool_response': {
        const work = this.calls.get(message.toolCallId);
        return work ? { work } : {};
      }
    }
  }
}

function toCompaction(
  { at, response, ...compaction }: RebuiltCompaction,
  works: Works,
): TranscriptCompaction {
  const work = at && works.nextSummaryAt(at);
  return {
    ...compaction,
    ...at,
    ...(response && spendingOf(response)),
    ...(work && { work }),
  };
}

/** Without what is told of a model call or a tool call alone. */
function workOf(work: TimelineWork): TimelineWork {
  const { startedAt, durationMs, beforeLastAttemptMs, status, attempts, worker } = work;
  const { lostWorkers, failure } = work;
  return {
    ...{ startedAt, durationMs, beforeLastAttemptMs, status, attempts },
    ...(worker !== undefined && { worker }),
    lostWorkers,
    ...(failure && { failure }),
  };
}

function toMessage(rebuilt: RebuiltMessage, works: Works): TranscriptMessage {
  return { ...rebuilt, ...works.of(rebuilt) };
}

function toTurn({
  userMessages: _taken,
  steps: _steps,
  answer: _answer,
  waits: _waits,
  ...turn
}: TimelineTurn): TranscriptTurn {
  return turn;
}

/** One that nobody can read any more still waits, and is told of by `state`. */
function toWaiting(
  { messageId, acceptedAt }: TimelineMessage,
  { userMessages }: RecordedHistory,
): readonly TranscriptWaiting[] {
  const message = userMessages.get(messageId);
  return message ? [{ messageId, message, ...(acceptedAt !== undefined && { acceptedAt }) }] : [];
}
