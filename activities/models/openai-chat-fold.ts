/** Puts a chat completion together from its chunks, in whatever way a server cut it. */
import type { JsonObject } from '../../agent/json';
import { fromErrorBody } from './openai-chat-error';
import { thinkingOf, withDetails } from './openai-chat-reasoning';
import type {
  ChatCallLike,
  ChatChoiceLike,
  ChatCompletionLike,
  ChatMessageLike,
  ChatUsageLike,
} from './openai-chat-response';
import { argumentsOf, textOf } from './openai-chat-response';
import { messageSeparator } from './openai-replay';
import { isObject } from './request-json';

/** As the imitations have it: anything may be missing or null. */
export interface ChatChunkLike {
  readonly object?: string | null;
  readonly model?: string | null;
  readonly choices?: readonly (ChatChoiceLike & { readonly delta?: object | null })[] | null;
  readonly usage?: ChatUsageLike | null | undefined;
  readonly error?: unknown;
}

interface Slot {
  readonly index: number | null | undefined;
  id: string;
  name: string;
  arguments: string;
}

export class ChatFold {
  /** What was shown: the answer, and a refusal after it. */
  content = '';
  private refusal = '';
  private reasoning = '';
  /** What of the reasoning has not been taken. */
  private newThinking = '';
  private details: readonly JsonObject[] = [];
  private readonly calls: Slot[] = [];
  private finishReason: string | undefined;
  private usage: ChatUsageLike | undefined;
  private model: string | undefined;

  constructor(private readonly provider: string) {}

  get isFinished(): boolean {
    return this.finishReason !== undefined;
  }

  get completion(): ChatCompletionLike {
    const message: ChatMessageLike = {
      content: this.content,
      refusal: this.refusal,
      reasoning_content: this.reasoning,
      reasoning_details: this.details,
      tool_calls: this.calls.map(({ id, name, arguments: raw }) => ({
        id,
        function: { name, arguments: raw },
      })),
    };
    return {
      model: this.model,
      choices: [{ index: 0, finish_reason: this.finishReason, message }],
      usage: this.usage,
    };
  }

  /** What has been added to the reasoning since it was asked for. It is shown, and no part of the answer. */
  takeThinking(): string {
    const { newThinking } = this;
    this.newThinking = '';
    return newThinking;
  }

  /** @returns the piece of text that `chunk` brings. @throws ModelError when it says an error. */
  add(chunk: ChatChunkLike): string {
    const { model, choices, usage } = chunk;
    const choice = choices?.find(({ index }) => !index);
    const error = chunk.error ?? choice?.error ?? (chunk.object === 'error' ? chunk : undefined);
    if (error) throw fromErrorBody(error, this.provider);
    this.model ||= model || undefined;
    this.usage = usage ?? this.usage;
    if (!choice) return '';
    this.finishReason = choice.finish_reason || this.finishReason;
    // Who does not stream sends the whole message instead.
    return this.addDelta((choice.delta ?? choice.message ?? {}) as ChatMessageLike);
  }

  private addDelta(delta: ChatMessageLike): string {
    this.reasoning += delta.reasoning_content ?? '';
    this.newThinking += thinkingOf(delta);
    this.details = withDetails(this.details, delta.reasoning_details ?? []);
    for (const call of delta.tool_calls ?? []) this.addCall(call);
    const text = textOf(delta.content);
    const refusal = delta.refusal ?? '';
    const startsRefusal = this.refusal === '' && refusal !== '' && this.content + text !== '';
    this.refusal += refusal;
    const piece = text + (startsRefusal ? messageSeparator : '') + refusal;
    this.content += piece;
    return piece;
  }

  private addCall(call: ChatCallLike): void {
    const { index, id } = call;
    const piece = {
      index,
      id: id ?? '',
      name: call.function?.name ?? '',
      arguments: argumentsOf(call),
    };
    const slot = this.slotOf(piece);
    if (!slot) {
      this.calls.push(piece);
      return;
    }
    slot.id ||= piece.id;
    slot.name ||= piece.name;
    slot.arguments += piece.arguments;
  }

  /** The call that a piece continues: by its index, by its id where there is none, else the last. */
  private slotOf({ index, id, name, arguments: raw }: Slot): Slot | undefined {
    if (typeof index !== 'number') {
      if (id) return this.calls.findLast((it) => it.id === id);
      return name ? undefined : this.calls.at(-1);
    }
    const slot = this.calls.findLast((it) => it.index === index);
    if (!slot || !name) return slot;
    // Some servers give every whole call the same index.
    const isOther = id && slot.id ? id !== slot.id : Boolean(raw) && isWhole(slot.arguments);
    return isOther ? undefined : slot;
  }
}

function isWhole(raw: string): boolean {
  try {
    return isObject(JSON.parse(raw));
  } catch {
    return false;
  }
}
