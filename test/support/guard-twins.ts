/**
 * What the hand-written guards of workflows/guards.ts should accept, said a second time in zod, and the values to
 * compare them by: valid ones, valid ones with one thing wrong, and anything at all.
 */
import fc from 'fast-check';
import { z } from 'zod';

const text = z.string();
const notBlank = text.refine((value) => /\S/.test(value));
// Refined by hand: zod's own length checks look at anything with a `length`, and count code points.
const notEmpty = text.refine((value) => value.length > 0);
const count = z.number().int().min(0);

const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
// Refined by hand: zod's own records look at nothing but the names that it copies.
const providerOptions = z
  .unknown()
  .refine((value) => isObject(value) && Object.values(value as object).every(isObject))
  .optional();

const contentBlock = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text, providerOptions }),
  z.looseObject({ type: z.literal('image'), data: text, mimeType: text, providerOptions }),
  z.looseObject({ type: z.literal('audio'), data: text, mimeType: text, providerOptions }),
  z.looseObject({
    providerOptions,
    type: z.literal('resource_link'),
    uri: text,
    name: text,
    description: text.optional(),
    mimeType: text.optional(),
  }),
  z.looseObject({
    providerOptions,
    type: z.literal('resource'),
    resource: z
      .looseObject({
        uri: text,
        mimeType: text.optional(),
        text: text.optional(),
        blob: text.optional(),
      })
      .refine(({ text: words, blob }) => words !== undefined || blob !== undefined),
  }),
]);

const userMessage = z.looseObject({
  role: z.literal('user'),
  content: z.union([notBlank, z.array(contentBlock).refine((blocks) => blocks.length > 0)]),
});

const sendMessage = z.looseObject({
  messageId: notEmpty.refine((id) => id.length <= 200),
  message: userMessage,
  delivery: z.enum(['queue', 'steer', 'interrupt']).optional(),
});

const decide = z.looseObject({
  callId: notBlank,
  approved: z.boolean(),
  argumentsHash: text.optional(),
  reason: text.refine((words) => words.length <= 65_536).optional(),
  answer: text.refine((words) => words.length <= 65_536).optional(),
  remember: z.boolean().optional(),
});

const cancelQueued = z.looseObject({
  messageIds: z.array(text).refine((ids) => ids.length > 0 && ids.length <= 200),
});

const editQueued = z.looseObject({
  messageId: notEmpty.refine((id) => id.length <= 200),
  message: userMessage,
});

const isSmall = (value: unknown) => Buffer.byteLength(JSON.stringify(value)) <= 256 * 1024;

const amount = z.number().positive();
const budget = z.strictObject({
  steps: amount.optional(),
  toolCalls: amount.optional(),
  tokens: amount.optional(),
  costUsd: amount.optional(),
  wallMs: amount.optional(),
  repeatedCalls: amount.optional(),
});

const agentFields = z.looseObject({
  name: notBlank,
  model: notBlank,
  instructions: text,
  tools: z.array(notBlank).refine((names) => new Set(names).size === names.length),
  settings: z.looseObject({}).optional(),
  limits: z
    .looseObject({
      maxSteps: z.number().int().min(1).optional(),
      contextWindow: z.number().int().min(1).optional(),
      compactAt: z.number().positive().max(1).optional(),
      toolResultBytes: z.number().int().min(1_024).max(524_288).optional(),
      decisionMs: z.number().int().min(1).max(315_360_000_000).optional(),
      budgets: z
        .strictObject({
          turn: budget.optional(),
          conversation: budget.optional(),
          atLimit: z.enum(['conclude', 'ask']).optional(),
        })
        .optional(),
    })
    .optional(),
  // What a rule may say is compared with ajv in test/agent/condition.test.ts.
  approval: z
    .union([
      z.enum(['always', 'never', 'by_annotations']),
      z.strictObject({
        when: z.strictObject({ required: z.array(text).refine((names) => names.length > 0) }),
      }),
    ])
    .optional(),
  output: z.looseObject({ type: z.literal('object') }).optional(),
  providerTools: z
    .array(z.enum(['web_search', 'code_execution']))
    .refine((names) => new Set(names).size === names.length)
    .optional(),
});
const agentDefinition = agentFields.refine(
  ({ tools, providerTools = [] }) => !providerTools.some((name) => tools.includes(name)),
);

const workflowInput = z.looseObject({
  agent: z.union([
    notEmpty,
    // Before zod makes its copy, which lacks `__proto__`.
    z
      .unknown()
      .refine((agent) => nestingOf(agent) <= 64)
      .pipe(agentDefinition),
  ]),
  mode: z.enum(['conversation', 'task']).optional(),
  continueAsNewAfterEvents: count.optional(),
  listed: z.looseObject({}).optional(),
  messages: z
    .array(z.unknown().refine((message) => twins.sendMessage(message) && isSmall(message)))
    .refine((messages) => Buffer.byteLength(JSON.stringify(messages)) <= 1024 * 1024)
    .optional(),
});

