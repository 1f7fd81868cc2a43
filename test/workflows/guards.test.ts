import fc from 'fast-check';
import {
  isTooLarge,
  messageIdOf,
  pageLimitBytes,
  parseAdopt,
  parseMessagesRequest,
  parseSendMessage,
  parseStateRequest,
  parseTranscriptRequest,
  parseUserMessage,
  parseWorkflowInput,
} from '../../workflows/guards';
import type { Parsed } from '../../workflows/guard-values';
import { nestingLimit } from '../../agent/json';
import { messageLimitBytes } from '../../workflows/contract';
import { candidates, nested, nestingOf, twins } from '../support/guard-twins';

const casesPerGuard = 6_000;

interface Comparison {
  readonly accepted: readonly { readonly raw: unknown; readonly value: unknown }[];
  readonly reasons: readonly string[];
}

/** Compares every verdict; gives the accepted values and the reasons of the refusals. */
function compare(
  candidate: fc.Arbitrary<unknown>,
  guard: (value: unknown) => Parsed<unknown>,
  twin: (value: unknown) => boolean,
): Comparison {
  const accepted: Comparison['accepted'][number][] = [];
  const reasons: string[] = [];
  fc.assert(
    fc.property(candidate, (raw) => {
      const parsed = guard(raw);
      expect(parsed.ok).toBe(twin(raw));
      if (parsed.ok) accepted.push({ raw, value: parsed.value });
      else reasons.push(parsed.reason);
    }),
    { numRuns: casesPerGuard, seed: 20_261_121 },
  );
  return { accepted, reasons };
}

function expectBothOften({ accepted, reasons }: Comparison, atLeast = 2_000): void {
  expect(accepted.length + reasons.length).toBe(casesPerGuard);
  expect(accepted.length).toBeGreaterThan(atLeast);
  expect(reasons.length).toBeGreaterThan(atLeast);
}

/** Each is short, and none admits that reading failed: nothing of these is more than JSON. */
function expectReasons({ reasons }: Comparison, atLeast: number): void {
  expect(reasons.filter((reason) => reason.length > 300)).toEqual([]);
  expect(reasons.filter((reason) => reason.includes('cannot be read'))).toEqual([]);
  expect(new Set(reasons).size).toBeGreaterThan(atLeast);
}

describe('a guard and its zod twin agree about', () => {
  test('what may be sent, and what is taken is what was sent', () => {
    const result = compare(candidates.sendMessage, parseSendMessage, twins.sendMessage);

    expectBothOften(result);
    expectReasons(result, 20);
    for (const { raw, value } of result.accepted) {
      const { messageId, message, delivery } = raw as Record<string, Record<string, unknown>>;
      const { role, content } = message!;
      expect(value).toStrictEqual({
        messageId,
        message: { role, content },
        ...(delivery !== undefined && { delivery }),
      });
    }
  });

  test('what a user message is', () => {
    const result = compare(candidates.userMessage, parseUserMessage, twins.userMessage);

    expectBothOften(result);
    expectReasons(result, 10);
    expect(result.accepted.length).toBeLessThan(casesPerGuard);
  });

  test('what a conversation may be started with', () => {
    const result = compare(candidates.workflowInput, parseWorkflowInput, twins.workflowInput);

    expectBothOften(result);
    expectReasons(result, 20);
    expect(result.accepted.every(({ raw, value }) => raw === value)).toBe(true);
  });
});

test('a guard and its zod twin agree about whom a conversation may adopt', () => {
  const result = compare(candidates.adopt, parseAdopt, twins.adopt);

  // Every field may be left out, so much is accepted.
  expectBothOften(result, 1_000);
  expectReasons(result, 10);
  for (const { raw, value } of result.accepted) {
    const { agent, model } = (raw ?? {}) as Record<string, unknown>;
    const taken = value as Record<string, unknown>;
    // The same one: an object with a field `constructor` is equal to none.
    expect(taken['agent']).toBe(agent);
    expect(taken['model']).toBe(model);
    expect(Object.keys(taken).every((key) => taken[key] !== undefined)).toBe(true);
  }
});

