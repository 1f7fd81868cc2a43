/** The OpenAI Responses API as pure functions: from agent and messages to a request, from its events to an answer. */
import type {
  Response,
  ResponseCreateParamsStreaming,
  ResponseIncludable,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { ReActAgent } from '../../agent/agent';
import { toPrompt } from '../../agent/agent';
import { sha256Hex } from '../../agent/digest';
import type { JsonObject } from '../../agent/json';
import type { Message, StreamEvent } from '../../agent/model';
import { complete, partial, partialThinking } from '../../agent/model';
import { incompleteError } from './model-error';
import { isReasoningModel, leastEffort, openAIFamily, takesOutputSchema } from './openai-families';
import { toOpenAIItems } from './openai-items';
import { toOpenAIOutputFormat } from './openai-schema';
import { messageSeparator, openAIProvider } from './openai-replay';
import type { AnswerContext } from './openai-response';
import { fromInterruptedResponse, fromOpenAIResponse, toUsage } from './openai-response';
import { toldOfOutput } from './output-schema';
import { wellFormed, withOptions } from './request-json';
import { toToolNames, toTools } from './openai-tools';

export { toToolNames };

/** The JSON body of one model call. Equal arguments give equal bytes. */
export function toOpenAIRequest(
  agent: ReActAgent,
  inputs: readonly Message[],
  model: string = agent.model,
  conversationId?: string,
): ResponseCreateParamsStreaming {
  const names = toToolNames(agent);
  const text = toTextFormat(agent, model);
  const prompt = toPrompt(text ? agent : toldOfOutput(agent), inputs);
  const instructions = prompt.find((message) => message.role === 'system')?.content;
  const messages = prompt.filter((message) => message.role !== 'system');
  const request = {
    model,
    ...(instructions !== undefined && { instructions }),
    input: toOpenAIItems(messages, { names, family: openAIFamily(model) }),
    ...toTools(agent, names),
    ...toSettings(agent, model),
    ...(text && { text }),
    store: false,
    ...(conversationId !== undefined && { prompt_cache_key: cacheKeyOf(conversationId) }),
    ...toInclude(agent, model),
  };
  // The SDK's types say what the keys may be; as data it is JSON like any other.
  const json = withOptions(
    request as unknown as JsonObject,
    agent.settings?.providerOptions?.[openAIProvider],
  );
  return { ...(wellFormed(json) as unknown as ResponseCreateParamsStreaming), stream: true };
}

function toInclude(
  { providerTools = [] }: ReActAgent,
  model: string,
): Pick<ResponseCreateParamsStreaming, 'include'> {
  const include: ResponseIncludable[] = [
    ...(isReasoningModel(model) ? (['reasoning.encrypted_content'] as const) : []),
    // Sent back without them, the code would seem to have come to nothing.
    ...(providerTools.includes('code_execution')
      ? (['code_interpreter_call.outputs'] as const)
      : []),
  ];
  return include.length > 0 ? { include } : {};
}

function toTextFormat(
  { output }: ReActAgent,
  model: string,
): ResponseCreateParamsStreaming['text'] | undefined {
  if (!output || !takesOutputSchema(model)) return undefined;
  const format = toOpenAIOutputFormat(output, { takesPatterns: true });
  return { format: { type: 'json_schema', ...format } };
}

/** At most 64 characters. */
function cacheKeyOf(conversationId: string): string {
  return conversationId.length <= 64 ? conversationId : sha256Hex(conversationId);
}

function toSettings(
  { settings: { temperature, maxOutputTokens, reasoning } = {}, providerTools = [] }: ReActAgent,
  model: string,
): Partial<ResponseCreateParamsStreaming> {
  const least = leastEffort(model);
  // With so little OpenAI's own tools are refused.
  const off = least === 'minimal' && providerTools.length > 0 ? 'low' : least;
  const effort = reasoning === 'off' ? off : reasoning;
  // A model that cannot reason refuses to be told not to.
  const isSaid = effort !== undefined && (reasoning !== 'off' || isReasoningModel(model));
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
    ...(isSaid && { reasoning: { effort } }),
  };
}

