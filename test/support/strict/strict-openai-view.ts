/** A request to one of OpenAI's two APIs as the rules see it. */
import type { JsonObject } from '../../../agent/json';
import { findIn, objectOf, objectsOf, textOf } from './strict-json';
import type { OpenAITraits } from './strict-models';
import { openAITraits } from './strict-models';
import type { CheckOptions, RequestHeaders } from './strict-request';

export interface OpenAIView {
  readonly body: JsonObject;
  readonly headers: RequestHeaders;
  readonly options: CheckOptions;
  readonly model: string;
  readonly traits: OpenAITraits | undefined;
  /** The items of `input`, or the messages of Chat Completions. A string is one user message. */
  readonly items: readonly JsonObject[];
  readonly tools: readonly JsonObject[];
}

export function openAIView(
  body: JsonObject,
  headers: RequestHeaders,
  options: CheckOptions,
  itemsKey: 'input' | 'messages',
): OpenAIView {
  const model = textOf(body['model']);
  const items = body[itemsKey];
  return {
    body,
    headers,
    options,
    model,
    traits: openAITraits(model),
    items: typeof items === 'string' ? [{ role: 'user', content: items }] : objectsOf(items),
    tools: objectsOf(body['tools']),
  };
}

export function itemType(item: JsonObject): string {
  return textOf(item['type']) || 'message';
}

/** What `look` says of the first part of a content list of which it says anything. */
export function findInParts<Finding>(
  items: readonly JsonObject[],
  look: (part: JsonObject, path: string, item: JsonObject) => Finding | undefined,
  itemsKey = 'input',
): Finding | undefined {
  return findIn(items, (item, index) =>
    findIn(['content', 'output'], (key) =>
      findIn(objectsOf(item[key]), (part, partIndex) =>
        look(part, `${itemsKey}[${index}].${key}[${partIndex}]`, item),
      ),
    ),
  );
}

/** All the words that the model reads, for the rule that JSON mode has to be asked for in words too. */
export function allText(items: readonly JsonObject[]): string {
  return items
    .flatMap((item) => [
      textOf(item['content']),
      ...objectsOf(item['content']).map((part) => textOf(part['text'])),
    ])
    .join('\n');
}

export function reasoningEffort({ body }: OpenAIView): string | undefined {
  const effort = objectOf(body['reasoning'])['effort'] ?? body['reasoning_effort'];
  return typeof effort === 'string' ? effort : undefined;
}

/** Models that reason sample as they like, except where reasoning is off. */
export function isSamplingFixed(view: OpenAIView): boolean {
  if (!view.traits?.reasons) return false;
  return (reasoningEffort(view) ?? view.traits.defaultEffort) !== 'none';
}
