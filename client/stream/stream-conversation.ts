/** The events of one conversation for one reader, from where it wants to begin to where it wants to end. */
import type { AgentResponseMessage } from '../../agent/agent-messages';
import type { ConversationEvent, StreamedEvent } from '../conversation-events';
import type { StreamOptions } from '../conversation-options';
import {
  ConversationEndedError,
  MessageCancelledError,
  MessageForgottenError,
  RunFailedError,
  ServerAwayError,
} from '../errors';
import type { Feeds } from './feeds';
import type { Look, Standing, StreamReader } from './look';
import { type StreamPosition, atTheBeginning, formatOffset, parseOffset } from './offset';
import { Teller } from './teller';
import { toTrouble } from './trouble';

export interface StreamRequest extends Pick<StreamOptions, 'from' | 'until' | 'signal'> {
  readonly feeds: Feeds;
  readonly reader: StreamReader;
  readonly id: string;
  /** The message that was sent for it: the stream is about the turn that takes it. */
  readonly sent?: SentMessage | undefined;
}

export interface SentMessage {
  readonly messageId: string;
  /** Where it stands in Memory, or what stands there before it; as far as that is known. */
  readonly seq?: number | undefined;
}

/** How long a conversation may be out of reach before somebody who waits for an answer is told so by an error. */
const patienceMs = 20_000;

/**
 * @throws InvalidOffsetError, UnknownConversationError. With `sent` also MessageCancelledError, MessageForgottenError,
 * RunFailedError, ConversationEndedError and, after 20 s without an answer, the error that says why.
 */
export async function* streamConversation(
  request: StreamRequest,
): AsyncGenerator<ConversationEvent, void, undefined> {
  const { feeds, id, from, sent, signal = new AbortController().signal } = request;
  const start = new StreamStart(request);
  const { feed, leave } = feeds.join(id, { hasSent: sent !== undefined });
  const joinedAt = feeds.clock.now();
  // What was asked before does not know of the message, nor of all that somebody who comes back has been told.
  const outdated = sent || from !== undefined ? feed.renew() : 0;
  let version = sent ? feed.version : 0;
  if (sent) feed.expect(sent.messageId);
  let teller: Teller | undefined;
  let trouble = '';
  try {
    for (;;) {
      const look = await feed.after(version, signal);
      if (!look) return;
      version = look.version;
      const isLast = isLastLook(look, sent);
      if (look.trouble && !isLast) {
        const { error, sinceMs } = look.trouble;
        if (sent && feeds.clock.now() - Math.max(sinceMs, joinedAt) > patienceMs) throw error;
        if (error.message === trouble) continue;
        trouble = error.message;
        yield start.note({ type: 'trouble', isFinal: false, message: trouble });
        continue;
      }
      try {
        if (look.trouble) return yield* lastWord(request, start);
        if (!isNewerThan(outdated, look)) continue;
        const position = await start.position(look.standing, isLast);
        if (position === 'over') return;
        if (position) teller ??= new Teller(position);
        for await (const event of teller?.tell(look) ?? []) {
          start.standAt(event.offset);
          yield event;
          if (start.isEnd(event)) return;
          if (signal.aborted) return;
        }
        if (isLast) return yield* lastWord(request, start);
        trouble = '';
      } catch (error) {
        const mayPass = toTrouble(error);
        if (!mayPass) throw error;
        feed.report(mayPass);
      }
    }
  } finally {
    leave();
  }
}

/** Where a stream begins, how far it is, and which event ends it. */
class StreamStart {
  private begun: StreamPosition | undefined;
  /** Of the last event. */
  private offset: string;
  /** Turn of the message that was sent. */
  private turn: number | undefined;
  /** Messages that were in Memory before the turn began. */
  private before: number | undefined;

  constructor(private readonly request: StreamRequest) {
    const { from } = request;
    this.begun = from === undefined ? undefined : parseOffset(from);
    this.offset = formatOffset(this.begun ?? atTheBeginning);
  }

