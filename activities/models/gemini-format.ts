/** Gemini's generateContent as pure functions: from agent and messages to a request, from its chunks to an answer. */
import type {
  Content,
  GenerateContentConfig,
  GenerateContentParameters,
  Part,
  Tool,
  ToolConfig,
} from '@google/genai';
import type { ModelSettings, ReActAgent } from '../../agent/agent';
import { toPrompt } from '../../agent/agent';
import type { JsonObject } from '../../agent/json';
import { userMessage } from '../../agent/messages';
import type { Message, StreamEvent } from '../../agent/model';
import { complete, partial, partialThinking } from '../../agent/model';
import { toGeminiContents } from './gemini-contents';
import { geminiFamily, takesInstructions, toThinkingConfig } from './gemini-families';
import { toGeminiOutput } from './gemini-output';
import { geminiProvider, pausedAnswer } from './gemini-replay';
import type { AnswerContext, GeminiResponse } from './gemini-response';
import {
  endReason,
  firstCandidate,
  fromGeminiResponse,
  fromInterruptedResponse,
  toUsage,
} from './gemini-response';
import { toToolNames, toTools } from './gemini-tools';
import { incompleteError } from './model-error';
import { toldOfOutput } from './output-schema';
import { wellFormed, withOptions } from './request-json';

export { toToolNames };

/** The JSON body of one request. The model stands in its address. */
export interface GeminiRequest {
  readonly contents: Content[];
  readonly systemInstruction?: Content;
  readonly tools?: Tool[];
  readonly toolConfig?: ToolConfig;
  readonly continuationToken?: string;
  readonly generationConfig?: Pick<
    GenerateContentConfig,
    | 'temperature'
    | 'maxOutputTokens'
    | 'stopSequences'
    | 'thinkingConfig'
    | 'responseMimeType'
    | 'responseJsonSchema'
  >;
}

/** The JSON body of one model call. Equal arguments give equal bytes. */
export function toGeminiRequest(
  agent: ReActAgent,
  inputs: readonly Message[],
  model: string = agent.model,
): GeminiRequest {
  const names = toToolNames(agent);
  const output = toGeminiOutput(agent, model);
  const prompt = toPrompt(output.responseJsonSchema ? agent : toldOfOutput(agent), inputs);
  const instructions = prompt.find((message) => message.role === 'system')?.content;
  const isSystem = takesInstructions(model);
  const messages = prompt.flatMap((message): Message[] =>
    message.role !== 'system' ? [message] : isSystem ? [] : [userMessage(message.content)],
  );
  const paused = pausedAnswer(messages, geminiFamily(model));
  const request: GeminiRequest = {
    ...(instructions && isSystem && { systemInstruction: { parts: [{ text: instructions }] } }),
    contents: toGeminiContents(paused ? paused.before : messages, { names, model }),
    ...(paused && { continuationToken: paused.continuationToken }),
    ...toTools(agent, names, model),
    ...toGenerationConfig(agent.settings ?? {}, model, output),
  };
  // The SDK's types say what the keys may be; as data it is JSON like any other.
  const json = request as unknown as JsonObject;
  const options = agent.settings?.providerOptions?.[geminiProvider];
  return wellFormed(withOptions(json, options)) as unknown as GeminiRequest;
}

function toGenerationConfig(
  { temperature, maxOutputTokens, stop, reasoning }: ModelSettings,
  model: string,
  output: ReturnType<typeof toGeminiOutput>,
): Pick<GeminiRequest, 'generationConfig'> {
  const thinkingConfig = toThinkingConfig(model, reasoning);
  const generationConfig = {
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stop && stop.length > 0 && { stopSequences: [...stop] }),
    ...(thinkingConfig && { thinkingConfig }),
    ...output,
  };
  return Object.keys(generationConfig).length > 0 ? { generationConfig } : {};
}

/** The SDK's arguments for the same request: it knows one flat `config`. */
export function toSdkParameters(
  { contents, generationConfig, ...rest }: GeminiRequest,
  model: string,
): GenerateContentParameters {
  return { model, contents, config: { ...generationConfig, ...rest } };
}

/**
 * Folds chunks into `partial` events and the one `complete` event. Only a reason to end completes an answer.
 *
 * @throws ModelError when the answer is malformed, or ended before its reason without having been aborted.
 */
export async function* fromGeminiEvents(
  chunks: AsyncIterable<GeminiResponse>,
  context: AnswerContext,
): AsyncGenerator<StreamEvent, void, undefined> {
  const parts: Part[] = [];
  let response: GeminiResponse = {};
  let digest = context.promptDigest;
  for await (const chunk of chunks) {
    const added = firstCandidate(chunk)?.content?.parts ?? [];
    parts.push(...added);
    response = joined(response, chunk);
    if (chunk.usageMetadata) yield partial('', undefined, toUsage(response.usageMetadata));
    for (const { text, thought } of added) {
      if (!text) continue;
      yield thought ? partialThinking(text, digest) : partial(text, digest);
      digest = undefined;
    }
  }
  const candidate = { ...firstCandidate(response), content: { parts } };
  const folded: GeminiResponse = { ...response, candidates: [candidate] };
  if (isTerminal(folded)) {
    yield complete(fromGeminiResponse(folded, context));
  } else if (context.signal?.aborted) {
    yield complete(fromInterruptedResponse(folded, context));
  } else {
    throw incompleteError(geminiProvider, 'The stream ended before the response was completed.');
  }
}

/** What was said last of everything but the parts. Each count of tokens is a total. */
function joined(before: GeminiResponse, chunk: GeminiResponse): GeminiResponse {
  const { content, finishReason, finishMessage, continuationToken } = firstCandidate(chunk) ?? {};
  // A call of a tool that Google runs ends with a reason too, and is followed by its result.
  const goesOn = finishReason === undefined && Boolean(content?.parts?.length);
  const promptFeedback = chunk.promptFeedback ?? before.promptFeedback;
  const modelVersion = chunk.modelVersion ?? before.modelVersion;
  const isCounted = chunk.usageMetadata?.promptTokenCount !== undefined;
  const usageMetadata = isCounted ? chunk.usageMetadata : before.usageMetadata;
  return {
    candidates: [
      {
        ...(!goesOn && firstCandidate(before)),
        ...(finishReason && { finishReason }),
        ...(finishMessage && { finishMessage }),
        ...(continuationToken && { continuationToken }),
      },
    ],
    ...(usageMetadata && { usageMetadata }),
    ...(promptFeedback && { promptFeedback }),
    ...(modelVersion && { modelVersion }),
  };
}

/** Whether `chunk` says why the answer ended. */
export function isTerminal(chunk: GeminiResponse): boolean {
  return endReason(chunk) !== undefined;
}