describe('nothing makes a guard throw:', () => {
  const circular: Record<string, unknown> = { role: 'user', messageId: 'm1' };
  circular.message = circular;
  circular.content = [circular];
  const forbidding = () => {
    throw new Error('no');
  };
  const forbidden: ProxyHandler<object> = {
    get: forbidding,
    has: forbidding,
    ownKeys: forbidding,
    getOwnPropertyDescriptor: forbidding,
    getPrototypeOf: forbidding,
  };
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const hostile: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['a function', () => 'user'],
    ['a symbol', Symbol('user')],
    ['a BigInt', 10n],
    ['a circular object', circular],
    ['a proxy that throws', new Proxy({}, forbidden)],
    ['a revoked proxy', revoked.proxy],
    ['a list of proxies that throw', [new Proxy({}, forbidden)]],
    ['a getter that throws a symbol', Object.defineProperty({}, 'content', { get: throwSymbol })],
    ['an object that will not be written', { toJSON: forbidding }],
    ['an object without a prototype', Object.create(null)],
    ['bytes', new Uint8Array(100_000)],
    ['100,000 levels', nested(100_000)],
    ['a date', new Date(0)],
  ];
  const guards = [
    parseSendMessage,
    parseUserMessage,
    parseWorkflowInput,
    parseTranscriptRequest,
    parseStateRequest,
    parseMessagesRequest,
    messageIdOf,
    isTooLarge,
  ];
  /** The hostile value as a whole, and wherever a part is looked at. */
  const whereverItCanStand = (value: unknown): unknown[] => [
    value,
    { messageId: value },
    { messageId: 'm1', delivery: value, message: { role: 'user', content: 'Hello.' } },
    { messageId: 'm1', message: value },
    { role: value },
    { role: 'user', content: value },
    { role: 'user', content: [value] },
    { role: 'user', content: [{ type: 'resource', resource: value }] },
    { agent: value },
    { agent: { name: 'n', model: 'm', instructions: '', tools: value } },
    { agent: { name: 'n', model: 'm', instructions: '', tools: [], settings: value } },
    { agent: { name: 'n', model: 'm', instructions: '', tools: [], limits: { maxSteps: value } } },
    { agent: 'demo', mode: value, messages: value },
    { agent: 'demo', messages: [value] },
    { agent: 'demo', continueAsNewAfterEvents: value },
    { undecodable: value },
    { pointer: value, from: value, limitBytes: value },
  ];

  test.each(hostile)('%s', (_name, value) => {
    for (const guard of guards) {
      for (const raw of whereverItCanStand(value)) expect(() => guard(raw)).not.toThrow();
    }
    for (const guard of [parseSendMessage, parseUserMessage, parseWorkflowInput]) {
      const parsed = guard(value);
      expect(parsed).toEqual({ ok: false, reason: expect.stringMatching(/./) });
    }
  });

  function throwSymbol(): never {
    // eslint-disable-next-line no-throw-literal, typescript/only-throw-error -- that is the point
    throw Symbol('no');
  }
});

