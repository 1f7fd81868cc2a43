/** Two ways of saying the same to OpenAI. */
import { isRecord, list, record, text, tryParse, type Json } from '../raw/raw-json';
import type { Canonicalisation } from './canonical';
import {
  both,
  eachIn,
  oneTextAsText,
  providerToolsLast,
  without,
  withoutNothing,
} from './canonical-steps';

const streamed: Canonicalisation = {
  name: 'always streamed',
  reason: 'Every call is streamed, and folded; that changes the answer’s form alone.',
  apply: both((body) => without(body, 'stream', 'stream_options')),
};

const providerTools: Canonicalisation = {
  name: 'provider-run tools last',
  reason: 'Tools are a set: ours are written first.',
  apply: both(providerToolsLast(({ type }) => type === 'function')),
};

const nothing: Canonicalisation = {
  name: 'fields that say nothing',
  reason: '`null` and an empty text of a field that may be left out are its absence.',
  apply: withoutNothing(['description', 'instructions']),
};

export const responsesCanon: readonly Canonicalisation[] = [
  nothing,
  streamed,
  providerTools,
  {
    name: 'not stored',
    reason: 'We never let OpenAI keep the conversation; the answer is the same.',
    apply: ({ recorded, ours }) => ({
      recorded: recorded['store'] === false ? without(recorded, 'store') : recorded,
      ours: ours['store'] === false ? without(ours, 'store') : ours,
    }),
  },
  {
    name: 'more of the answer asked for',
    reason:
      'What is not stored has to come back, reasoning and what code printed: fields more in the answer.',
    apply: both((body) => {
      const included = list(body['include']).filter((it) => !toComeBack.has(it));
      const rest = without(body, 'include');
      return included.length > 0 ? { ...rest, include: included } : rest;
    }),
  },
  {
    name: 'input as a list',
    reason: 'A text as `input` is one user message.',
    apply: both((body) =>
      typeof body['input'] === 'string'
        ? { ...body, input: [{ role: 'user', content: body['input'] }] }
        : body,
    ),
  },
  {
    name: 'message items in short',
    reason:
      '`type: "message"` may be left out; ids and states of items that are sent whole say nothing.',
    apply: both((body) => eachIn(body, 'input', inShort)),
  },
  {
    name: 'one text as a list',
    reason: 'A list of one text is that text.',
    apply: both((body) =>
      eachIn(body, 'input', (item) =>
        oneTextAsText(oneTextAsText(item, 'content', 'input_text'), 'output', 'input_text'),
      ),
    ),
  },
  {
    name: 'instructions as the first item',
    reason: '`instructions` are inserted as the first system (or developer) message.',
    apply: both((body) => {
      const [first, ...rest] = list(body['input']);
      const { role, content } = record(first);
      const isFirst = role === 'developer' || role === 'system';
      return isFirst && body['instructions'] === undefined
        ? { ...body, instructions: content, input: rest }
        : body;
    }),
  },
];

const toComeBack: ReadonlySet<unknown> = new Set([
  'reasoning.encrypted_content',
  'code_interpreter_call.outputs',
]);

/** Messages without the ids that they had in their answer. Reasoning keeps its own. */
function inShort(item: Json): Json {
  const { type = 'message' } = item;
  if (type === 'function_call') return without(item, 'id', 'status');
  if (type !== 'message') return item;
  const short = without(item, 'type', 'id', 'status');
  const parts = list(item['content']).map(record);
  const [part] = parts;
  const isPlain =
    parts.length === 1 &&
    part?.['type'] === 'output_text' &&
    list(part['annotations']).length + list(part['logprobs']).length === 0;
  return isPlain ? { ...short, content: part['text'] } : short;
}

export const chatCanon: readonly Canonicalisation[] = [
  nothing,
  streamed,
  providerTools,
  {
    name: 'arguments written anew',
    reason: 'The arguments of a call are JSON in a text: the spaces in it are no part of them.',
    apply: both((body) => eachCall(body, withPlainArguments)),
  },
  {
    name: 'ids of calls',
    reason: 'An id ties a result to its call; one that OpenAI would refuse is replaced in both.',
    apply: both(withCountedIds),
  },
  {
    name: 'no content',
    reason: 'An answer of nothing but calls has no content, `null` or an empty one.',
    apply: both((body) =>
      eachIn(body, 'messages', (message) =>
        message['role'] === 'assistant' && !text(message['content']) && !isRecordList(message)
          ? without(message, 'content')
          : message,
      ),
    ),
  },
  {
    name: 'one text as a list',
    reason: 'A list of one text is that text.',
    apply: both((body) =>
      eachIn(body, 'messages', (message) => oneTextAsText(message, 'content', 'text')),
    ),
  },
  {
    name: 'no annotations',
    reason: 'Empty annotations of an answer that is sent back say nothing.',
    apply: both((body) =>
      eachIn(body, 'messages', (message) =>
        list(message['annotations']).length === 0 ? without(message, 'annotations') : message,
      ),
    ),
  },
  {
    name: 'system as developer',
    reason: 'To models that reason, OpenAI reads both as the developer’s message.',
    apply: both((body) =>
      eachIn(body, 'messages', (message) =>
        message['role'] === 'developer' ? { ...message, role: 'system' } : message,
      ),
    ),
  },
];

function eachCall(body: Json, change: (call: Json) => Json): Json {
  return eachIn(body, 'messages', (message) => eachIn(message, 'tool_calls', change));
}

function withPlainArguments(call: Json): Json {
  const declared = record(call['function']);
  const parsed = tryParse(text(declared['arguments']));
  return parsed
    ? { ...call, function: { ...declared, arguments: JSON.stringify(parsed.json) } }
    : call;
}

/** Each id as the number of its first appearance. */
function withCountedIds(body: Json): Json {
  const ids = new Map<unknown, string>();
  const numbered = (id: unknown) => {
    const known = ids.get(id) ?? `call ${ids.size + 1}`;
    ids.set(id, known);
    return known;
  };
  return eachIn(
    eachCall(body, (call) => ({ ...call, id: numbered(call['id']) })),
    'messages',
    (message) =>
      message['role'] === 'tool'
        ? { ...message, tool_call_id: numbered(message['tool_call_id']) }
        : message,
  );
}

function isRecordList({ content }: Json): boolean {
  return Array.isArray(content) && content.some(isRecord);
}
