/** A reader of a stream who believes nothing: what must not happen to a reader is put down. */
import type { AgentResponseMessage } from '../../agent/agent-messages';
import { contentToText } from '../../agent/messages';
import type { ConversationEvent } from '../../client/conversation-events';
import type { SequencedMessage } from '../../workflows/contract';

interface Shown {
  readonly turn: number;
  readonly step: number;
  readonly attempt: number;
  readonly text: string;
  readonly thinking: string;
}

/** Stands where a preview left a gap. */
const hole = '\u0000';

export class StrictReader {
  readonly problems: string[] = [];
  readonly events: ConversationEvent[] = [];
  readonly messages: SequencedMessage[] = [];
  readonly answers: AgentResponseMessage[] = [];
  readonly waiting = new Set<string>();
  private shown: Shown | undefined;

  /** Where to go on. */
  get offset(): string | undefined {
    return this.events.at(-1)?.offset;
  }

  /** What stands on the screen of the step that is being generated. */
  get preview(): string {
    return this.shown?.text ?? '';
  }

  count(type: ConversationEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  observe(event: ConversationEvent): void {
    this.events.push(event);
    switch (event.type) {
      case 'partial':
      case 'thinking':
        return this.observePiece(event);
      case 'attempt':
        if (event.activity !== 'getResponse' || !this.shown) return;
        this.shown = { ...this.shown, attempt: event.attempt, text: '', thinking: '' };
        return;
      case 'message':
        return this.observeMessage(event.message);
      case 'pending':
        if (this.waiting.has(event.item.callId))
          this.problems.push(`asked twice: ${event.item.callId}`);
        this.waiting.add(event.item.callId);
        return;
      case 'settled':
        if (!this.waiting.delete(event.callId))
          this.problems.push(`settled unasked: ${event.callId}`);
        return;
      case 'complete':
        this.observeEnd(event.response);
        return;
      case 'tool_started':
      case 'tool_finished':
      case 'status':
      case 'trouble':
      case 'ended':
        return;
    }
  }

  private observePiece(event: Extract<ConversationEvent, { type: 'partial' | 'thinking' }>): void {
    const { turn, step, attempt, content, textOffset } = event;
    const isSameStep = this.shown?.turn === turn && this.shown.step === step;
    const before = isSameStep ? this.shown! : { turn, step, attempt, text: '', thinking: '' };
    const where = `turn ${turn}, step ${step}`;
    if (before.attempt !== attempt) this.problems.push(`${where}: two attempts are mixed`);
    if (turn <= (this.answers.at(-1)?.turn ?? 0))
      this.problems.push(`${where}: a piece after its end`);
    const key = event.type === 'partial' ? 'text' : 'thinking';
    const known = before[key];
    if (textOffset < known.length) this.problems.push(`${where}: told twice from ${textOffset}`);
    if (content === '') this.problems.push(`${where}: an empty piece`);
    const gap = hole.repeat(Math.max(0, textOffset - known.length));
    this.shown = { ...before, attempt, [key]: known + gap + content };
  }

  private observeMessage(entry: SequencedMessage): void {
    const { seq, turn, message } = entry;
    const last = this.messages.at(-1);
    if (last && seq <= last.seq) this.problems.push(`message ${seq} after message ${last.seq}`);
    if (turn <= (this.answers.at(-1)?.turn ?? 0))
      this.problems.push(`message ${seq} after its turn`);
    this.messages.push(entry);
    const { shown } = this;
    if (message.role !== 'assistant' || !shown) return;
    const content = contentToText(message.content);
    const isSame = shown.text
      .split('')
      .every((unit, index) => unit === hole || unit === content[index]);
    if (!isSame) this.problems.push(`message ${seq} is not what was shown: ${shown.text}`);
    this.shown = undefined;
  }

  private observeEnd(response: AgentResponseMessage): void {
    const { turn, content, finishReason } = response;
    const last = this.answers.at(-1);
    if (last && turn <= last.turn)
      this.problems.push(`end of turn ${turn} after turn ${last.turn}`);
    if (this.waiting.size > 0)
      this.problems.push(`turn ${turn} ended while somebody was waited for`);
    const answer = this.messages.findLast(({ message }) => message.role === 'assistant');
    const isTold = answer?.turn === turn && contentToText(answer.message.content) === content;
    if (finishReason === 'stop' && !isTold)
      this.problems.push(`turn ${turn} ended without its answer`);
    this.answers.push(response);
    this.shown = undefined;
  }
}