  /** Undefined while the turn has not begun. `over`: the reader has seen the end of it before. */
  async position(
    standing: Standing,
    isLast: boolean,
  ): Promise<StreamPosition | 'over' | undefined> {
    const { sent, from } = this.request;
    if (!sent) return (this.begun ??= runningOrNext(standing));
    // A reset may have taken back the turn, and the message with it.
    if (this.turn !== undefined && this.turn <= standing.state.turn) return this.begun;
    this.turn = await turnOf(standing, sent.messageId, isLast);
    if (this.turn === undefined) {
      this.before = standing.state.messages;
      return this.begun;
    }
    const { firstSeq } = standing.state.turns.find(({ turn }) => turn === this.turn) ?? {};
    const seq = sent.seq ?? this.before ?? firstSeq ?? 0;
    this.begun ??= { ...atTheBeginning, seq, turn: this.turn - 1 };
    return from !== undefined && this.turn <= this.begun.turn ? 'over' : this.begun;
  }

  standAt(offset: string): void {
    this.offset = offset;
  }

  /** An event that changes nothing of where the reader stands. */
  note(event: StreamedEvent): ConversationEvent {
    return { ...event, offset: this.offset };
  }

  /** Of a conversation that was over before it could be read, its first turn is the only one. */
  isAbout(turn: number): boolean {
    return turn === (this.turn ?? 1);
  }

  isEnd(event: ConversationEvent): boolean {
    const { sent, until = 'turn' } = this.request;
    if (event.type !== 'complete' || until === 'conversation') return false;
    return !sent || event.response.turn === this.turn;
  }
}

/** The turn at work from its beginning or, while there is none, what comes next. */
function runningOrNext({ state }: Standing): StreamPosition {
  const { messages, turn, turns } = state;
  const last = turns.at(-1);
  if (last?.status !== 'running') return { ...atTheBeginning, seq: messages, turn };
  return { ...atTheBeginning, seq: last.firstSeq ?? 0, turn: turn - 1 };
}

/**
 * Undefined where it has not begun or, `isLast`, never will. The message was acknowledged before `standing` was asked for.
 *
 * @throws MessageCancelledError, MessageForgottenError
 */
async function turnOf(
  standing: Standing,
  messageId: string,
  isLast: boolean,
): Promise<number | undefined> {
  const { turns, queued, steering = [] } = standing.state;
  const known = turns.find(({ messageIds }) => messageIds.includes(messageId));
  if (known) return known.turn;
  if (queued.includes(messageId) || steering.includes(messageId)) return undefined;
  const status = await standing.message(messageId);
  if (status?.status === 'cancelled') throw new MessageCancelledError(messageId);
  if (status?.status === 'unknown' && !isLast) throw new MessageForgottenError(messageId);
  return status && 'turn' in status ? status.turn : undefined;
}

function isAnswer(result: AgentResponseMessage | Error | null): result is AgentResponseMessage {
  return result !== null && !(result instanceof Error);
}

/** Nothing more will be seen. Who waits for an answer has it from the server, where no worker can be asked any more. */
function isLastLook({ run, isOver, trouble }: Look, sent: SentMessage | undefined): boolean {
  if (!trouble) return isOver === true;
  const hasEnded = run !== undefined && run.status !== 'RUNNING';
  return sent !== undefined && hasEnded && !(trouble.error instanceof ServerAwayError);
}

/** Whether `look` shows what a later query than number `query` was told. */
function isNewerThan(query: number, look: Look): look is Look & { readonly standing: Standing } {
  return look.standing !== undefined && look.standing.query > query;
}

/** Nothing follows. Somebody who waits for an answer gets the run's own, if it has one, or the reason why there is none. */
async function* lastWord(
  { reader, id, sent }: StreamRequest,
  start: StreamStart,
): AsyncGenerator<ConversationEvent, void, undefined> {
  const result = await reader.result(id).catch((error: unknown) => {
    if (error instanceof RunFailedError) return error;
    throw error;
  });
  const failure = result instanceof Error ? result : undefined;
  if (!sent) {
    const error = failure && { type: failure.type, message: failure.message };
    return yield start.note({ type: 'ended', isFinal: true, ...(error && { error }) });
  }
  if (!isAnswer(result) || !start.isAbout(result.turn)) {
    throw failure ?? new ConversationEndedError(id);
  }
  // No worker is left who could be asked.
  const { content } = result;
  yield start.note({ type: 'complete', isFinal: true, content, response: result });
}