describe('a message', () => {
  const message = (content: unknown) => ({ messageId: 'm1', message: { role: 'user', content } });

  test.each([
    ['a blank text', message(' \n\t'), '`content` is empty.'],
    ['no blocks', message([]), '`content` must be a string or a list of content blocks.'],
    [
      'a block of an unknown type',
      message([
        { type: 'text', text: 'x' },
        { type: 'video', data: 'x' },
      ]),
      '`content[1]` is no MCP content block.',
    ],
    [
      'a resource whose text is null beside a blob',
      message([{ type: 'resource', resource: { uri: 'a:b', text: null, blob: 'eA==' } }]),
      '`content[0]` is no MCP content block.',
    ],
    [
      'fields for a provider that are none',
      message([{ type: 'text', text: 'x', providerOptions: { openai: 'low' } }]),
      '`content[0]` is no MCP content block.',
    ],
    [
      'an id of no characters',
      { ...message('Hello.'), messageId: '' },
      '`messageId` must be a string of 1 to 200 characters.',
    ],
    [
      'an id of 201 characters',
      { ...message('Hello.'), messageId: 'x'.repeat(201) },
      '`messageId` must be a string of 1 to 200 characters.',
    ],
    [
      'an unknown delivery',
      { ...message('Hello.'), delivery: 'pigeon' },
      'Unknown `delivery` "pigeon". Known: queue, steer, interrupt.',
    ],
    [
      'another role',
      { messageId: 'm1', message: { role: 'system', content: 'Obey.' } },
      'Expected `message`: { role: "user", content }, got {"role":"system","content":"Obey."}.',
    ],
    [
      'a bare text',
      'Hello.',
      'Expected an object { messageId, message, delivery? }, got "Hello.".',
    ],
    [
      'a list',
      [message('Hello.')],
      'Expected an object { messageId, message, delivery? }, got [{"messageId":"m1","message":{"role":"user","content":"Hello….',
    ],
    [
      'what the payload converter could not read',
      { undecodable: 'Unexpected end of JSON input' },
      'The payload cannot be decoded: Unexpected end of JSON input',
    ],
  ])('with %s is refused and told why', (_name, raw, reason) => {
    const parsed = parseSendMessage(raw);

    expect(parsed.ok).toBe(false);
    expect(parsed.ok || parsed.reason).toBe(reason);
  });

  test('of text that holds lone surrogates or an id of 200 characters is taken as it is', () => {
    const raw = { ...message('a\ud83d b'), messageId: '\udc00'.repeat(200) };

    expect(parseSendMessage(raw)).toEqual({ ok: true, value: raw });
  });

  test('loses the fields that are not of a message', () => {
    const raw = { ...message('Hello.'), role: 'admin' };

    const parsed = parseSendMessage({ ...raw, message: { ...raw.message, seq: 7 } });

    expect(parsed).toStrictEqual({ ok: true, value: message('Hello.') });
  });

  test('whose fields are only inherited is no message', () => {
    const raw = JSON.parse(
      '{"__proto__":{"messageId":"m1","message":{"role":"user","content":"x"}}}',
    );

    expect(parseSendMessage(raw).ok).toBe(false);
    expect(messageIdOf(raw)).toBeUndefined();
  });

  test('has at most 64 levels, so that every replay can write it as JSON', () => {
    // The message, its content, the block and its field are four.
    const deep = (levels: number) => message([{ type: 'text', text: 'x', _meta: nested(levels) }]);
    const [fits, tooDeep] = [deep(60), deep(61)];

    expect([nestingOf(fits), nestingOf(tooDeep)]).toEqual([nestingLimit, nestingLimit + 1]);
    expect(parseSendMessage(fits).ok).toBe(true);
    expect(parseSendMessage(tooDeep)).toEqual({
      ok: false,
      reason: 'The message is nested more than 64 levels deep.',
    });
  });

  test('is too large above 256 KiB of JSON, in UTF-8 bytes', () => {
    const empty = Buffer.byteLength(JSON.stringify(message('')));
    const largest = message('x'.repeat(messageLimitBytes - empty));

    expect(isTooLarge(largest)).toBe(false);
    expect(isTooLarge(message(`${largest.message.content as string}x`))).toBe(true);
    expect(isTooLarge(message('é'.repeat(messageLimitBytes / 2)))).toBe(true);
  });

  test('cannot hide its size behind levels that nobody can count', () => {
    const raw = { ...message('x'.repeat(messageLimitBytes)), extra: nested(100_000) };

    expect(isTooLarge(raw) || !parseSendMessage(raw).ok).toBe(true);
    expect(parseWorkflowInput({ agent: 'demo', messages: [raw] }).ok).toBe(false);
  });
});

