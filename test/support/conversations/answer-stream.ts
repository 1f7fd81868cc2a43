/** A recorded answer as its provider streams it: streams as they were, whole answers cut into events. */
import { toEventStream } from '../openai-stream';
import type { WireResponse } from '../openai-wire';
import { isRecord, list, record, records, type Json } from '../raw/raw-json';
import { frameEvents } from '../raw/raw-sse';
import type { RawResponse, RawWire } from '../raw/raw-types';

export function toAnswerStream(response: RawResponse, wire: RawWire): Buffer {
  if (response.isStream) return response.wireBody;
  const body: unknown = JSON.parse(response.wireBody.toString('utf8'));
  // Gemini streams a list where server-sent events are not asked for.
  const whole = record(body);
  switch (wire) {
    case 'openai-responses':
      return Buffer.from(toEventStream(whole as unknown as WireResponse));
    case 'openai-chat':
      return framed(toChunks(whole), wire);
    case 'anthropic':
      return framed(toMessageEvents(whole), wire);
    case 'gemini':
      return framed(Array.isArray(body) ? list(body) : [whole], wire);
  }
}

function framed(events: readonly unknown[], wire: RawWire): Buffer {
  return Buffer.from(
    frameEvents(
      events.map((event) => JSON.stringify(event)),
      wire,
    ),
  );
}

function toChunks({ choices, usage, ...head }: Json): readonly Json[] {
  const chunk = { ...head, object: 'chat.completion.chunk' };
  const [choice] = records(choices);
  const { message, finish_reason: reason, ...rest } = choice ?? {};
  const { tool_calls: calls, ...words } = record(message);
  const delta = {
    ...words,
    ...(Array.isArray(calls) && {
      tool_calls: records(calls).map((call, index) => ({ ...call, index })),
    }),
  };
  return [
    { ...chunk, choices: [{ ...rest, index: 0, delta, finish_reason: null }] },
    { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: reason }] },
    { ...chunk, choices: [], usage },
  ];
}

function toMessageEvents(message: Json): readonly Json[] {
  const { content, stop_reason: reason, stop_sequence: sequence = null, usage } = message;
  return [
    {
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, stop_sequence: null },
    },
    ...records(content).flatMap(toBlockEvents),
    {
      type: 'message_delta',
      delta: { stop_reason: reason, stop_sequence: sequence },
      usage,
    },
    { type: 'message_stop' },
  ];
}

/** Blocks of other kinds come whole with their start. */
function toBlockEvents(block: Json, index: number): readonly Json[] {
  const { text, thinking, signature, input, citations, ...head } = block;
  const deltas: Json[] = [];
  const begun: Record<string, unknown> = { ...head };
  if (typeof text === 'string') {
    begun['text'] = '';
    deltas.push({ type: 'text_delta', text });
  }
  for (const citation of list(citations)) deltas.push({ type: 'citations_delta', citation });
  if (typeof thinking === 'string') {
    Object.assign(begun, { thinking: '', signature: '' });
    deltas.push({ type: 'thinking_delta', thinking });
    deltas.push({ type: 'signature_delta', signature });
  }
  if (isRecord(input)) {
    begun['input'] = {};
    deltas.push({ type: 'input_json_delta', partial_json: JSON.stringify(input) });
  }
  return [
    { type: 'content_block_start', index, content_block: begun },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}
