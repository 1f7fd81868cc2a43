/** OpenAI Responses: a response object, or a stream that ends with one. */
import type { FinishReason } from '../../../agent/model';
import { piecesOf, toAnswer } from './raw-answer';
import { failureOf, failureOfResponse } from './raw-errors';
import { isRecord, number, parseArguments, record, records, text, type Json } from './raw-json';
import type { RawReading, RawResponse, RawUsage } from './raw-types';

export function readOpenAIResponses(response: RawResponse): RawReading {
  const failure = failureOfResponse(response);
  if (failure) return failure;
  const { isStream, events, fault } = piecesOf(response);
  if (fault !== undefined) return { outcome: 'incomplete', why: fault };
  if (isStream) return readStream(events.map(record));
  const body = record(events[0]);
  if (isRecord(body['error']) && body['object'] !== 'response') return failureOf(body['error']);
  return readResponse(body, records(body['output']));
}

function readStream(events: readonly Json[]): RawReading {
  // By place: some servers give an item another id in each event.
  const finished = new Map<number, Json>();
  for (const event of events) {
    switch (event['type']) {
      case 'error':
        // The types say flat, the wire says nested.
        return failureOf(isRecord(event['error']) ? event['error'] : { ...event, type: undefined });
      case 'response.output_item.done':
        finished.set(number(event['output_index']), record(event['item']));
        break;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed': {
        const response = record(event['response']);
        return readResponse(response, itemsOf(finished, records(response['output'])));
      }
    }
  }
  return { outcome: 'incomplete', why: `no terminal event after ${events.length} events` };
}

/**
 * An item's own last event is preferred; the terminal one fills in what it knows alone, unless it leaves items out:
 * then its places are not those of the events.
 */
function itemsOf(finished: ReadonlyMap<number, Json>, output: readonly Json[]): readonly Json[] {
  const isWhole = output.length > Math.max(-1, ...finished.keys());
  const places = new Set([...(isWhole ? output.keys() : []), ...finished.keys()]);
  return [...places]
    .sort((left, right) => left - right)
    .map((place) => finished.get(place) ?? output[place] ?? {});
}

function readResponse(response: Json, items: readonly Json[]): RawReading {
  const status = text(response['status']);
  if (status === 'in_progress' || status === 'queued') {
    return { outcome: 'incomplete', why: `the response is still ${status}` };
  }
  const error = response['error'];
  // A filter that strikes is an answer, not an accident.
  const isFiltered = isRecord(error) && filterCodes.has(text(error['code']));
  if (isRecord(error) && !isFiltered) return failureOf(error);
  const parts = items.filter(isOf('message')).flatMap((item) => records(item['content']));
  const refusal = parts.filter(isOf('refusal')).map((part) => text(part['refusal']));
  const calls = items.filter(isOf('function_call'));
  const reasoning = items.filter(isOf('reasoning'));
  const reason = text(record(response['incomplete_details'])['reason']);
  const base = isFiltered ? 'content_filter' : finishOf(status, reason);
  const ended = calls.length > 0 ? 'tool_calls' : 'stop';
  return toAnswer({
    textParts: parts.filter(isOf('output_text')).map((part) => text(part['text'])),
    refusal: refusal.join(''),
    toolCalls: calls.map((call) => ({
      name: text(call['name']),
      arguments: parseArguments(text(call['arguments'])),
    })),
    finishReason: base !== 'stop' ? base : refusal.length > 0 ? 'refusal' : ended,
    rawFinishReason: (isFiltered && text(record(error)['code'])) || reason || status,
    usage: usageOf(response['usage']),
    hasReasoning: reasoning.length > 0,
    opaque: reasoning.map((item) => text(item['encrypted_content'])),
    model: text(response['model']),
  });
}

function isOf(type: string): (it: Json) => boolean {
  return (it) => it['type'] === type;
}

/** `stop` is narrowed by what there is: tool calls and refusals do not change the status. */
function finishOf(status: string, reason: string): FinishReason {
  if (status === 'completed') return 'stop';
  if (status === 'failed' || status === 'cancelled') return 'error';
  if (status !== 'incomplete') return 'other';
  if (reason === 'max_output_tokens') return 'length';
  return reason === 'content_filter' ? 'content_filter' : 'other';
}

const filterCodes: ReadonlySet<string> = new Set([
  'invalid_prompt',
  'bio_policy',
  'misalignment_policy_violation',
  'image_content_policy_violation',
]);

function usageOf(usage: unknown): RawUsage | undefined {
  if (!isRecord(usage)) return undefined;
  const input = record(usage['input_tokens_details']);
  return {
    inputTokens: number(usage['input_tokens']),
    outputTokens: number(usage['output_tokens']),
    cachedInputTokens: number(input['cached_tokens']),
    cacheWriteTokens: number(input['cache_write_tokens']),
    reasoningTokens: number(record(usage['output_tokens_details'])['reasoning_tokens']),
  };
}