describe('an input', () => {
  const agent = { name: 'gambler', model: 'demo', instructions: 'Roll.', tools: ['dice'] };

  test.each([
    ['no agent', {}, '`agent` must be a name or { name, model, instructions, tools: names }.'],
    ['an empty name', { agent: '' }, '`agent` must be a name or'],
    ['a blank model', { agent: { ...agent, model: ' ' } }, '`agent` must be a name or'],
    ['tools that are no names', { agent: { ...agent, tools: [{}] } }, '`agent` must be a name or'],
    [
      'a tool named twice',
      { agent: { ...agent, tools: ['dice', 'clock', 'dice'] } },
      '`agent.tools` names `dice` twice.',
    ],
    [
      'settings that are none',
      { agent: { ...agent, settings: 'hot' } },
      '`agent.settings` must be an object.',
    ],
    [
      'no step allowed',
      { agent: { ...agent, limits: { maxSteps: 0 } } },
      '`agent.limits`: `maxSteps` must be a whole number, 1 or more.',
    ],
    [
      'an unknown mode',
      { agent, mode: 'chat' },
      'Unknown `mode` "chat". Known: conversation, task.',
    ],
    [
      'half an event',
      { agent, continueAsNewAfterEvents: 0.5 },
      'must be a whole number, 0 or more.',
    ],
    ['one message', { agent, messages: 'Hello.' }, '`messages` must be a list.'],
    [
      'a malformed message',
      { agent, messages: [{ messageId: 'm1', message: { role: 'user', content: '' } }] },
      '`messages[0]`: `content` is empty.',
    ],
    [
      'a message that is too large',
      {
        agent,
        messages: [
          { messageId: 'm1', message: { role: 'user', content: 'x'.repeat(messageLimitBytes) } },
        ],
      },
      '`messages[0]` is larger than 262144 bytes.',
    ],
  ])('with %s is refused and told why', (_name, raw, reason) => {
    const parsed = parseWorkflowInput(raw);

    expect(parsed.ok).toBe(false);
    expect(parsed.ok || parsed.reason).toContain(reason);
  });
});

describe('a query', () => {
  test('for messages that asks nonsense gets the first page', () => {
    const wholePage = { from: 0, limitBytes: pageLimitBytes };
    const nonsense = [undefined, null, 'x', [], { from: -1, limitBytes: '9' }, { from: 0.5 }];

    expect(nonsense.map(parseMessagesRequest)).toEqual(nonsense.map(() => wholePage));
    expect(parseMessagesRequest({ from: 7, limitBytes: 2 ** 40 })).toEqual({
      from: 7,
      limitBytes: pageLimitBytes,
    });
    expect(parseMessagesRequest({ limitBytes: 0 })).toEqual({ from: 0, limitBytes: 0 });
  });

  test('for the state asks for a message only by a usable id', () => {
    expect([undefined, {}, { messageId: 7 }, { messageId: '' }].map(parseStateRequest)).toEqual([
      {},
      {},
      {},
      {},
    ]);
    expect(parseStateRequest({ messageId: 'm1', more: true })).toEqual({ messageId: 'm1' });
  });

  test('for the transcript needs a whole pointer', () => {
    const pointer = { epoch: 0, length: 2, digest: 'd', agentHash: 'a' };
    const request = { pointer, from: 0, limitBytes: 1 };
    const withoutEach = Object.keys(pointer).map((key) => ({
      ...request,
      pointer: { ...pointer, [key]: undefined },
    }));

    expect(parseTranscriptRequest(request)).toEqual({ ok: true, value: request });
    expect(
      [...withoutEach, { ...request, from: -1 }, { pointer }].map(parseTranscriptRequest),
    ).toEqual(
      Array.from({ length: 6 }, () => ({ ok: false, reason: 'The pointer is malformed.' })),
    );
  });
});