const adopt = z.union([
  z.null(),
  z.looseObject({
    agent: z
      .union([
        notEmpty,
        z
          .unknown()
          .refine((agent) => nestingOf(agent) <= 64)
          .pipe(agentDefinition),
      ])
      .optional(),
    model: notBlank.optional(),
  }),
]);

/** What each guard should say about a JSON value. */
export const twins = {
  sendMessage: (value: unknown): boolean =>
    nestingOf(value) <= 64 && sendMessage.safeParse(value).success,
  userMessage: (value: unknown): boolean =>
    nestingOf(value) <= 64 && userMessage.safeParse(value).success,
  workflowInput: (value: unknown): boolean => workflowInput.safeParse(value).success,
  decide: (value: unknown): boolean => decide.safeParse(value).success,
  cancelQueued: (value: unknown): boolean => cancelQueued.safeParse(value).success,
  editQueued: (value: unknown): boolean =>
    nestingOf(value) <= 64 && editQueued.safeParse(value).success && isSmall(value),
  adopt: (value: unknown): boolean =>
    value === undefined || (!isUndecodable(value) && adopt.safeParse(value).success),
};

/** What the payload converter makes of bytes that it cannot read: otherwise it would be an object without fields. */
function isUndecodable(value: unknown): boolean {
  return z.strictObject({ undecodable: text }).safeParse(value).success;
}

/** How many objects and lists are in one another, counted to 100. In width: depth must be no matter of the stack. */
export function nestingOf(value: unknown): number {
  const isNest = (inner: unknown): inner is object => typeof inner === 'object' && inner !== null;
  let depth = 0;
  for (let level = [value].filter(isNest); level.length > 0 && depth < 100; depth += 1) {
    level = level.flatMap((nest) => Object.values(nest) as unknown[]).filter(isNest);
  }
  return depth;
}

/** Lists in lists, `depth` of them, around `core`. */
export function nested(depth: number, core: unknown = 'core'): unknown {
  let value = core;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Any string, with lone surrogates, blanks and names that objects inherit among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 })).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom('', ' ', '\t\n\u00a0\u2003', '\ud83d', 'x'.repeat(200), 'x'.repeat(201)),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'queue', 'user', 'text'),
);
const goodText = anyText.map((words) => `${words.slice(0, 190)}.`);

/** Mostly as they should be. */
const anyOptions = fc.oneof(
  fc.dictionary(anyText, fc.dictionary(anyText, fc.jsonValue())),
  fc.dictionary(anyText, fc.jsonValue()),
  fc.jsonValue(),
);

const goodBlock = fc.oneof(
  fc.record(
    { type: fc.constant('text'), text: anyText, providerOptions: anyOptions },
    { requiredKeys: ['type', 'text'] },
  ),
  fc.record({ type: fc.constantFrom('image', 'audio'), data: anyText, mimeType: anyText }),
  fc.record(
    {
      type: fc.constant('resource_link'),
      uri: anyText,
      name: anyText,
      description: anyText,
      mimeType: anyText,
    },
    { requiredKeys: ['type', 'uri', 'name'] },
  ),
  fc.record({
    type: fc.constant('resource'),
    resource: fc.oneof(
      fc.record({ uri: anyText, text: anyText, mimeType: maybe(anyText) }),
      fc.record({ uri: anyText, blob: anyText }),
    ),
  }),
);

const goodUserMessage = fc.record({
  role: fc.constant('user'),
  content: fc.oneof(
    { arbitrary: goodText, weight: 60 },
    { arbitrary: fc.array(goodBlock, { minLength: 1, maxLength: 4 }), weight: 60 },
    { arbitrary: fc.constant('x'.repeat(300_000)), weight: 1 },
  ),
});

const goodSendMessage = fc.record(
  {
    messageId: goodText,
    message: goodUserMessage,
    delivery: fc.constantFrom('queue', 'steer', 'interrupt'),
  },
  { requiredKeys: ['messageId', 'message'] },
);

const goodDecide = fc.record(
  {
    callId: goodText,
    approved: fc.boolean(),
    argumentsHash: anyText,
    reason: fc.oneof(anyText, fc.constantFrom('x'.repeat(65_536), 'x'.repeat(65_537))),
    answer: anyText,
    remember: fc.boolean(),
  },
  { requiredKeys: ['callId', 'approved'] },
);

const goodCancelQueued = fc.record({
  messageIds: fc.oneof(
    fc.array(anyText, { minLength: 1, maxLength: 4 }),
    fc.constantFrom(Array<string>(200).fill('m'), Array<string>(201).fill('m')),
  ),
});

const goodEditQueued = fc.record({ messageId: goodText, message: goodUserMessage });

const goodBudget = fc.record(
  { steps: fc.integer({ min: 1 }), costUsd: fc.constantFrom(0.001, 5), wallMs: fc.constant(9e9) },
  { requiredKeys: [] },
);

