/** Makes the events of a stream out of a recorded response that was not streamed, as OpenAI would have sent them. */
import type { JsonObject } from '../../agent/json';

export function toEventStream(response: JsonObject): string {
  const begun = { ...response, status: 'in_progress', output: [], usage: null };
  const items = response['output'] as readonly JsonObject[];
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...items.flatMap(toItemEvents),
    { type: `response.${response['status'] as string}`, response },
  ];
  return events.map((event, index) => toBlock({ ...event, sequence_number: index })).join('');
}

function toBlock(event: JsonObject & { readonly type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

type Event = JsonObject & { readonly type: string };

function toItemEvents(item: JsonObject, outputIndex: number): Event[] {
  const at = { item_id: item['id'], output_index: outputIndex };
  return [
    { type: 'response.output_item.added', output_index: outputIndex, item: toBegun(item) },
    ...toContentEvents(item, at),
    { type: 'response.output_item.done', output_index: outputIndex, item },
  ];
}

function toBegun(item: JsonObject): JsonObject {
  switch (item['type']) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] };
    case 'function_call':
      return { ...item, status: 'in_progress', arguments: '' };
    case 'reasoning':
      return { ...item, summary: [] };
    default:
      return item;
  }
}

function toContentEvents(item: JsonObject, at: JsonObject): Event[] {
  switch (item['type']) {
    case 'message':
      return (item['content'] as readonly JsonObject[]).flatMap((part, index) =>
        toPartEvents(part, { ...at, content_index: index }),
      );
    case 'function_call':
      return [
        ...pieces(item['arguments'] as string).map((delta) => ({
          type: 'response.function_call_arguments.delta',
          ...at,
          delta,
        })),
        { type: 'response.function_call_arguments.done', ...at, arguments: item['arguments'] },
      ];
    default:
      return [];
  }
}

function toPartEvents(part: JsonObject, at: JsonObject): Event[] {
  const [kind, key] = part['type'] === 'refusal' ? ['refusal', 'refusal'] : ['output_text', 'text'];
  const whole = part[key] as string;
  return [
    { type: 'response.content_part.added', ...at, part: { ...part, [key]: '' } },
    ...pieces(whole).map((delta) => ({ type: `response.${kind}.delta`, ...at, delta })),
    { type: `response.${kind}.done`, ...at, [key]: whole },
    { type: 'response.content_part.done', ...at, part },
  ];
}

/** About the size of tokens: a word with the space before it. */
function pieces(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}
