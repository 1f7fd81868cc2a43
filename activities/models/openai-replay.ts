/**
 * OpenAI's own output items, kept so that they can be sent back as they came. Reasoning and whatever else the
 * neutral form cannot express is kept verbatim; of messages and calls, only what the neutral form lacks.
 */
import type {
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseOutputMessage,
} from 'openai/resources/responses/responses';
import type { JsonObject, JsonValue } from '../../agent/json';
import type { ToolCallMessage } from '../../agent/messages';
import type { ModelResponse, ProviderData } from '../../agent/model';

export const openAIProvider = 'openai';

/** Stands in `content` between the texts of two message items. */
export const messageSeparator = '\n\n';

/** The items of a completed answer, or `undefined` where the neutral form says it all. */
export function toProviderData(
  output: readonly ResponseOutputItem[],
  toolCalls: readonly ToolCallMessage[],
  family: string,
): ProviderData | undefined {
  const replayed = replayableItems(output);
  // The id of a message or call is looked up together with its reasoning: all of it or none.
  const hasReasoning = reasoningCount(replayed) === reasoningCount(output);
  const hasOneText = output.filter((item) => messageText(item) !== '').length <= 1;
  let calls = 0;
  const items = replayed.map((item): JsonObject => {
    if (item.type === 'function_call') {
      return keptCall(item, toolCalls[calls], calls++, hasReasoning);
    }
    if (item.type !== 'message') return withoutNulls(item);
    const text = plainText(item);
    return text === undefined
      ? withoutNulls(item)
      : keptMessage(item, hasOneText ? undefined : text.length, hasReasoning);
  });
  const saysMore = items.some((item) => Object.keys(item).some((key) => !neutralKeys.has(key)));
  return saysMore ? { provider: openAIProvider, family, items } : undefined;
}

const neutralKeys: ReadonlySet<string> = new Set(['type', 'id', 'call']);

/** A message of one plain text: that is `content`, or its next `length` characters where there are several. */
function keptMessage(
  { id, phase }: ResponseOutputMessage,
  length: number | undefined,
  withId: boolean,
): JsonObject {
  return {
    type: 'message',
    ...(withId && { id }),
    ...(phase && { phase }),
    ...(length !== undefined && { length }),
  };
}

/** The call at index `call` of `toolCalls`; `arguments` where writing them anew gives another text. */
function keptCall(
  item: ResponseFunctionToolCall,
  call: ToolCallMessage | undefined,
  index: number,
  withId: boolean,
): JsonObject {
  const { id, call_id: _id, name: _name, status: _status, arguments: raw, ...rest } = item;
  return {
    ...withoutNulls(rest),
    ...(withId && id !== undefined && { id }),
    call: index,
    ...((!call || raw !== argumentsText(call)) && { arguments: raw }),
  };
}

/** Reasoning is refused when it cannot be read back, and without the item that it led to. */
function replayableItems(output: readonly ResponseOutputItem[]): readonly ResponseOutputItem[] {
  const end = output.findLastIndex(({ type }) => type !== 'reasoning') + 1;
  return output
    .slice(0, end)
    .filter(
      (item) =>
        item.type !== 'reasoning' ||
        Boolean(item.encrypted_content) ||
        Boolean(item.content?.length),
    );
}

function reasoningCount(items: readonly ResponseOutputItem[]): number {
  return items.filter(({ type }) => type === 'reasoning').length;
}

/** What of a call is written anew at each request. */
export function argumentsText(call: ToolCallMessage): string {
  return call.malformedArguments ?? JSON.stringify(call.arguments);
}

/** The text that a user sees of an output item: answers and refusals. */
export function messageText(item: Pick<ResponseOutputItem, 'type'> | JsonObject): string {
  if (item.type !== 'message') return '';
  const { content } = item as Partial<ResponseOutputMessage>;
  return (content ?? [])
    .map((part) => (part.type === 'refusal' ? part.refusal : (part.text ?? '')))
    .join('');
}

function plainText({ content }: ResponseOutputMessage): string | undefined {
  const [part, ...others] = content;
  return others.length === 0 && part?.type === 'output_text' && !part.annotations?.length
    ? part.text
    : undefined;
}

/** Items as they came, but for what OpenAI says and refuses to hear. */
function withoutNulls(item: object): JsonObject {
  return Object.fromEntries(
    Object.entries(item).filter(([key, value]) => value !== null && key !== 'created_by'),
  ) as JsonObject;
}

/** How the request at hand names a call. */
export type ToCallItem = (
  call: ToolCallMessage,
) => Pick<ResponseFunctionToolCall, 'type' | 'call_id' | 'name' | 'arguments'>;

/** The items to send for `message`, or `undefined` where another provider or model family must do without. */
export function fromProviderData(
  message: ModelResponse,
  family: string,
  toCallItem: ToCallItem,
): ResponseInputItem[] | undefined {
  const { provider, family: answeredBy, items = [] } = message.providerData ?? {};
  if (provider !== openAIProvider || answeredBy !== family) return undefined;
  const texts = new TextReader(message.content);
  return (items as readonly JsonObject[]).flatMap((item): JsonValue[] => {
    if (item['type'] === 'function_call') {
      const { call: index, ...kept } = item;
      const call = message.toolCalls[Number(index)];
      return call ? [{ ...toCallItem(call), ...kept }] : [];
    }
    if (item['type'] !== 'message') return [item];
    if (item['content'] !== undefined) {
      texts.skip(messageText(item).length);
      return [item];
    }
    return [fromKeptMessage(item, texts.read(item['length']))];
  }) as unknown as ResponseInputItem[];
}

function fromKeptMessage({ id, phase }: JsonObject, text: string): JsonObject {
  const kept = phase !== undefined && { phase };
  if (id === undefined) return { role: 'assistant', content: text, ...kept };
  const content = [{ type: 'output_text', text, annotations: [] }];
  return { type: 'message', id, role: 'assistant', status: 'completed', content, ...kept };
}

/** Takes `content` apart into the messages that it was joined from. */
class TextReader {
  private position = 0;
  constructor(private readonly content: string) {}

  read(length: JsonValue | undefined): string {
    if (typeof length !== 'number') return this.content;
    const text = this.content.slice(this.position, this.position + length);
    this.skip(length);
    return text;
  }

  skip(length: number): void {
    if (length > 0) this.position += length + messageSeparator.length;
  }
}
