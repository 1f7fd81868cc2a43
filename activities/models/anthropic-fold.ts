/** Puts a streamed message together, event by event. */
import type {
  ContentBlock,
  RawContentBlockDelta,
  RawMessageStreamEvent,
  StopReason,
  Usage,
} from '@anthropic-ai/sdk/resources/messages';
import type { JsonObject, JsonValue } from '../../agent/json';
import { anthropicProvider, separatorBefore, textOf } from './anthropic-replay';
import type { AnswerMessage } from './anthropic-response';
import { incompleteError } from './model-error';

/** Between two thoughts, as they are shown. */
const thinkingSeparator = '\n\n';

type Block = Record<string, JsonValue | undefined>;

export class MessageFold {
  /** The text so far. */
  content = '';
  /** Whether the message came to its end. */
  isComplete = false;
  private readonly blocks: (Block | undefined)[] = [];
  /** The JSON of tools' inputs, by their blocks' index. */
  private readonly inputs = new Map<number, string>();
  private readonly finished = new Set<number>();
  private model: string | undefined;
  private stopReason: StopReason | null = null;
  /** Whether what was counted has changed since it was asked for. */
  private isNewlyCounted = false;
  private usage: Partial<Usage> | undefined;
  /** What of the reasoning has not been taken. */
  private newThinking = '';
  private lastThinkingIndex: number | undefined;

  /** @returns the text that `event` adds to `content`. What is not known yet adds nothing. */
  add(event: RawMessageStreamEvent): string {
    if (this.isComplete) return '';
    switch (event.type) {
      case 'message_start':
        this.restart();
        this.model = event.message.model;
        this.addUsage(event.message.usage);
        this.stopReason = event.message.stop_reason ?? null;
        return this.addWhole(event.message.content ?? []);
      case 'content_block_start': {
        const block = { ...event.content_block } as unknown as Block;
        this.blocks[event.index] = block;
        this.addThinking(event.index, toString(block['thinking']));
        return this.toPiece(event.index, textOf(block));
      }
      case 'content_block_delta':
        return this.addDelta(event.index, event.delta);
      case 'content_block_stop':
        this.finished.add(event.index);
        return '';
      case 'message_delta':
        this.stopReason = event.delta.stop_reason ?? this.stopReason;
        this.addUsage(event.usage);
        return '';
      case 'message_stop':
        this.isComplete = this.stopReason !== null;
        return '';
      default:
        return '';
    }
  }

  /** What has been counted so far, once each time that it changes. */
  takeUsage(): Partial<Usage> | undefined {
    const { usage } = this;
    const isNew = this.isNewlyCounted;
    this.isNewlyCounted = false;
    return isNew ? usage : undefined;
  }

  /** What has been added to the reasoning since it was asked for. It is shown, and no part of the answer. */
  takeThinking(): string {
    const { newThinking } = this;
    this.newThinking = '';
    return newThinking;
  }

  get message(): AnswerMessage {
    return {
      content: this.toContent(() => true) as unknown as AnswerMessage['content'],
      stop_reason: this.stopReason,
      ...(this.model !== undefined && { model: this.model }),
      ...(this.usage && { usage: this.usage }),
    };
  }

  /** What there is of a message that was stopped, without the blocks that were not finished. */
  get interrupted() {
    const finished = this.toContent((index) => this.finished.has(index));
    return { content: this.content, finished, model: this.model, usage: this.usage };
  }

  /** A proxy that tries again begins anew; what was shown cannot be taken back. */
  private restart(): void {
    if (this.content !== '') {
      throw incompleteError(anthropicProvider, 'The stream began a second message.');
    }
    this.blocks.length = 0;
    this.inputs.clear();
    this.finished.clear();
    this.usage = undefined;
  }

  /** Calls that Anthropic's own code makes come whole, in the message's first event. */
  private addWhole(blocks: readonly ContentBlock[]): string {
    return blocks
      .map((content, index) => {
        const block = { ...content } as unknown as Block;
        this.blocks[index] = block;
        this.finished.add(index);
        return this.toPiece(index, textOf(block));
      })
      .join('');
  }

  private addDelta(index: number, delta: RawContentBlockDelta): string {
    const block = (this.blocks[index] ??= {});
    switch (delta.type) {
      case 'text_delta':
        block['type'] ??= 'text';
        block['text'] = textOf(block as JsonObject) + delta.text;
        return this.toPiece(index, delta.text);
      case 'thinking_delta':
        block['thinking'] = toString(block['thinking']) + delta.thinking;
        this.addThinking(index, delta.thinking);
        return '';
      case 'signature_delta':
        block['signature'] = toString(block['signature']) + delta.signature;
        return '';
      case 'citations_delta': {
        const { citations } = block;
        const known = Array.isArray(citations) ? (citations as readonly JsonValue[]) : [];
        block['citations'] = [...known, delta.citation as unknown as JsonObject];
        return '';
      }
      case 'input_json_delta':
        this.inputs.set(index, (this.inputs.get(index) ?? '') + delta.partial_json);
        return '';
      default:
        return '';
    }
  }

  private toPiece(index: number, text: string): string {
    if (text === '') return '';
    const isNext = this.lastIndex !== index;
    this.lastIndex = index;
    const piece = isNext ? separatorBefore(this.blocks, index, this.content) + text : text;
    this.content += piece;
    return piece;
  }
  private lastIndex: number | undefined;

  private addThinking(index: number, thinking: string): void {
    if (!thinking) return;
    const isNext = this.lastThinkingIndex !== undefined && this.lastThinkingIndex !== index;
    this.lastThinkingIndex = index;
    this.newThinking += isNext ? `${thinkingSeparator}${thinking}` : thinking;
  }

  /** Cumulative: what a later event says replaces what an earlier one said. */
  private addUsage(usage: object | null | undefined): void {
    const said = Object.entries(usage ?? {}).filter(([, value]) => value !== null);
    if (!usage) return;
    this.usage = { ...this.usage, ...(Object.fromEntries(said) as Partial<Usage>) };
    this.isNewlyCounted = true;
  }

  /** A tool's input is left as its JSON: who reads it knows what to do when it is none. */
  private toContent(isWanted: (index: number) => boolean): JsonObject[] {
    return this.blocks.flatMap((block, index) => {
      if (!block || !isWanted(index)) return [];
      const input = this.inputs.get(index);
      if (!input) return [block];
      return [{ ...block, input: block['type'] === 'tool_use' ? input : parsed(input) }];
    });
  }
}

function toString(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The input of a server's tool, cut where the answer was. */
function parsed(input: string): JsonValue {
  try {
    return JSON.parse(input) as JsonValue;
  } catch {
    return {};
  }
}
