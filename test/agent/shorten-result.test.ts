import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { JsonObject } from '../../agent/json';
import type { ContentBlock } from '../../agent/messages';
import { contentToText, text, toolResponse } from '../../agent/messages';
import type { Shortening } from '../../agent/shorten-result';
import { shortenResult, shownResult, wholeText } from '../../agent/shorten-result';
import { resultLimits, unusualResultLimits } from '../../agent/size-limits';
import { copyOf, headLength, isLongerThan, tailLength, utf8Bytes } from '../../agent/text-ends';
import { toolResultText } from '../../agent/tool';
import type { ToolResult } from '../../agent/tool';

const limitBytes = 2_000;
const shortening: Shortening = {
  callId: 't1s2c0',
  rest: 'readable',
  textBytes: limitBytes,
  mediaBytes: 500,
};

function shorten(content: readonly ContentBlock[], fields: Partial<ToolResult> = {}): ToolResult {
  return shortenResult({ content, ...fields }, shortening);
}

function textsOf({ content }: ToolResult): readonly string[] {
  return content.map((block) => (block.type === 'text' ? block.text : `<${block.type}>`));
}

/** Digits without a line's end, so that every piece tells where it stands. */
const digits = (length: number) =>
  Array.from({ length: Math.ceil(length / 10) }, (_, index) => String(index).padStart(10, '0'))
    .join('')
    .slice(0, length);

describe('a text', () => {
  test('at the limit is left alone, to the very object', () => {
    const result: ToolResult = { content: [text('x'.repeat(limitBytes))] };

    expect(shortenResult(result, shortening)).toBe(result);
  });

  test('of one byte more is cut to beginning, note and end', () => {
    const whole = digits(limitBytes + 1);
    const short = shorten([text(whole)]);
    const [head = '', note = '', tail = '', ...more] = textsOf(short);

    expect(more).toEqual([]);
    expect(whole.startsWith(head)).toBe(true);
    expect(whole.endsWith(tail)).toBe(true);
    const left = whole.length - head.length - tail.length;
    expect(note).toBe(
      `[… ${left} of the 2001 bytes of the result of \`t1s2c0\` are left out here. Read them with \`read_result\`: {"callId":"t1s2c0","from":${head.length}} …]`,
    );
    expect(head.length / (head.length + tail.length)).toBeCloseTo(0.75, 2);
    expect(utf8Bytes(contentToText(short.content))).toBeGreaterThan(limitBytes - 10);
    expect(utf8Bytes(contentToText(short.content))).toBeLessThanOrEqual(limitBytes);
  });

  test.each([
    ['of two bytes a character', 'é'],
    ['of three', '你'],
    ['of surrogate pairs', '🐊'],
    ['of halves of pairs', '\ud83d'],
    ['of control characters', '\u0001'],
    ['of one line', 'word '],
    ['of short lines', 'a line\n'],
    ['of empty lines', '\n'],
  ])('%s is never longer than the limit, and no character is cut', (_what, piece) => {
    for (let bytes = limitBytes - 8; bytes < limitBytes + 1_200; bytes += 7) {
      const whole = piece.repeat(Math.ceil(bytes / utf8Bytes(piece)));
      const short = shorten([text(whole)]);
      const shown = contentToText(short.content);

      const [head = '', ...rest] = textsOf(short);
      const ends = [head, rest.at(-1) ?? ''];
      expect(utf8Bytes(shown)).toBeLessThanOrEqual(limitBytes);
      expect(shown === whole).toBe(utf8Bytes(whole) <= limitBytes);
      expect(whole.startsWith(head) && whole.endsWith(ends[1]!)).toBe(true);
      expect(ends.every((end) => end.isWellFormed() || !piece.isWellFormed())).toBe(true);
    }
  });

  test('is cut between lines where a line’s end is near', () => {
    const line = 'The quick brown fox jumps over the lazy dog.';
    const whole = Array<string>(200).fill(line).join('\n');
    const [head = '', , tail = ''] = textsOf(shorten([text(whole)]));

    for (const part of [head, tail]) expect(new Set(part.split('\n'))).toEqual(new Set([line]));
  });

  test('that stands in several blocks is one, with what stands between them', () => {
    const whole: readonly ContentBlock[] = [
      text(digits(900)),
      { type: 'resource_link', uri: 'file:///a', name: 'a' },
      { type: 'resource', resource: { uri: 'file:///b', text: digits(900) } },
      text(digits(900)),
    ];
    const short = shorten(whole);
    const [head = '', note = '', tail = ''] = textsOf(short);

    expect(short.content).toHaveLength(3);
    expect(contentToText(whole).startsWith(head)).toBe(true);
    expect(contentToText(whole).endsWith(tail)).toBe(true);
    expect(head).toContain('[resource a: file:///a]');
    expect(note).toContain(`of the ${utf8Bytes(contentToText(whole))} bytes`);
    expect(shorten([text(digits(900)), text(digits(900))]).content).toHaveLength(2);
  });

  test('does not keep the whole in memory', () => {
    const large = digits(1_000_000);
    const kept: ToolResult[] = [];
    const before = heapBytes();
    for (let index = 0; index < 30; index++) kept.push(shorten([text(`${index}${large}`)]));

    expect(kept).toHaveLength(30);
    expect(heapBytes() - before).toBeLessThan(10_000_000);
  });
});