const goodApproval = fc.oneof(
  fc.constantFrom('always', 'never', 'by_annotations'),
  fc.record({ when: fc.record({ required: fc.array(anyText, { minLength: 1, maxLength: 2 }) }) }),
);

const goodAgent = fc.record(
  {
    name: goodText,
    model: goodText,
    instructions: anyText,
    tools: fc.uniqueArray(goodText, { maxLength: 4 }),
    settings: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
    limits: fc.record(
      {
        maxSteps: fc.integer({ min: 1 }),
        contextWindow: fc.integer({ min: 1 }),
        compactAt: fc.constantFrom(0.001, 0.5, 1),
        decisionMs: fc.constantFrom(1, 315_360_000_000),
        budgets: fc.record(
          {
            turn: goodBudget,
            conversation: goodBudget,
            atLimit: fc.constantFrom('conclude', 'ask'),
          },
          { requiredKeys: [] },
        ),
        toolResultBytes: fc.integer({ min: 1_024, max: 524_288 }),
      },
      { requiredKeys: [] },
    ),
    output: fc.record(
      { type: fc.constant('object'), properties: fc.dictionary(fc.string(), fc.jsonValue()) },
      { requiredKeys: ['type'] },
    ),
    providerTools: fc.subarray(['web_search', 'code_execution']),
    approval: goodApproval,
  },
  { requiredKeys: ['name', 'model', 'instructions', 'tools'] },
);

const goodWorkflowInput = fc.record(
  {
    agent: fc.oneof(goodText, goodAgent),
    mode: fc.constantFrom('conversation', 'task'),
    messages: fc.array(goodSendMessage, { maxLength: 3 }),
    continueAsNewAfterEvents: fc.nat(),
    listed: fc.dictionary(fc.string(), fc.anything()),
  },
  { requiredKeys: ['agent'] },
);

const goodAdopt = fc.record(
  { agent: fc.oneof(goodText, goodAgent), model: goodText },
  { requiredKeys: [] },
);

/** Anything that may stand where something else should. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, Number.NaN, Infinity, -0, -1, 0, 0.5, 2 ** 53, true),
  fc.constantFrom<unknown>('', '  ', 'user', 'queue', 'steer', 'task', 'text', 'x'.repeat(270_000)),
  fc.constantFrom<unknown>([], {}, [[]], [null], { length: 1, 0: 'x' }, { undecodable: 'no JSON' }),
  fc.integer({ min: 55, max: 75 }).map((depth) => nested(depth)),
  fc.constantFrom<unknown>(nested(100), nested(1_000)),
  fc.constantFrom<unknown>(JSON.parse('{"__proto__":{"text":"x"}}'), { constructor: 'x' }),
  anyText,
  goodBlock,
  goodUserMessage,
  fc.jsonValue(),
);

const oddKey = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'length', '0'),
  fc.string(),
);

/** `value` with one thing changed: a field or an element put out, in, or in place of another. */
function withOneOddity(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.record({
    where: fc.nat(),
    kind: fc.constantFrom('remove', 'replace', 'add', 'add'),
    odd,
    key: oddKey,
  });
  return fc.tuple(value, change).map(([good, { where, kind, odd: oddity, key }]) => {
    const copy = structuredClone(good);
    const places = placesIn(copy);
    const place = places[where % (places.length + 1)];
    if (!place) return kind === 'replace' ? oddity : copy;
    const { parent, key: ownKey } = place;
    if (kind === 'replace') define(parent, ownKey, oddity);
    else if (kind === 'add') define(parent, Array.isArray(parent) ? parent.length : key, oddity);
    else if (Array.isArray(parent)) parent.splice(Number(ownKey), 1);
    else Reflect.deleteProperty(parent, ownKey);
    return copy;
  });
}

interface Place {
  readonly parent: object;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    { parent: value, key },
    ...placesIn(inner),
  ]);
}

/** As `JSON.parse` does it: `__proto__` becomes a field like any other. */
function define(parent: object, key: string | number, value: unknown): void {
  Object.defineProperty(parent, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

const anything = fc.oneof(
  odd,
  fc.jsonValue(),
  fc.dictionary(
    fc.constantFrom('messageId', 'message', 'delivery', 'role', 'content', 'agent', 'mode'),
    odd,
  ),
);

function mixed(good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { arbitrary: good, weight: 3 },
    { arbitrary: withOneOddity(good), weight: 5 },
    { arbitrary: anything, weight: 2 },
  );
}

export const candidates = {
  sendMessage: mixed(goodSendMessage),
  userMessage: mixed(goodUserMessage),
  workflowInput: mixed(goodWorkflowInput),
  adopt: mixed(goodAdopt),
  decide: mixed(goodDecide),
  cancelQueued: mixed(goodCancelQueued),
  editQueued: mixed(goodEditQueued),
};
