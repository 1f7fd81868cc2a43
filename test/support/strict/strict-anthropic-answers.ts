/** Answers of the Messages API: content blocks, each begun, filled by deltas, and stopped. */
import type { JsonObject } from '../../../agent/json';
import type { AnswerContext, StrictAnswer, WireAnswer } from './strict-answer';
import { NoSuchFinish, cutText, fullUsage, refusalText, streamedArguments } from './strict-answer';
import { alphanumericId, base64Token } from './strict-ids';
import { isObject, objectOf, textOf } from './strict-json';
import { claudeTraits } from './strict-models';

interface StreamedBlock {
  readonly block: JsonObject;
  readonly begun: JsonObject;
  readonly deltas: readonly JsonObject[];
}

export function anthropicAnswer(answer: StrictAnswer, context: AnswerContext): WireAnswer {
  const blocks = [
    ...thinkingBlocks(answer, context),
    ...searchBlocks(answer),
    ...textBlocks(answer),
    ...(answer.toolCalls ?? []).map((_, index) => toolUseBlock(answer, index)),
  ];
  const message = {
    model: context.model,
    id: alphanumericId('msg_01', 22),
    type: 'message',
    role: 'assistant',
    content: blocks.map(({ block }) => block),
    ...stopFields(answer),
    usage: usageObject(answer),
  };
  remember(blocks, context);
  return { events: toEvents(blocks, message, answer), body: message };
}

/** Nobody gets thinking who did not ask for it; the newest models think unless told not to. */
function isThinkingOn({ body, model }: AnswerContext): boolean {
  const type = textOf(objectOf(body['thinking'])['type']);
  return type === '' ? (claudeTraits(model)?.version ?? 0) >= 5 : type !== 'disabled';
}

function thinkingBlocks(answer: StrictAnswer, context: AnswerContext): readonly StreamedBlock[] {
  const { reasoning, isRedacted = false } = answer;
  if (reasoning === undefined || !isThinkingOn(context)) return [];
  if (isRedacted) {
    const block = { type: 'redacted_thinking', data: base64Token('redacted') };
    return [{ block, begun: block, deltas: [] }];
  }
  const isOmitted = objectOf(context.body['thinking'])['display'] === 'omitted';
  const thinking = isOmitted ? '' : reasoning;
  const signature = base64Token(`${context.model}thinking`);
  return [
    {
      block: { type: 'thinking', thinking, signature },
      begun: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...cutText(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
        { type: 'signature_delta', signature },
      ],
    },
  ];
}

const somePage = { query: 'news', url: 'https://example.com/news', title: 'News' };

function searchBlocks(answer: StrictAnswer): readonly StreamedBlock[] {
  const search = answer.search ?? (answer.finish === 'pause' ? somePage : undefined);
  if (!search) return [];
  const { query, url, title } = search;
  const id = alphanumericId('srvtoolu_01', 22);
  const begun = { type: 'server_tool_use', id, name: 'web_search', input: {} };
  const page = {
    type: 'web_search_result',
    title,
    url,
    encrypted_content: base64Token('page'),
    page_age: null,
  };
  const result = { type: 'web_search_tool_result', tool_use_id: id, content: [page] };
  return [
    { begun, block: { ...begun, input: { query } }, deltas: jsonDeltas(JSON.stringify({ query })) },
    { begun: result, block: result, deltas: [] },
  ];
}

function textBlocks(answer: StrictAnswer): readonly StreamedBlock[] {
  const { text, search, textDeltas } = answer;
  if (text === undefined) return [];
  const citation = search && {
    type: 'web_search_result_location',
    cited_text: text.slice(0, 150),
    url: search.url,
    title: search.title,
    encrypted_index: base64Token('index', 48),
  };
  const citations = citation ? { citations: [citation] } : {};
  return [
    {
      block: { type: 'text', text, ...citations },
      begun: { ...(citation && { citations: [] }), type: 'text', text: '' },
      deltas: [
        ...(citation ? [{ type: 'citations_delta', citation }] : []),
        ...cutText(text, textDeltas).map((piece) => ({ type: 'text_delta', text: piece })),
      ],
    },
  ];
}