describe('beside a text', () => {
  const value: JsonObject = { rows: ['one', 'two'] };

  test('a value stays while the text is whole, and goes with it: it says the same', () => {
    const short = { content: [text('two rows')], structuredContent: value };

    expect(shortenResult(short, shortening)).toBe(short);
    expect(shorten([text(digits(3_000))], { structuredContent: value })).not.toHaveProperty(
      'structuredContent',
    );
  });

  test('a value that alone is too large goes too', () => {
    const large = { rows: digits(limitBytes) };

    expect(shorten([text('1 row')], { structuredContent: large })).toEqual({
      content: [text('1 row')],
    });
  });

  test('a value without a text is the text', () => {
    const large = { rows: digits(3_000) };
    const short = shorten([], { structuredContent: large });
    const [head = '', , tail = ''] = textsOf(short);

    expect(short).not.toHaveProperty('structuredContent');
    expect(head).toMatch(/^\{"rows":"0000000000/);
    expect(tail).toMatch(/"\}$/);
    expect(shorten([], { structuredContent: value })).toEqual({
      content: [],
      structuredContent: value,
    });
    // What a provider is shown of such a result is what is counted.
    const result = { content: [], structuredContent: value };
    expect(wholeText(result)).toBe(toolResultText(toolResponse({ id: 'a', name: 'b' }, result)));
  });

  test('the state and the error flag stay', () => {
    const state = { cursor: 7 };

    expect(shorten([text(digits(3_000))], { state, isError: true })).toMatchObject({
      state,
      isError: true,
    });
  });

  test('images, sounds and files are shown whole or not at all, the first ones first', () => {
    const image = (length: number): ContentBlock => ({
      type: 'image',
      mimeType: 'image/png',
      data: 'A'.repeat(length),
    });
    const file: ContentBlock = {
      type: 'resource',
      resource: { uri: 'file:///f', blob: 'B'.repeat(200) },
    };
    const whole = { content: [image(300), file] };

    expect(shortenResult(whole, shortening)).toBe(whole);
    expect(shorten([image(300), text('between'), image(201), file])).toEqual({
      content: [
        image(300),
        text('between'),
        text(
          '[image image/png: too large to be shown (201 bytes of base64), it is kept in the transcript of the conversation]',
        ),
        file,
      ],
    });
    expect(textsOf(shorten([image(300), text(digits(3_000)), file]))).toMatchObject({
      length: 5,
      3: '<image>',
      4: '<resource>',
    });
  });
});

test('a note says what the model can do', () => {
  const agent = (tools: readonly string[]) => ({
    name: 'a',
    model: 'm',
    instructions: '',
    tools: tools.map((name) => ({ name, description: '', inputSchema: {} })),
    limits: { toolResultBytes: 1_024 },
  });
  const noteOf = (tools: readonly string[]) =>
    textsOf(
      shownResult(
        { content: [text(digits(5_000))] },
        { agent: agent(tools), calls: 1, callId: 'c' },
      ),
    )[1];

  expect(noteOf(['cat', 'read_result'])).toContain('Read them with `read_result`');
  expect(noteOf(['cat'])).toContain('kept in the transcript of the conversation');
});

describe('the limits of a result', () => {
  test('are full for 8 calls; more share them', () => {
    const full = { keptBytes: 1_048_576, textBytes: 65_536, mediaBytes: 786_432 };

    expect([resultLimits(), resultLimits({}, 8)]).toEqual([full, full]);
    expect(resultLimits({}, 9)).toEqual({
      keptBytes: 932_067,
      textBytes: 58_254,
      mediaBytes: 699_050,
    });
    expect(resultLimits({}, 128)).toEqual({
      keptBytes: 65_536,
      textBytes: 4_096,
      mediaBytes: 49_152,
    });
    expect(resultLimits({}, 1_000)).toEqual(resultLimits({}, 128));
    expect(resultLimits({ toolResultBytes: 1_024 }, 128).textBytes).toBe(1_024);
  });

  test('are told where they are not the usual ones alone', () => {
    expect(unusualResultLimits(undefined, 8)).toBeUndefined();
    expect(unusualResultLimits({ toolResultBytes: 65_536 }, 1)).toBeUndefined();
    expect(unusualResultLimits({ toolResultBytes: 65_537 }, 1)).toEqual({
      ...resultLimits(),
      textBytes: 65_537,
    });
    expect(unusualResultLimits(undefined, 9)).toEqual(resultLimits({}, 9));
  });
});

test('ends are counted in bytes, and lengths in characters', () => {
  expect([headLength('aé你🐊', 10), headLength('aé你🐊', 9), headLength('aé你🐊', 5)]).toEqual([
    5, 3, 2,
  ]);
  expect([tailLength('🐊你éa', 10), tailLength('🐊你éa', 9), tailLength('🐊你éa', 5)]).toEqual([
    5, 3, 2,
  ]);
  expect([headLength('', 5), tailLength('', 5), headLength('ab', 0), tailLength('ab', 0)]).toEqual([
    0, 0, 0, 0,
  ]);
  expect([isLongerThan('éé', 4), isLongerThan('éé', 3), isLongerThan('ab', 2)]).toEqual([
    false,
    true,
    false,
  ]);
  expect(copyOf('\ud83d and more', 0, 5)).toBe('\ud83d and');
});

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
