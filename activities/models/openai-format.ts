/** The OpenAI Responses API as pure functions: from agent and messages to a request, from its events to an answer. */
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsStreaming,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { ModelSettings, ReActAgent } from '../../agent/agent';
import { toPrompt } from '../../agent/agent';
import { sha256Hex } from '../../agent/digest';
import type { JsonObject } from '../../agent/json';
import type { Message, StreamEvent } from '../../agent/model';
import { complete, partial } from '../../agent/model';
import { toOpenAIFormat } from '../../agent/tool';
import { incompleteError } from './model-error';
import { isReasoningModel, leastEffort, openAIFamily } from './openai-families';
import { toOpenAIItems } from './openai-items';
import { messageSeparator, openAIProvider } from './openai-replay';
import type { AnswerContext } from './openai-response';
import { fromInterruptedResponse, fromOpenAIResponse } from './openai-response';
import { toObjectSchema, wellFormed, withOptions } from './request-json';
import type { ToolNames } from './tool-names';
import { toolNamesFor } from './tool-names';

/** The JSON body of one model call. Equal arguments give equal bytes. */
export function toOpenAIRequest(
  agent: ReActAgent,
  inputs: readonly Message[],
  model: string = agent.model,
  conversationId?: string,
): ResponseCreateParamsStreaming {
  const names = toToolNames(agent);
  const prompt = toPrompt(agent, inputs);
  const instructions = prompt.find((message) => message.role === 'system')?.content;
  const messages = prompt.filter((message) => message.role !== 'system');
  const request = {
    model,
    ...(instructions !== undefined && { instructions }),
    input: toOpenAIItems(messages, { names, family: openAIFamily(model) }),
    ...toTools(agent, names),
    ...toSettings(agent.settings ?? {}, model),
    store: false,
    ...(conversationId !== undefined && { prompt_cache_key: cacheKeyOf(conversationId) }),
    ...(isReasoningModel(model) && { include: ['reasoning.encrypted_content'] }),
  };
  // The SDK's types say what the keys may be; as data it is JSON like any other.
  const json = withOptions(
    request as unknown as JsonObject,
    agent.settings?.providerOptions?.[openAIProvider],
  );
  return { ...(wellFormed(json) as unknown as ResponseCreateParamsStreaming), stream: true };
}

/** At most 64 characters. */
function cacheKeyOf(conversationId: string): string {
  return conversationId.length <= 64 ? conversationId : sha256Hex(conversationId);
}

export function toToolNames({ tools }: ReActAgent): ToolNames {
  return toolNamesFor(tools.map(({ name }) => name));
}

function toTools(
  { tools, settings: { toolChoice, parallelToolCalls } = {} }: ReActAgent,
  names: ToolNames,
): Partial<ResponseCreateParamsStreaming> {
  if (tools.length === 0) return {};
  return {
    tools: tools.map((tool): FunctionTool => {
      const { name, description, parameters } = toOpenAIFormat(tool).function;
      return {
        type: 'function',
        name: names.toProvider(name),
        description,
        parameters: toObjectSchema(parameters),
        // Left out, it means `true`: every optional argument would become a required one.
        strict: false,
      };
    }),
    ...(toolChoice !== undefined && {
      tool_choice:
        typeof toolChoice === 'string'
          ? toolChoice
          : { type: 'function', name: names.toProvider(toolChoice.tool) },
    }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
}

function toSettings(
  { temperature, maxOutputTokens, reasoning }: ModelSettings,
  model: string,
): Partial<ResponseCreateParamsStreaming> {
  const effort = reasoning === 'off' ? leastEffort(model) : reasoning;
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
  let model = context.model;
  let response: Response | undefined;
  for await (const event of events) {
    if (response) continue;
    if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') {
      if (!event.delta) continue;
      const isNext = content !== '' && event.output_index !== lastIndex;
      const piece = isNext ? messageSeparator + event.delta : event.delta;
      lastIndex = event.output_index;
      yield partial(piece, content === '' ? context.promptDigest : undefined);
      content += piece;
    } else if (event.type === 'response.output_item.done') {
      items[event.output_index] = event.item;
    } else if (event.type === 'response.created') {
      model = event.response.model || model;
    } else if (isTerminal(event)) {
      response = { ...event.response, status: statusOf[event.type] };
    }
  }
  if (response) {
    yield complete(fromOpenAIResponse({ ...response, output: joined(items, response) }, context));
  } else if (context.signal?.aborted) {
    yield complete(fromInterruptedResponse({ content, output: joined(items), model }, context));
  } else {
    throw incompleteError(openAIProvider, 'The stream ended before the response was completed.');
  }
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