function toolUseBlock(answer: StrictAnswer, index: number): StreamedBlock {
  const { name, id, arguments: given = {} } = answer.toolCalls![index]!;
  const begun = {
    type: 'tool_use',
    id: id ?? alphanumericId('toolu_01', 22),
    name,
    input: {},
    caller: { type: 'direct' },
  };
  const written = streamedArguments(answer, index);
  const isCut = answer.finish === 'length' && index === answer.toolCalls!.length - 1;
  const input = isObject(given) && !isCut ? given : {};
  // Without arguments there is one empty piece.
  const isEmpty = isObject(given) && Object.keys(given).length === 0;
  return { begun, block: { ...begun, input }, deltas: jsonDeltas(isEmpty ? '' : written) };
}

function jsonDeltas(text: string): readonly JsonObject[] {
  const pieces = ['', ...cutText(text, Math.ceil(text.length / 8))];
  return pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
}

function stopFields({ finish = 'stop', toolCalls = [] }: StrictAnswer): JsonObject {
  const stop = (reason: string, details: JsonObject | null = null): JsonObject => ({
    stop_reason: reason,
    stop_sequence: null,
    stop_details: details,
  });
  switch (finish) {
    case 'stop':
      return stop(toolCalls.length > 0 ? 'tool_use' : 'end_turn');
    case 'length':
      return stop('max_tokens');
    case 'pause':
      return stop('pause_turn');
    case 'refusal':
    case 'content_filter':
      return stop('refusal', { type: 'refusal', category: 'cyber', explanation: refusalText });
    case 'malformed_tool_call':
    case 'prompt_blocked':
      throw new NoSuchFinish('anthropic', finish);
  }
}

function inputUsage(answer: StrictAnswer): JsonObject {
  const { input, cached, cacheWrite } = fullUsage(answer);
  return {
    input_tokens: input - cached - cacheWrite,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cached,
  };
}

function usageObject(answer: StrictAnswer): JsonObject {
  const { output, reasoning, cacheWrite } = fullUsage(answer);
  return {
    ...inputUsage(answer),
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
    ...(answer.search && { server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 } }),
    service_tier: 'standard',
    inference_geo: 'not_available',
  };
}

function remember(blocks: readonly StreamedBlock[], { model, issued }: AnswerContext): void {
  const isThoughtful = blocks.some(({ block }) => /thinking$/.test(textOf(block['type'])));
  for (const { block } of blocks) {
    const { type, thinking, signature, data, id } = block;
    if (type === 'thinking') {
      issued.rememberThinking(model, textOf(thinking), textOf(signature));
    } else if (type === 'redacted_thinking') {
      issued.rememberRedacted(model, textOf(data));
    } else if (type === 'tool_use' && isThoughtful) {
      issued.rememberThoughtfulToolUse(textOf(id));
    }
  }
}

function toEvents(
  blocks: readonly StreamedBlock[],
  message: JsonObject,
  answer: StrictAnswer,
): readonly string[] {
  const { output_tokens: _, output_tokens_details: __, ...start } = objectOf(message['usage']);
  const opening = {
    ...message,
    content: [],
    stop_reason: null,
    stop_details: null,
    usage: { ...start, output_tokens: 1 },
  };
  const { output, reasoning } = fullUsage(answer);
  const { stop_reason, stop_sequence, stop_details } = message;
  const all: readonly JsonObject[] = [
    { type: 'message_start', message: opening },
    ...blocks.flatMap(({ begun, deltas }, index) => [
      { type: 'content_block_start', index, content_block: begun },
      ...(index === 0 ? [{ type: 'ping' }] : []),
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence, stop_details },
      usage: {
        ...inputUsage(answer),
        output_tokens: output,
        output_tokens_details: { thinking_tokens: reasoning },
      },
    },
    { type: 'message_stop' },
  ];
  return all.map(toBlock);
}

/** Anthropic pads events with blanks before the last brace, so that their length gives nothing away. */
function toBlock(event: JsonObject, index: number): string {
  const data = JSON.stringify(event).replace(/\}$/, `${' '.repeat((index * 7) % 13)}}`);
  return `event: ${textOf(event['type'])}\ndata: ${data}\n\n`;
}
