/** Answers of the Responses API: items, their events, and what is remembered of them. */
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../../agent/json';
import type { AnswerContext, StrictAnswer, WireAnswer } from './strict-answer';
import { NoSuchFinish, cutText, refusalText, streamedArguments } from './strict-answer';
import { alphanumericId, encryptedToken, hexId } from './strict-ids';
import { listOf, objectOf, textOf } from './strict-json';
import { openAITraits } from './strict-models';
import { responseObject } from './strict-openai-response';

/** An item of the output with the events between its `added` and its `done`. */
interface StreamedItem {
  readonly item: JsonObject;
  /** As it is first announced. */
  readonly begun: JsonObject;
  readonly events: readonly JsonObject[];
}

export function openAIAnswer(answer: StrictAnswer, context: AnswerContext): WireAnswer {
  const { finish = 'stop' } = answer;
  if (!['stop', 'length', 'refusal', 'content_filter'].includes(finish)) {
    throw new NoSuchFinish('openai-responses', finish);
  }
  const items = [
    ...reasoningItems(answer, context),
    ...(answer.search ? [searchItem(answer.search.query)] : []),
    ...messageItems(answer, context),
    ...(answer.toolCalls ?? []).map((_, index) => callItem(answer, index)),
  ];
  const response = responseObject(
    answer,
    context,
    items.map(({ item }) => reencrypted(item)),
  );
  remember(items, response, context);
  return { events: toEvents(items, response, context), body: response };
}

function reasoningItems(
  { reasoning }: StrictAnswer,
  context: AnswerContext,
): readonly StreamedItem[] {
  const canReason = openAITraits(context.model)?.reasons !== false;
  return reasoning !== undefined && canReason ? [reasoningItem(reasoning, context)] : [];
}

function reasoningItem(reasoning: string, { body }: AnswerContext): StreamedItem {
  const isShown = objectOf(body['reasoning'])['summary'] && reasoning !== '';
  const isEncrypted = listOf(body['include']).includes('reasoning.encrypted_content');
  // Each event encrypts the same reasoning anew, and the first one has not seen all of it.
  const encrypted = (): JsonObject => (isEncrypted ? { encrypted_content: encryptedToken() } : {});
  const begun = { id: hexId('rs_'), type: 'reasoning', summary: [] };
  const part = (text: string): JsonObject => ({ type: 'summary_text', text });
  const at = { summary_index: 0 };
  const events = isShown
    ? [
        { type: 'response.reasoning_summary_part.added', ...at, part: part('') },
        ...cutText(reasoning).map((delta) => ({
          type: 'response.reasoning_summary_text.delta',
          ...at,
          delta,
        })),
        { type: 'response.reasoning_summary_text.done', ...at, text: reasoning },
        { type: 'response.reasoning_summary_part.done', ...at, part: part(reasoning) },
      ]
    : [];
  const summary = isShown ? [part(reasoning)] : [];
  return {
    item: { ...begun, summary, ...encrypted() },
    begun: { ...begun, ...encrypted() },
    events,
  };
}

function searchItem(query: string): StreamedItem {
  const begun = { id: hexId('ws_'), type: 'web_search_call', status: 'in_progress' };
  const action = { type: 'search', queries: [query], query };
  const steps = ['in_progress', 'searching', 'completed'];
  return {
    begun,
    item: { ...begun, status: 'completed', action },
    events: steps.map((step) => ({ type: `response.web_search_call.${step}` })),
  };
}

