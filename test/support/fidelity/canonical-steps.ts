/** Small changes of JSON, from which canonicalisations are made. */
import { isRecord, list, record, type Json } from '../raw/raw-json';
import type { Sides } from './canonical';

export function both(change: (body: Json) => Json): (sides: Sides) => Sides {
  return ({ recorded, ours }) => ({ recorded: change(recorded), ours: change(ours) });
}

export function without(body: Json, ...keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key)));
}

/** `body` with every object of the list at `key` changed. */
export function eachIn(body: Json, key: string, change: (item: Json) => Json): Json {
  const items = body[key];
  if (!Array.isArray(items)) return body;
  return { ...body, [key]: items.map((item: unknown) => (isRecord(item) ? change(item) : item)) };
}

/** A list of nothing but one plain text of `type` as that text. */
export function oneTextAsText(body: Json, key: string, type: string): Json {
  const parts = list(body[key]);
  const part = record(parts[0]);
  const isPlain = parts.length === 1 && part['type'] === type && Object.keys(part).length === 2;
  return isPlain ? { ...body, [key]: part['text'] } : body;
}

/** Tools that run at the provider behind ours, each kind in its order. */
export function providerToolsLast(isOurs: (tool: Json) => boolean): (body: Json) => Json {
  return (body) => {
    const tools = list(body['tools']);
    if (tools.length === 0) return body;
    const [ours, others] = [
      tools.filter((it) => isOurs(record(it))),
      tools.filter((it) => !isOurs(record(it))),
    ];
    return { ...body, tools: [...ours, ...others] };
  };
}

/** Below these keys stands what is a caller's own, where `null` and emptiness mean something. */
const ownData =
  /^(input_schema|parameters|parametersJsonSchema|responseJsonSchema|schema|args|response)$/;

/** Fields that say nothing: `null` everywhere, and the named ones where they are empty. */
export function withoutNothing(emptyMeansAbsent: readonly string[]): (sides: Sides) => Sides {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (!isRecord(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, inner]) => {
          if (inner === null) return false;
          const isEmpty = inner === '' || (isRecord(inner) && Object.keys(inner).length === 0);
          return !(isEmpty && emptyMeansAbsent.includes(key));
        })
        .map(([key, inner]) => [key, ownData.test(key) ? inner : strip(inner)]),
    );
  };
  return both((body) => strip(body) as Json);
}
