/** The Response object: most of it repeats the request. */
import type { JsonObject } from '../../../agent/json';
import type { AnswerContext, StrictAnswer } from './strict-answer';
import { fullUsage } from './strict-answer';
import { hexId } from './strict-ids';
import { objectOf } from './strict-json';

/** `output` in its final state; the events before it show the same object, begun. */
export function responseObject(
  answer: StrictAnswer,
  { body, model }: AnswerContext,
  output: readonly JsonObject[],
): JsonObject {
  const usage = fullUsage(answer);
  const reason = answer.finish === 'length' ? 'max_output_tokens' : 'content_filter';
  const isIncomplete = answer.finish === 'length' || answer.finish === 'content_filter';
  const now = Math.floor(Date.now() / 1000);
  const given = (name: string, otherwise: JsonObject[string]): JsonObject[string] =>
    body[name] ?? otherwise;
  return {
    id: hexId('resp_'),
    object: 'response',
    created_at: now,
    status: isIncomplete ? 'incomplete' : 'completed',
    background: false,
    completed_at: isIncomplete ? null : now,
    error: null,
    incomplete_details: isIncomplete ? { reason } : null,
    instructions: given('instructions', null),
    max_output_tokens: given('max_output_tokens', null),
    max_tool_calls: null,
    model,
    output,
    parallel_tool_calls: given('parallel_tool_calls', true),
    previous_response_id: given('previous_response_id', null),
    prompt_cache_key: given('prompt_cache_key', null),
    reasoning: { effort: null, summary: null, ...objectOf(body['reasoning']) },
    safety_identifier: given('safety_identifier', null),
    service_tier: 'default',
    store: given('store', true),
    temperature: given('temperature', 1),
    text: { format: { type: 'text' }, verbosity: 'medium', ...objectOf(body['text']) },
    tool_choice: given('tool_choice', 'auto'),
    tools: given('tools', []),
    top_logprobs: 0,
    top_p: given('top_p', 1),
    truncation: 'disabled',
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.cacheWrite },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: usage.reasoning },
      total_tokens: usage.input + usage.output,
    },
    user: null,
    metadata: given('metadata', {}),
  };
}
