/** Answers of Chat Completions: chunks of one choice, then the usage, then `[DONE]`. */
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../../agent/json';
import type { AnswerContext, StrictAnswer, WireAnswer } from './strict-answer';
import { NoSuchFinish, cutText, fullUsage, refusalText, streamedArguments } from './strict-answer';
import { alphanumericId } from './strict-ids';
import { objectOf, textOf } from './strict-json';

export function openAIChatAnswer(answer: StrictAnswer, context: AnswerContext): WireAnswer {
  const reason = finishReason(answer);
  const calls = (answer.toolCalls ?? []).map(({ id, name }, index) => ({
    id: id ?? alphanumericId('call_', 24),
    type: 'function',
    function: { name, arguments: streamedArguments(answer, index) },
  }));
  const common = {
    id: alphanumericId('chatcmpl-', 29),
    created: Math.floor(Date.now() / 1000),
    model: context.model,
    service_tier: 'default',
    system_fingerprint: 'fp_cbf1785567',
  };
  const usage = usageObject(answer);
  const choice = { index: 0, logprobs: null, finish_reason: reason };
  return {
    events: toEvents(answer, context, { common, calls, choice, usage }),
    body: {
      ...common,
      object: 'chat.completion',
      choices: [{ ...choice, message: messageObject(answer, context, calls) }],
      usage,
    },
  };
}

function finishReason({ finish = 'stop', toolCalls = [] }: StrictAnswer): string {
  switch (finish) {
    case 'length':
    case 'content_filter':
      return finish;
    case 'stop':
    case 'refusal':
      return toolCalls.length > 0 ? 'tool_calls' : 'stop';
    case 'pause':
    case 'malformed_tool_call':
    case 'prompt_blocked':
      throw new NoSuchFinish('openai-chat', finish);
  }
}

/** Only gateways show reasoning here; OpenAI counts its tokens and says nothing. */
function shownReasoning(answer: StrictAnswer, { isCompatible }: AnswerContext): string {
  return isCompatible ? (answer.reasoning ?? '') : '';
}

function citations({ search, text = '' }: StrictAnswer): readonly JsonObject[] {
  if (!search) return [];
  const { title, url } = search;
  return [
    {
      type: 'url_citation',
      url_citation: { start_index: 0, end_index: text.length, title, url },
    },
  ];
}

function messageObject(
  answer: StrictAnswer,
  context: AnswerContext,
  calls: readonly JsonObject[],
): JsonObject {
  const isRefusal = answer.finish === 'refusal';
  const reasoning = shownReasoning(answer, context);
  return {
    role: 'assistant',
    content: isRefusal ? null : (answer.text ?? null),
    refusal: isRefusal ? (answer.text ?? refusalText) : null,
    annotations: citations(answer),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(reasoning && { reasoning_content: reasoning }),
  };
}

function usageObject(answer: StrictAnswer): JsonObject {
  const { input, output, cached, cacheWrite, reasoning } = fullUsage(answer);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: cached,
      audio_tokens: 0,
      ...(cacheWrite > 0 && { cache_write_tokens: cacheWrite }),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

interface Parts {
  readonly common: JsonObject;
  readonly calls: readonly (JsonObject & { readonly function: JsonObject })[];
  readonly choice: JsonObject;
  readonly usage: JsonObject;
}

function toEvents(
  answer: StrictAnswer,
  context: AnswerContext,
  { common, calls, choice, usage }: Parts,
): readonly string[] {
  const options = objectOf(context.body['stream_options']);
  const hasUsage = options['include_usage'] === true;
  const isObfuscated = options['include_obfuscation'] !== false && !context.isCompatible;
  const chunk = (choices: readonly JsonObject[], final?: JsonObject): string => {
    const data = {
      ...common,
      object: 'chat.completion.chunk',
      choices,
      ...(hasUsage && { usage: final ?? null }),
      ...(isObfuscated && { obfuscation: randomBytes(6).toString('hex') }),
    };
    return `data: ${JSON.stringify(data)}\n\n`;
  };
  const deltas = allDeltas(answer, context, calls).map((delta) =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: null }]),
  );
  return [
    ...deltas,
    chunk([{ ...choice, delta: {} }]),
    ...(hasUsage ? [chunk([], usage)] : []),
    'data: [DONE]\n\n',
  ];
}

function allDeltas(
  answer: StrictAnswer,
  context: AnswerContext,
  calls: Parts['calls'],
): readonly JsonObject[] {
  const isRefusal = answer.finish === 'refusal';
  const said = answer.text ?? (isRefusal ? refusalText : '');
  const key = isRefusal ? 'refusal' : 'content';
  const annotations = citations(answer);
  const first = isRefusal
    ? { role: 'assistant', content: null, refusal: '' }
    : { role: 'assistant', content: answer.text === undefined ? null : '', refusal: null };
  return [
    first,
    ...cutText(shownReasoning(answer, context)).map((piece) => ({ reasoning_content: piece })),
    ...cutText(said, answer.textDeltas).map((piece) => ({ [key]: piece })),
    ...(annotations.length > 0 ? [{ annotations }] : []),
    ...calls.flatMap(callDeltas),
  ];
}

/** Id and name come once, with the first piece; after that only the index tells calls apart. */
function callDeltas(call: Parts['calls'][number], index: number): readonly JsonObject[] {
  const { name, arguments: written } = call.function;
  const text = textOf(written);
  const opening = { index, id: call['id'], type: 'function', function: { name, arguments: '' } };
  const pieces = cutText(text, Math.ceil(text.length / 5));
  return [
    { tool_calls: [opening] },
    ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}