/**
 * Folds a stream into `partial` events and the one `complete` event. Only a terminal event completes an answer.
 *
 * @throws ModelError when the response failed, or ended before its terminal event without having been aborted.
 */
export async function* fromOpenAIEvents(
  events: AsyncIterable<ResponseStreamEvent>,
  context: AnswerContext,
): AsyncGenerator<StreamEvent, void, undefined> {
  // By index: some backends change an item's id from event to event.
  const items: ResponseOutputItem[] = [];
  let content = '';
  let lastIndex: number | undefined;
  let lastThought: string | undefined;
  let model = context.model;
  let digest = context.promptDigest;
  let response: Response | undefined;
  for await (const event of events) {
    if (response) continue;
    if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') {
      if (!event.delta) continue;
      const isNext = content !== '' && event.output_index !== lastIndex;
      const piece = isNext ? messageSeparator + event.delta : event.delta;
      lastIndex = event.output_index;
      yield partial(piece, digest);
      digest = undefined;
      content += piece;
    } else if (isThinking(event)) {
      if (!event.delta) continue;
      const thought = thoughtOf(event);
      const isNext = lastThought !== undefined && thought !== lastThought;
      lastThought = thought;
      yield partialThinking(isNext ? messageSeparator + event.delta : event.delta, digest);
      digest = undefined;
    } else if (event.type === 'response.output_item.done') {
      items[event.output_index] = event.item;
    } else if (event.type === 'response.created') {
      model = event.response.model || model;
    } else if (isTerminal(event)) {
      response = { ...event.response, status: statusOf[event.type] };
    }
  }
  if (response) {
    const whole: Response = { ...response, output: joined(items, response) };
    if (whole.status === 'failed') yield partial('', undefined, toUsage(whole));
    yield complete(fromOpenAIResponse(whole, context));
  } else if (context.signal?.aborted) {
    yield complete(fromInterruptedResponse({ content, output: joined(items), model }, context));
  } else {
    throw incompleteError(openAIProvider, 'The stream ended before the response was completed.');
  }
}

type ThinkingEvent = Extract<
  ResponseStreamEvent,
  { readonly type: 'response.reasoning_summary_text.delta' | 'response.reasoning_text.delta' }
>;

/** A summary where the provider makes one, or the reasoning itself. */
function isThinking(event: ResponseStreamEvent): event is ThinkingEvent {
  return (
    event.type === 'response.reasoning_summary_text.delta' ||
    event.type === 'response.reasoning_text.delta'
  );
}

/** Which one of several a piece belongs to. */
function thoughtOf(event: ThinkingEvent): string {
  const part = 'summary_index' in event ? event.summary_index : event.content_index;
  return `${event.output_index}/${event.type}/${part}`;
}

/**
 * Each item as its own `done` event had it: OpenAI asks for the reasoning of that one. Some backends do not repeat
 * the items in their last response, others say them only there.
 */
function joined(
  items: readonly (ResponseOutputItem | undefined)[],
  response?: Response,
): ResponseOutputItem[] {
  const last: readonly ResponseOutputItem[] = response?.output ?? [];
  const done = items.filter((item) => item !== undefined);
  // Their places may be counted otherwise than in the last response, which hides some.
  if (done.length >= last.length) return done;
  const length = Math.max(items.length, last.length);
  return Array.from({ length }, (_, index) => items[index] ?? last[index]).filter(
    (item) => item !== undefined,
  );
}

type TerminalEvent = Extract<ResponseStreamEvent, { readonly type: keyof typeof statusOf }>;

const statusOf = {
  'response.completed': 'completed',
  'response.incomplete': 'incomplete',
  'response.failed': 'failed',
} as const;

/** Whether `event` is one of the three that end a response. */
export function isTerminal(event: ResponseStreamEvent): event is TerminalEvent {
  return Object.hasOwn(statusOf, event.type);
}
