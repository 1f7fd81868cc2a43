/**
 * Tells one reader what is new to it: what looks show, in order, each thing once. Durable messages fill whatever gap the
 * previews left; a preview is told only when everything before it has been.
 */
import type { AgentResponseMessage } from '../../agent/agent-messages';
import type { DeltaSnapshot, TextSpan } from '../../wire/delta-channel';
import { endOf } from '../../wire/text-span';
import type { ConversationState, SequencedMessage } from '../../workflows/contract';
import type { ConversationEvent, StreamedEvent } from '../conversation-events';
import { type KnownAttempt, modelCallType } from './attempts';
import type { Look, Standing } from './look';
import { type ShownPieces, type StreamPosition, formatOffset } from './offset';

type Events = Generator<ConversationEvent, void, undefined>;
type MaybeCall = Pick<ShownPieces, 'call'>;
type LaterEvents = AsyncGenerator<ConversationEvent, void, undefined>;

export class Teller {
  /** By activity: which of its attempts the reader knows of. */
  private readonly attempts = new Map<string, number>();
  /** The last message that was told. */
  private last: SequencedMessage | undefined;
  /** Who opened the turn of the messages that are being told. */
  private opener = { turn: 0, messageId: '' };
  private status = '';

  constructor(private position: StreamPosition) {}

  /** What `look` shows beyond what has been told. */
  async *tell(look: Look & { readonly standing: Standing }): LaterEvents {
    const { standing } = look;
    const { state } = standing;
    this.goBackWith(state);
    const waiting = (state.pending ?? []).map(({ callId }) => callId);
    for (const callId of this.position.waiting.filter((id) => !waiting.includes(id))) {
      const left = this.position.waiting.filter((id) => id !== callId);
      yield this.event({ type: 'settled', isFinal: false, callId }, { waiting: left });
    }
    yield* this.messages(standing);
    yield* this.ends(standing, Infinity);
    for (const item of state.pending ?? []) {
      const known = this.position.waiting;
      if (known.includes(item.callId)) continue;
      const change = { waiting: [...known, item.callId] };
      yield this.event({ type: 'pending', isFinal: false, item }, change);
    }
    yield* this.statusOf(state);
    yield* this.newAttempts(look.attempts);
    const { preview } = look;
    if (preview && (await this.isNext(preview, standing))) yield* this.pieces(preview, look);
  }

  /** A reset takes a conversation back to where it was before: the stream goes on from there. */
  private goBackWith({ messages, turn, turns }: ConversationState): void {
    const lastEnded = turns.at(-1)?.status === 'running' ? turn - 1 : turn;
    const { position } = this;
    if (messages >= position.seq && lastEnded >= position.turn) return;
    this.last = undefined;
    this.position = {
      seq: Math.min(messages, position.seq),
      told: messages < position.seq ? 0 : position.told,
      turn: Math.min(lastEnded, position.turn),
      waiting: position.waiting,
    };
  }

  private async *messages(standing: Standing): LaterEvents {
    let from: number | undefined = this.position.seq;
    while (from !== undefined && from < standing.state.messages) {
      const page = await standing.page(from);
      for (const entry of page.messages) {
        // Of a turn that is over for this reader.
        if (entry.turn > 0 && entry.turn <= this.position.turn) continue;
        yield* this.ends(standing, entry.turn);
        yield* this.message(entry);
      }
      from = page.next;
    }
    // What is no message any more has left Memory, and what is of an earlier turn is not told.
    const { messages } = standing.state;
    if (this.position.seq < messages) this.position = { ...this.position, seq: messages, told: 0 };
  }

  private *message(entry: SequencedMessage): Events {
    const { seq, turn, messageId } = entry;
    const parts = partsOf(entry);
    const skipped = seq === this.position.seq ? this.position.told : 0;
    if (turn !== this.opener.turn && messageId !== undefined) this.opener = { turn, messageId };
    this.last = entry;
    for (const [index, part] of parts.entries()) {
      if (index < skipped) continue;
      const isLast = index === parts.length - 1;
      const stands = isLast ? { seq: seq + 1, told: 0 } : { seq, told: index + 1 };
      yield this.event(part, { ...stands, shown: undefined });
    }
  }

  /** The ends of turns before `turn` that have not been told. */
  private async *ends(standing: Standing, turn: number): LaterEvents {
    const { opener } = this;
    const ended = standing.state.turns
      .filter(({ status }) => status !== 'running')
      .map(({ turn: number, messageIds: [messageId = ''] }) => ({ turn: number, messageId }));
    // Of the turns that are long over only their messages tell.
    const isKnown = standing.state.turns.some((known) => known.turn === opener.turn);
    for (const end of isKnown ? ended : [opener, ...ended]) {
      if (end.turn <= this.position.turn || end.turn >= turn) continue;
      const response = await standing.response(end.messageId);
      if (response) yield this.complete(response);
    }
  }

