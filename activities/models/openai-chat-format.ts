/** Chat Completions as pure functions: from agent and messages to a request, from its chunks to an answer. */
import { APIError } from 'openai';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionFunctionTool,
} from 'openai/resources/chat/completions';
import type { ReActAgent } from '../../agent/agent';
import { toPrompt } from '../../agent/agent';
import { isModelError } from '../../agent/errors';
import type { JsonObject } from '../../agent/json';
import type { Message, StreamEvent } from '../../agent/model';
import { complete, partial, partialThinking } from '../../agent/model';
import { toOpenAIFormat } from '../../agent/tool';
import { incompleteError } from './model-error';
import type { ChatEndpoint } from './openai-chat-endpoints';
import type { ChatChunkLike } from './openai-chat-fold';
import { ChatFold } from './openai-chat-fold';
import { toChatMessages } from './openai-chat-messages';
import type { ChatAnswerContext } from './openai-chat-response';
import { fromChatCompletion, fromInterruptedChat, toUsage } from './openai-chat-response';
import { takesOutputSchema } from './openai-families';
import { toOpenAIOutputFormat, toOpenAIParameters } from './openai-schema';
import { toldOfOutput } from './output-schema';
import { noProviderTool } from './provider-tools';
import { wellFormed, withOptions } from './request-json';
import type { ToolNames } from './tool-names';
import { toolNamesFor } from './tool-names';

/** The JSON body of one model call. Equal arguments give equal bytes. */
export function toOpenAIChatRequest(
  agent: ReActAgent,
  inputs: readonly Message[],
  endpoint: ChatEndpoint,
  model: string = agent.model,
): ChatCompletionCreateParamsStreaming {
  const names = toChatToolNames(agent);
  const format = toResponseFormat(agent, endpoint, model);
  const isTold = !format || endpoint.outputSchemas !== 'shown';
  const prompt = toPrompt(isTold ? toldOfOutput(agent) : agent, inputs);
  const request = {
    model,
    messages: toChatMessages(prompt, { names, endpoint, model }),
    ...toTools(agent, names, endpoint, model),
    ...toSettings(agent, endpoint, model),
    ...(format && { response_format: format }),
    ...(endpoint.asksForUsage && { stream_options: { include_usage: true } }),
  };
  // The SDK's types say what the keys may be; as data it is JSON like any other.
  const json = withOptions(
    request as unknown as JsonObject,
    agent.settings?.providerOptions?.[endpoint.name],
  );
  return { ...(wellFormed(json) as unknown as typeof request), stream: true };
}

/** A server that holds the model to the schema from the first word on keeps it from calling tools. */
function toResponseFormat(
  { output, tools, providerTools = [] }: ReActAgent,
  { outputSchemas }: ChatEndpoint,
  model: string,
): ChatCompletionCreateParamsStreaming['response_format'] | undefined {
  if (!output || !outputSchemas || !takesOutputSchema(model)) return undefined;
  if (outputSchemas === 'unseen' && tools.length + providerTools.length > 0) return undefined;
  const takesPatterns = outputSchemas === 'shown';
  return { type: 'json_schema', json_schema: toOpenAIOutputFormat(output, { takesPatterns }) };
}

export function toChatToolNames({ tools }: ReActAgent): ToolNames {
  return toolNamesFor(tools.map(({ name }) => name));
}

function toTools(
  { tools, providerTools = [], settings: { toolChoice, parallelToolCalls } = {} }: ReActAgent,
  names: ToolNames,
  endpoint: ChatEndpoint,
  model: string,
): Partial<ChatCompletionCreateParamsStreaming> {
  if (tools.length + providerTools.length === 0) return {};
  const functions = tools.map((tool) => {
    const { name, description, parameters } = toOpenAIFormat(tool).function;
    const entry = {
      type: 'function',
      function: {
        name: names.toProvider(name),
        ...(description && { description }),
        parameters: toOpenAIParameters(parameters),
      },
    };
    const options = tool.providerOptions?.[endpoint.name];
    return withOptions(entry, options) as unknown as ChatCompletionFunctionTool;
  });
  const own = providerTools.map((name) => {
    const entry = endpoint.providerTools?.[name];
    if (!entry) throw noProviderTool(endpoint.name, model, name);
    return entry as unknown as ChatCompletionFunctionTool;
  });
  return {
    tools: [...functions, ...own],
    ...(toolChoice !== undefined && {
      tool_choice:
        typeof toolChoice === 'string'
          ? toolChoice
          : { type: 'function', function: { name: names.toProvider(toolChoice.tool) } },
    }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
}

function toSettings(
  { settings: { temperature, maxOutputTokens, stop, reasoning } = {} }: ReActAgent,
  { maxTokensField, toReasoning }: ChatEndpoint,
  model: string,
): JsonObject {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { [maxTokensField]: maxOutputTokens }),
    ...(stop?.length && { stop }),
    ...(reasoning !== undefined && toReasoning?.(reasoning, model)),
  };
}

/**
 * Folds a stream into `partial` events and the one `complete` event. Only a `finish_reason` completes an answer;
 * the usage and `[DONE]` follow it or do not.
 *
 * @throws ModelError when the stream says an error, or ended before its `finish_reason` without having been aborted.
 */
export async function* fromOpenAIChatEvents(
  chunks: AsyncIterable<ChatChunkLike>,
  context: ChatAnswerContext,
): AsyncGenerator<StreamEvent, void, undefined> {
  const fold = new ChatFold(context.endpoint.name);
  let digest = context.promptDigest;
  try {
    for await (const chunk of chunks) {
      if (chunk.usage) yield partial('', undefined, toUsage(chunk.usage));
      const piece = fold.add(chunk);
      const thinking = fold.takeThinking();
      if (thinking) yield partialThinking(thinking, digest);
      if (piece) yield partial(piece, thinking ? undefined : digest);
      if (thinking || piece) digest = undefined;
    }
  } catch (error) {
    if (!fold.isFinished || !isCut(error)) throw error;
  }
  const { content, completion } = fold;
  if (fold.isFinished) {
    yield complete({ ...fromChatCompletion(completion, context), content });
  } else if (context.signal?.aborted) {
    yield complete(fromInterruptedChat({ content, completion }, context));
  } else {
    throw incompleteError(
      context.endpoint.name,
      'The stream ended before the answer was completed.',
    );
  }
}

/** Whether the connection failed and not the provider. After the end of an answer only its usage is lost. */
function isCut(error: unknown): boolean {
  return isModelError(error) ? error.fields.kind === 'timeout' : !(error instanceof APIError);
}

/** For one stream: whether a chunk is the last of which something is to be learnt. */
export function chatEnd({ asksForUsage }: ChatEndpoint): (chunk: ChatChunkLike) => boolean {
  let isFinished = false;
  return ({ choices, usage }) => {
    isFinished ||= choices?.some((choice) => Boolean(choice.finish_reason)) ?? false;
    return isFinished && (Boolean(usage) || !asksForUsage);
  };
}
