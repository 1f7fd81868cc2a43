import { readResult } from '../../../activities/tools';
import type { JsonObject } from '../../../agent/json';
import { contentToText, text } from '../../../agent/messages';
import { wholeText } from '../../../agent/shorten-result';
import type { KeptResult, ToolContext, ToolResult } from '../../../agent/tool';

const lines = Array.from({ length: 2_000 }, (_, index) => `line ${index} of the report`).join('\n');

function contextWith(
  result: ToolResult | undefined,
  fields: Partial<ToolContext> = {},
): ToolContext {
  return {
    callId: 't2s1c0',
    idempotencyKey: 'k',
    attempt: 1,
    shownBytes: 4_096,
    resultOf: (callId): Promise<KeptResult> =>
      Promise.resolve(
        callId === 't1s1c0' && result ? { result } : { known: result ? ['t1s2c1', 't1s1c0'] : [] },
      ),
    ...fields,
  };
}

async function read(toolArguments: JsonObject, context = contextWith({ content: [text(lines)] })) {
  const result = await readResult.execute({ callId: 't1s1c0', ...toolArguments }, context);
  const [heading = '', ...piece] = contentToText(result.content).split('\n');
  return { ...result, heading, piece: piece.join('\n') };
}

test('is a tool that an agent has if it names it, and that may be run again', () => {
  expect(readResult).toMatchObject({ name: 'read_result', annotations: { readOnlyHint: true } });
});

test('reads a result to its end, piece by piece, and none is longer than the model is shown', async () => {
  let [whole, from] = ['', 0];
  for (let pieces = 0; pieces < 100; pieces++) {
    const { heading, piece, content } = await read({ from });
    whole += piece;
    expect(Buffer.byteLength(contentToText(content))).toBeLessThanOrEqual(4_096);
    const end = from + piece.length;
    expect(heading).toBe(
      `[Characters ${from} to ${end - 1} of ${lines.length} of the result of \`t1s1c0\`. ${end < lines.length ? `It goes on from ${end}.` : 'This is its end.'}]`,
    );
    if (end === lines.length) break;
    from = end;
  }

  expect(whole).toBe(lines);
});

test('reads what is asked for, of any characters', async () => {
  const crocodiles = contextWith({ content: [text('🐊'.repeat(10_000))] });

  expect((await read({ from: 10, length: 13 })).piece).toBe(lines.slice(10, 23));
  expect((await read({ from: lines.length - 3, length: 50 })).piece).toBe('ort');
  const { piece, heading } = await read({ from: 2 }, crocodiles);
  expect(piece).toMatch(/^(🐊)+$/u);
  expect(Buffer.byteLength(`${heading}\n${piece}`)).toBeLessThanOrEqual(4_096);
  expect(piece.length).toBeGreaterThan(1_500);
  expect((await read({}, { ...crocodiles, shownBytes: 1_024 })).piece.length).toBeGreaterThan(100);
});

test('finds a text, with what stands before it, and says where it is next', async () => {
  const at = lines.indexOf('line 1000 ');
  const { heading, piece } = await read({ search: 'line 1000 ', length: 300 });

  expect(piece).toBe(lines.slice(at - 200, at + 100));
  expect(heading).toContain(`\`line 1000\` is at ${at}; it does not occur again.`);
  const second = await read({ search: 'report', from: 30, length: 40 });
  const places = [...lines.matchAll(/report/g)].map(({ index }) => index);
  expect(second.heading).toContain(
    `\`report\` is at ${places.find((place) => place >= 30)}; it occurs next at ${places.filter((place) => place >= 30)[1]}.`,
  );
  expect(second.piece.startsWith(lines.slice(30, 60))).toBe(true);
  expect((await read({ search: 'nowhere', from: 7 })).heading).toBe(
    `\`nowhere\` is not there at or after character 7 of ${lines.length}.`,
  );
});

test.each<readonly [string, ToolResult]>([
  [
    'blocks and their names',
    { content: [text('one'), { type: 'image', mimeType: 'image/png', data: 'AA' }, text('two')] },
  ],
  ['a value without text', { content: [], structuredContent: { rows: [1, 2] } }],
])('reads %s as the note counted them', async (_what, result) => {
  expect((await read({}, contextWith(result))).piece).toBe(wholeText(result));
});

describe('says no', () => {
  test.each<readonly [string, JsonObject, ToolContext, string]>([
    [
      'to an unknown call, with the last ones',
      { callId: 't9s9c9' },
      contextWith({ content: [] }),
      'There is no result of a call `t9s9c9`. The last ones: t1s2c1, t1s1c0.',
    ],
    [
      'where there is none yet',
      {},
      contextWith(undefined),
      'There is no result of a call `t1s1c0`. The last ones: none.',
    ],
    [
      'behind the end',
      { from: 3 },
      contextWith({ content: [text('one')] }),
      'The result of `t1s1c0` has 3 characters only.',
    ],
    [
      'in process',
      {},
      { callId: 'c', idempotencyKey: 'k', attempt: 1 },
      'This run keeps no results: only durable conversations have a history.',
    ],
  ])('%s', async (_when, toolArguments, context, reason) => {
    const { isError, heading } = await read(toolArguments, context);

    expect([isError, heading]).toEqual([true, reason]);
  });

  test('to an empty result in words', async () => {
    expect((await read({}, contextWith({ content: [] }))).heading).toBe(
      'The result of `t1s1c0` has 0 characters only.',
    );
  });
});
