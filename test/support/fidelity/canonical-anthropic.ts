/** Two ways of saying the same to Anthropic. */
import { isRecord, list, record, records, type Json } from '../raw/raw-json';
import type { Canonicalisation } from './canonical';
import { both, eachIn, providerToolsLast, without, withoutNothing } from './canonical-steps';

export const anthropicCanon: readonly Canonicalisation[] = [
  {
    name: 'fields that say nothing',
    reason: '`null` and an empty text of a field that may be left out are its absence.',
    apply: withoutNothing(['description']),
  },
  {
    name: 'always streamed',
    reason: 'Every call is streamed, and folded; that changes the answer’s form alone.',
    apply: both((body) => without(body, 'stream')),
  },
  {
    name: 'provider-run tools last',
    reason: 'Tools are a set: ours are written first.',
    apply: both(providerToolsLast((tool) => 'input_schema' in tool)),
  },
  {
    name: 'text as a list',
    reason: 'A text is a list of that one text: in messages, results and instructions.',
    apply: both((body) =>
      eachIn(asList(body, 'system'), 'messages', (message) =>
        eachIn(asList(message, 'content'), 'content', (block) =>
          block['type'] === 'tool_result' ? asList(block, 'content') : block,
        ),
      ),
    ),
  },
  {
    name: 'no error',
    reason: '`is_error: false` is what is said by leaving it out.',
    apply: both((body) =>
      eachBlock(body, (block) =>
        block['type'] === 'tool_result' && block['is_error'] === false
          ? without(block, 'is_error')
          : block,
      ),
    ),
  },
  {
    name: 'neighbours of one role',
    reason: 'Anthropic joins turns of one role that follow each other.',
    apply: both((body) => ({ ...body, messages: joined(records(body['messages'])) })),
  },
  {
    name: 'cached prompt',
    reason:
      'We put breakpoints after the instructions and the last user message, which cost the answer nothing; `cache_control` of the whole request puts one there, too.',
    apply: ({ recorded, ours }) => ({
      recorded: without(recorded, 'cache_control'),
      ours: withoutAdded(ours, recorded),
    }),
  },
];

function asList(body: Json, key: string): Json {
  const value = body[key];
  return typeof value === 'string' ? { ...body, [key]: [{ type: 'text', text: value }] } : body;
}

function eachBlock(body: Json, change: (block: Json) => Json): Json {
  return eachIn(body, 'messages', (message) => eachIn(message, 'content', change));
}

function joined(messages: readonly Json[]): readonly Json[] {
  return messages.reduce<readonly Json[]>((all, next) => {
    const last = all.at(-1);
    if (last?.['role'] !== next['role']) return [...all, next];
    const content = [...list(last?.['content']), ...list(next['content'])];
    return [...all.slice(0, -1), { ...last, content }];
  }, []);
}

/** Breakpoints of ours that stand where `recorded` has none. All others stay. */
function withoutAdded(ours: unknown, recorded: unknown): Json {
  return removed(ours, recorded) as Json;
}

function removed(ours: unknown, recorded: unknown): unknown {
  if (Array.isArray(ours)) return ours.map((item, at) => removed(item, list(recorded)[at]));
  if (!isRecord(ours)) return ours;
  const other = record(recorded);
  return Object.fromEntries(
    Object.entries(ours)
      .filter(([key]) => key !== 'cache_control' || other[key] !== undefined)
      .map(([key, value]) => [
        key,
        key === 'system' || key === 'messages' || key === 'tools' || key === 'content'
          ? removed(value, other[key])
          : value,
      ]),
  );
}