  private complete(response: AgentResponseMessage): ConversationEvent {
    const { content, turn } = response;
    // The next turn's may be the same: it is told all the same.
    this.status = '';
    return this.event(
      { type: 'complete', isFinal: true, content, response },
      { turn, shown: undefined, waiting: [] },
    );
  }

  private *statusOf({ status, activity }: ConversationState): Events {
    const told = `${status} ${activity ?? ''}`;
    if (told === this.status) return;
    this.status = told;
    const what = activity === undefined ? {} : { activity };
    yield this.event({ type: 'status', isFinal: false, status, ...what }, {});
  }

  private *newAttempts(attempts: readonly KnownAttempt[]): Events {
    const known = new Map(this.attempts);
    this.attempts.clear();
    for (const one of attempts) {
      const { key, activity, attempt } = one;
      this.attempts.set(key, attempt);
      const { shown } = this.position;
      const isModel = activity === modelCallType;
      // A reader that has come back knows of the attempt whose text it has.
      const before = known.get(key) ?? (isModel ? shown?.attempt : undefined);
      const isTold = before === undefined || before === attempt;
      // The channel may have been first.
      if (isTold || (isModel && isOfAttempt(shown, one))) continue;
      yield this.attempt(one, isModel ? shown : undefined);
    }
  }

  private attempt(
    { activity, attempt, call, worker, lostWorker }: Omit<KnownAttempt, 'key' | 'call'> & MaybeCall,
    shown: ShownPieces | undefined,
  ): ConversationEvent {
    return this.event(
      {
        ...{ type: 'attempt', isFinal: false, activity, attempt },
        ...(lostWorker !== undefined && { lostWorker }),
        ...(worker !== undefined && { worker }),
      },
      shown ? { shown: { ...shown, attempt, call, text: 0, thinking: 0 } } : {},
    );
  }

  /** Whether what is being generated comes right behind what has been told. */
  private async isNext({ turn, step }: DeltaSnapshot, standing: Standing): Promise<boolean> {
    const { state } = standing;
    if (turn !== state.turn || step !== state.step || turn <= this.position.turn) return false;
    if (!this.last && state.messages > 0) {
      const { messages } = await standing.page(state.messages - 1);
      this.last = messages.at(-1);
    }
    // While its tools are at work, the step has its answer.
    const message = this.last?.message;
    return message?.role !== 'assistant' || message.toolCalls.length === 0;
  }

  private *pieces(preview: DeltaSnapshot, { attempts }: Look): Events {
    const { turn, step, attempt, call, text, offset, thinking } = preview;
    const { shown } = this.position;
    const isSameStep = shown?.turn === turn && shown.step === step;
    if (isSameStep && !isOfAttempt(shown, preview)) {
      const isIt = (one: KnownAttempt) =>
        one.activity === modelCallType && isOfAttempt(preview, one);
      const begun = attempts.find(isIt) ?? { activity: modelCallType, attempt };
      yield this.attempt({ ...begun, call }, shown);
    }
    const before =
      this.position.shown && isSameStep
        ? this.position.shown
        : { turn, step, attempt, call, text: 0, thinking: 0 };
    const thought = thinking && pieceOf(thinking, before.thinking);
    const said = pieceOf({ text, offset }, before.text);
    const where = { isFinal: false, turn, step, attempt } as const;
    const afterThought = { ...before, ...(thought && { thinking: thought.end }) };
    if (thought) {
      yield this.event({ type: 'thinking', ...where, ...thought.piece }, { shown: afterThought });
    }
    if (said) {
      yield this.event(
        { type: 'partial', ...where, ...said.piece },
        { shown: { ...afterThought, text: said.end } },
      );
    }
  }

  private event(told: StreamedEvent, change: Partial<StreamPosition>): ConversationEvent {
    this.position = { ...this.position, ...change };
    return { ...told, offset: formatOffset(this.position) };
  }
}

/** What a message is told as. */
function partsOf(entry: SequencedMessage): readonly StreamedEvent[] {
  const { message } = entry;
  const itself = { type: 'message', isFinal: false, message: entry } as const;
  switch (message.role) {
    case 'user':
      return [itself];
    case 'assistant':
      return [
        itself,
        ...message.toolCalls.map(
          (call) => ({ type: 'tool_started', isFinal: false, call }) as const,
        ),
      ];
    case 'tool_response': {
      const { toolCallId: callId } = message;
      return [itself, { type: 'tool_finished', isFinal: false, callId, result: message }];
    }
  }
}

/** Where one of both does not name its call, it may be the same. */
function isOfAttempt(
  shown: Pick<ShownPieces, 'attempt' | 'call'> | undefined,
  { attempt, call = shown?.call }: Pick<ShownPieces, 'attempt' | 'call'>,
): boolean {
  return shown?.attempt === attempt && (shown.call ?? call) === call;
}

/** What of a span lies behind the first `known` characters. */
function pieceOf(span: TextSpan, known: number) {
  const { offset, text } = span;
  const end = endOf(span);
  if (end <= known) return undefined;
  const textOffset = Math.max(known, offset);
  return { piece: { content: text.slice(textOffset - offset), textOffset }, end };
}
