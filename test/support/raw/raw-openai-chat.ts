/** Chat Completions, of OpenAI and of those who imitate it. */
import type { FinishReason } from '../../../agent/model';
import { piecesOf, toAnswer } from './raw-answer';
import { failureOf, failureOfResponse } from './raw-errors';
import { isRecord, number, parseArguments, record, records, text, type Json } from './raw-json';
import type { RawReading, RawResponse, RawToolCall, RawUsage } from './raw-types';

export function readOpenAIChat(response: RawResponse): RawReading {
  const failure = failureOfResponse(response);
  if (failure) return failure;
  const { isStream, events, fault } = piecesOf(response);
  if (fault !== undefined) return { outcome: 'incomplete', why: fault };
  const bodies = events.map(record);
  const choices = bodies.flatMap((body) =>
    records(body['choices']).filter((choice) => number(choice['index']) === 0),
  );
  // Gateways answer 200 before they know, and write the error into the answer; even after its end.
  const error = [...bodies, ...choices].map((it) => it['error']).find(isRecord);
  if (error) return failureOf(error);
  if (choices.length === 0) return { outcome: 'incomplete', why: 'no choices' };
  const finish = choices.map((choice) => text(choice['finish_reason'])).findLast((it) => it !== '');
  // `[DONE]` alone proves nothing, and many a server leaves it out.
  if (finish === undefined) return { outcome: 'incomplete', why: 'no finish_reason' };

  const messages = choices.map((choice) => record(choice[isStream ? 'delta' : 'message']));
  const join = (field: string) => messages.map((message) => text(message[field])).join('');
  const contents = messages.flatMap(({ content }) => partsOf(content));
  const refusal = join('refusal');
  const toolCalls = callsOf(messages, isStream);
  const details = messages.flatMap((message) => records(message['reasoning_details']));
  return toAnswer({
    textParts: [contents.join('')],
    refusal,
    toolCalls,
    finishReason: finishOf(finish, toolCalls.length > 0, refusal !== ''),
    rawFinishReason: finish,
    usage: usageOf(bodies.map((body) => body['usage']).findLast(isRecord)),
    hasReasoning: details.length > 0 || `${join('reasoning_content')}${join('reasoning')}` !== '',
    opaque: details.flatMap(({ data, signature }) => [text(data), text(signature)]),
    model: bodies.map((body) => text(body['model'])).find((it) => it !== '') ?? '',
  });
}

/** Some servers send content as parts. */
function partsOf(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content];
  return records(content).map((part) => text(part['text']));
}

/** Some servers finish with `stop` although they call tools; OpenAI does so for a forced choice. */
function finishOf(finish: string, hasCalls: boolean, isRefused: boolean): FinishReason {
  switch (finish) {
    case 'stop':
      if (isRefused) return 'refusal';
      return hasCalls ? 'tool_calls' : 'stop';
    case 'tool_calls':
    case 'function_call':
      return hasCalls ? 'tool_calls' : 'other';
    case 'length':
    case 'content_filter':
    case 'error':
      return finish;
    default:
      return 'other';
  }
}

interface Slot {
  readonly index: unknown;
  readonly id: string;
  name: string;
  arguments: string;
}

/** Calls come whole in a message, whole or in pieces in the deltas of a stream. */
function callsOf(messages: readonly Json[], isStream: boolean): readonly RawToolCall[] {
  const slots: Slot[] = [];
  for (const call of messages.flatMap((message) => records(message['tool_calls']))) {
    const { name, arguments: given } = record(call['function']);
    const piece = isRecord(given) ? JSON.stringify(given) : text(given);
    const { index } = call;
    const id = text(call['id']);
    const slot = isStream ? slotOf(slots, { index, id, name: text(name) }) : undefined;
    if (slot) {
      slot.name ||= text(name);
      slot.arguments += piece;
    } else {
      slots.push({ index, id, name: text(name), arguments: piece });
    }
  }
  return slots.map((slot) => ({ name: slot.name, arguments: parseArguments(slot.arguments) }));
}

/** The call that a piece continues: by `index`, by id where there is none, else the last. */
function slotOf(
  slots: readonly Slot[],
  piece: { readonly index: unknown; readonly id: string; readonly name: string },
): Slot | undefined {
  const { index, id, name } = piece;
  if (typeof index === 'number') {
    const slot = slots.findLast((it) => it.index === index);
    // Some servers give every whole call the same index.
    const isNext = slot && name !== '' && id !== '' && slot.id !== '' && id !== slot.id;
    return isNext ? undefined : slot;
  }
  if (id !== '') return slots.findLast((it) => it.id === id);
  return name === '' ? slots.at(-1) : undefined;
}

function usageOf(usage: Json | undefined): RawUsage | undefined {
  if (!usage) return undefined;
  const prompt = record(usage['prompt_tokens_details']);
  const reasoning = number(record(usage['completion_tokens_details'])['reasoning_tokens']);
  const input = number(usage['prompt_tokens']);
  const output = number(usage['completion_tokens']);
  // xAI counts reasoning beside the completion; only the total tells.
  const isBeside = reasoning > 0 && number(usage['total_tokens']) === input + output + reasoning;
  return {
    inputTokens: input,
    outputTokens: isBeside ? output + reasoning : output,
    cachedInputTokens: number(prompt['cached_tokens'] ?? usage['prompt_cache_hit_tokens']),
    cacheWriteTokens: number(prompt['cache_write_tokens']),
    reasoningTokens: reasoning,
  };
}