function messageItems(answer: StrictAnswer, { model }: AnswerContext): readonly StreamedItem[] {
  const { finish, search, toolCalls = [], textDeltas } = answer;
  const isRefusal = finish === 'refusal';
  const text = answer.text ?? (isRefusal ? refusalText : '');
  if (answer.text === undefined && !isRefusal) return [];
  const citation = search && {
    type: 'url_citation',
    start_index: 0,
    end_index: text.length,
    title: search.title,
    url: search.url,
  };
  const part = (said: string, annotations: readonly JsonObject[] = []): JsonObject =>
    isRefusal
      ? { type: 'refusal', refusal: said }
      : { type: 'output_text', annotations, logprobs: [], text: said };
  const said = isRefusal ? 'refusal' : 'output_text';
  const whole = part(text, citation ? [citation] : []);
  const at = { content_index: 0 };
  const phase = /^gpt-(?:5\.[3-9]|[6-9])/.test(model)
    ? { phase: toolCalls.length > 0 ? 'commentary' : 'final_answer' }
    : {};
  const begun = {
    id: hexId('msg_'),
    type: 'message',
    status: 'in_progress',
    content: [],
    ...phase,
    role: 'assistant',
  };
  const isCut = (finish === 'length' || finish === 'content_filter') && toolCalls.length === 0;
  return [
    {
      begun,
      item: { ...begun, status: isCut ? 'incomplete' : 'completed', content: [whole] },
      events: [
        { type: 'response.content_part.added', ...at, part: part('') },
        ...cutText(text, textDeltas).map((delta) => ({
          type: `response.${said}.delta`,
          ...at,
          delta,
          ...(isRefusal ? {} : { logprobs: [] }),
        })),
        ...(citation
          ? [
              {
                type: 'response.output_text.annotation.added',
                ...at,
                annotation_index: 0,
                annotation: citation,
              },
            ]
          : []),
        {
          type: `response.${said}.done`,
          ...at,
          ...(isRefusal ? { refusal: text } : { text, logprobs: [] }),
        },
        { type: 'response.content_part.done', ...at, part: whole },
      ],
    },
  ];
}

function callItem(answer: StrictAnswer, index: number): StreamedItem {
  const { name, id } = answer.toolCalls![index]!;
  const written = streamedArguments(answer, index);
  const isCut = answer.finish === 'length' && index === answer.toolCalls!.length - 1;
  const begun = {
    id: hexId('fc_'),
    type: 'function_call',
    status: 'in_progress',
    arguments: '',
    call_id: id ?? alphanumericId('call_', 24),
    name,
  };
  const deltas = cutText(written, Math.ceil(written.length / 5)).map((delta) => ({
    type: 'response.function_call_arguments.delta',
    delta,
  }));
  const done = { type: 'response.function_call_arguments.done', arguments: written };
  return {
    begun,
    item: { ...begun, status: isCut ? 'incomplete' : 'completed', arguments: written },
    events: isCut ? deltas : [...deltas, done],
  };
}

function reencrypted(item: JsonObject): JsonObject {
  return item['encrypted_content'] ? { ...item, encrypted_content: encryptedToken() } : item;
}

function remember(
  items: readonly StreamedItem[],
  response: JsonObject,
  { body, issued }: AnswerContext,
): void {
  const isStored = body['store'] !== false;
  if (isStored) issued.rememberResponse(textOf(response['id']));
  const final = listOf(response['output']).map(objectOf);
  const reasoning = items.findIndex(({ item }) => item['type'] === 'reasoning');
  for (const [index, { item }] of items.entries()) {
    const encryptions = new Set([item, final[index]!].map((it) => textOf(it['encrypted_content'])));
    const following = items[index + 1]?.item['id'];
    issued.rememberItem({
      item,
      isStored,
      ...(index === reasoning && { encryptions, followingId: textOf(following) }),
      ...(index > reasoning &&
        reasoning >= 0 && { reasoningId: textOf(items[reasoning]!.item['id']) }),
    });
  }
}

function toEvents(
  items: readonly StreamedItem[],
  response: JsonObject,
  { body }: AnswerContext,
): readonly string[] {
  const isObfuscated = objectOf(body['stream_options'])['include_obfuscation'] !== false;
  const begun = {
    ...response,
    status: 'in_progress',
    completed_at: null,
    incomplete_details: null,
    output: [],
    usage: null,
  };
  const all: readonly JsonObject[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...items.flatMap((streamed, index) => [
      { type: 'response.output_item.added', item: streamed.begun, output_index: index },
      ...streamed.events.map((event) => {
        const isPadded = isObfuscated && !/refusal/.test(textOf(event['type']));
        const noise = isPadded && event['delta'] !== undefined;
        const obfuscation = noise ? { obfuscation: randomBytes(6).toString('hex') } : {};
        return { ...event, item_id: streamed.item['id'], output_index: index, ...obfuscation };
      }),
      { type: 'response.output_item.done', item: streamed.item, output_index: index },
    ]),
    { type: `response.${textOf(response['status'])}`, response },
  ];
  return all.map((event, sequence) => {
    const data = JSON.stringify({ ...event, sequence_number: sequence });
    return `event: ${textOf(event['type'])}\ndata: ${data}\n\n`;
  });
}
