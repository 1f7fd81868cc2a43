/** Makes the events of a stream out of a recorded response that was not streamed, as OpenAI would have sent them. */
import type { WireEvent, WireItem, WirePart, WireResponse } from './openai-wire';

export function toEventStream(response: WireResponse): string {
  const begun = { ...response, status: 'in_progress', output: [], usage: null };
  const events: readonly WireEvent[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...response.output.flatMap(toItemEvents),
    { type: `response.${response.status}`, response },
  ];
  return events.map(toBlock).join('');
}

function toBlock(event: WireEvent, index: number): string {
  return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`;
}

function toItemEvents(item: WireItem, outputIndex: number): WireEvent[] {
  const at = { item_id: item.id, output_index: outputIndex };
  return [
    { type: 'response.output_item.added', ...at, item: toBegun(item) },
    ...toContentEvents(item, at),
    { type: 'response.output_item.done', ...at, item },
  ];
}

function toBegun(item: WireItem): WireItem {
  const { type = 'message' } = item;
  const status = 'in_progress';
  switch (type) {
    case 'message':
      return { ...item, ...{ status }, content: [] };
    case 'function_call':
      return { ...item, ...{ status }, arguments: '' };
    default:
      return item;
  }
}

function toContentEvents(item: WireItem, at: object): WireEvent[] {
  const { type = 'message', content, arguments: whole = '' } = item;
  switch (type) {
    case 'message':
      return (Array.isArray(content) ? content : []).flatMap((part: WirePart, index) =>
        toPartEvents(part, { ...at, content_index: index }),
      );
    case 'function_call':
      return [
        ...pieces(whole).map((delta) => ({
          type: 'response.function_call_arguments.delta',
          ...at,
          delta,
        })),
        { type: 'response.function_call_arguments.done', ...at, ...{ arguments: whole } },
      ];
    default:
      return [];
  }
}

function toPartEvents(part: WirePart, at: object): WireEvent[] {
  const key = part.type === 'refusal' ? 'refusal' : 'text';
  const kind = part.type === 'refusal' ? 'response.refusal' : 'response.output_text';
  const whole = part[key] ?? '';
  return [
    { type: 'response.content_part.added', ...at, ...{ part: { ...part, [key]: '' } } },
    ...pieces(whole).map((delta) => ({ type: `${kind}.delta`, ...at, delta })),
    { type: `${kind}.done`, ...at, ...{ [key]: whole } },
    { type: 'response.content_part.done', ...at, ...{ part } },
  ];
}

/** About the size of tokens: a word with the space before it. */
function pieces(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}
