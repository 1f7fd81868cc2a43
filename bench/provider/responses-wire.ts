/** What OpenAI's Responses API would answer: the next entry to read, or the answer when all are read. */
import { randomBytes } from 'node:crypto';
import type { WireItem, WireRequest, WireResponse } from '../../test/support/openai-wire';
import { answer } from '../text';

export const toolName = 'read_entry';

/** The first request asks for entry 1; the one that holds the last entry's text but one gets the answer. */
export function responseTo(request: WireRequest, requestBytes: number): WireResponse {
  const step = lastEntryOf(request.input ?? []) + 1;
  const item = step < stepsOf(request) ? callOf(step) : message();
  const inputTokens = Math.ceil(requestBytes / 4);
  const outputTokens = Math.ceil(JSON.stringify(item).length / 4);
  const response = {
    id: newId('resp'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1_000),
    status: 'completed',
    background: false,
    error: null,
    incomplete_details: null,
    // The real one says back what it was told.
    instructions: request.instructions ?? null,
    max_output_tokens: null,
    max_tool_calls: null,
    metadata: {},
    model: request.model ?? '',
    output: [item],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: request.store ?? true,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: request.tools ?? [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
    user: null,
  };
  return response;
}

/** The number that the question names: as many model calls the turn takes. */
function stepsOf({ input = [] }: WireRequest): number {
  const asked = input.find(({ role }) => role === 'user');
  const [, steps] = /Read the (\d+) entries/.exec(JSON.stringify(asked ?? null)) ?? [];
  return Number(steps ?? 1);
}

function lastEntryOf(input: readonly WireItem[]): number {
  const result = input.findLast(({ type }) => type === 'function_call_output');
  const [, entry] = /Entry (\d+): /.exec(JSON.stringify(result?.output ?? null)) ?? [];
  return Number(entry ?? 0);
}

function callOf(entry: number): WireItem {
  return {
    type: 'function_call',
    id: newId('fc'),
    call_id: newId('call').slice(0, 29),
    name: toolName,
    arguments: JSON.stringify({ entry }),
    ...{ status: 'completed' },
  };
}

function message(): WireItem {
  const part = { type: 'output_text', text: answer, annotations: [], logprobs: [] };
  return {
    type: 'message',
    id: newId('msg'),
    role: 'assistant',
    content: [part],
    ...{ status: 'completed' },
  };
}

function newId(prefix: string): string {
  return `${prefix}_${randomBytes(25).toString('hex')}`;
}
