/** A provider's request, told in neutral words: what the adapters make their requests of. */
import type { ModelSettings, ReActAgent } from '../../../agent/agent';
import type { JsonObject } from '../../../agent/json';
import type {
  ContentBlock,
  ToolCallMessage,
  ToolExecutionResultMessage,
} from '../../../agent/messages';
import { toolResponse, userMessage } from '../../../agent/messages';
import type { Message, ModelResponse } from '../../../agent/model';
import type { ToolDefinition } from '../../../agent/tool';
import type { Json } from '../raw/raw-json';
import { Inexpressible } from './inexpressible';

export interface NeutralRequest {
  readonly agent: ReActAgent;
  readonly messages: readonly Message[];
  readonly conversationId?: string;
}

/** `settings` with what has no neutral word, and only where there is any. */
export function settingsOf(
  settings: ModelSettings,
  provider: string,
  options: Json,
): { readonly settings?: ModelSettings } {
  const said = Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  );
  const all: ModelSettings = {
    ...said,
    ...(Object.keys(options).length > 0 && {
      providerOptions: { [provider]: options as JsonObject },
    }),
  };
  return Object.keys(all).length > 0 ? { settings: all } : {};
}

export function toolOptions(
  provider: string,
  options: Json,
): Pick<ToolDefinition, 'providerOptions'> {
  return Object.keys(options).length > 0
    ? { providerOptions: { [provider]: options as JsonObject } }
    : {};
}

/** What a part says besides what every provider understands. */
export function withBlockOptions(
  provider: string,
  options: Json,
): Pick<ContentBlock, 'providerOptions'> {
  return toolOptions(provider, options);
}

/** @throws Inexpressible when two tools share a name. */
export function requireOwnNames(tools: readonly ToolDefinition[]): readonly ToolDefinition[] {
  const names = new Set(tools.map(({ name }) => name));
  if (names.size < tools.length) throw new Inexpressible('two tools of one name');
  return tools;
}

/** What a result says, besides whose it is. */
export interface GivenResult {
  readonly content: readonly ContentBlock[];
  readonly isError?: boolean;
  readonly structuredContent?: JsonObject;
}

/** Messages as Memory would hold them: calls with ids of ours, each with its one result, in call order. */
export class MessageList {
  private readonly list: Message[] = [];
  private turn = 1;
  private step = 0;
  private open: readonly ToolCallMessage[] = [];
  private results = new Map<string, ToolExecutionResultMessage>();

  get messages(): readonly Message[] {
    this.close();
    return this.list;
  }

  user(content: string | readonly ContentBlock[]): void {
    const isEmpty =
      typeof content === 'string'
        ? content === ''
        : content.every((block) => block.type === 'text' && block.text === '');
    if (isEmpty) throw new Inexpressible('an empty message');
    this.close();
    this.list.push(userMessage(content));
    this.turn += 1;
    this.step = 0;
  }

  answer(response: ModelResponse): void {
    this.close();
    this.step += 1;
    const toolCalls = response.toolCalls.map((call, index) => ({
      ...call,
      ...(call.id && { providerId: call.id }),
      id: `t${this.turn}s${this.step}c${index}`,
    }));
    this.open = toolCalls;
    this.list.push({ ...response, toolCalls });
  }

  /** The result of the open call that the provider knows by `providerId` or, where it gave none, by name. */
  result({ providerId, name }: { providerId?: string; name?: string }, result: GivenResult): void {
    const call = this.open.find(
      (it) =>
        !this.results.has(it.id) &&
        (it.providerId !== undefined && providerId
          ? it.providerId === providerId
          : it.name === name),
    );
    if (!call) {
      const isKnown = this.list.some(
        (it) =>
          it.role === 'assistant' && it.toolCalls.some((other) => other.providerId === providerId),
      );
      throw new Inexpressible(
        isKnown ? 'results that do not follow their calls' : 'a result without its call',
      );
    }
    this.results.set(call.id, toolResponse(call, result));
  }

  private close(): void {
    for (const call of this.open) {
      const result = this.results.get(call.id);
      if (!result) throw new Inexpressible('a call without its result', call.name);
      this.list.push(result);
    }
    this.open = [];
    this.results = new Map();
  }
}

/** A data URL taken apart. */
export function fromDataUrl(url: string): { mimeType: string; data: string } | undefined {
  const [, mimeType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return mimeType !== undefined && data !== undefined ? { mimeType, data } : undefined;
}

/** What is said by a link, whose name is the last part of its address. */
export function linkTo(uri: string, mimeType: string): ContentBlock {
  return { type: 'resource_link', uri, name: uri.split('/').at(-1) || uri, mimeType };
}
