import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { MemoryError } from '../../agent/errors';
import type { JsonValue } from '../../agent/json';
import { Memory, toolState } from '../../agent/memory';
import { text, toolResponse, userMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import { detached } from '../../agent/provider-data';

function asked(id: string, state?: JsonValue): readonly Message[] {
  const response = toolCallResponse([{ name: 'look', id }]);
  const [call] = response.toolCalls;
  return [
    response,
    toolResponse(call!, { content: [text(id)], ...(state !== undefined && { state }) }),
  ];
}

/** Two turns that are over and one at work: seqs 0 to 9. */
function talk(): Memory {
  const messages: readonly Message[] = [
    userMessage('1?'),
    ...asked('a', 1),
    textResponse('1.'),
    userMessage('2?'),
    textResponse('2.'),
    userMessage('3?'),
    ...asked('b', 2),
    textResponse('Almost.', { finishReason: 'pause' }),
  ];
  return Memory.from({ firstSeq: 0, messages });
}

const said = (memory: Memory) => memory.messages.map((message) => message.content);

test('a summary takes the place of the first messages, and sequence numbers stay what they are', () => {
  const memory = talk();
  memory.compact({ length: 4, keepFrom: 6, summary: 'One and one.' });

  expect(memory.messages[0]).toMatchObject({ role: 'user', isSummary: true });
  expect(memory.messages[0]!.content).toMatch(
    /^\[Summary of the 4 messages before.*\n\nOne and one\.$/s,
  );
  expect(memory.messages.slice(1)).toEqual(talk().messages.slice(4));
  expect([memory.firstSeq, memory.nextSeq, memory.headLength]).toEqual([4, 10, 1]);
  expect(memory.slice(0)).toEqual(talk().slice(4));
  expect(memory.slice(5, 7)).toEqual(talk().slice(5, 7));
  expect(memory.append(textResponse('3.'))).toBe(10);
});

test('what the running turn’s user said stays, also when it is cut again and again', () => {
  const memory = talk();
  memory.compact({ length: 9, keepFrom: 6, summary: 'S1.' });
  expect(said(memory).slice(1)).toEqual(['3?', 'Almost.']);
  expect([...memory.sequencedFrom(0)].map(({ seq }) => seq)).toEqual([6, 9]);
  expect([...memory.sequencedFrom(7)].map(({ seq }) => seq)).toEqual([9]);

  memory.append(textResponse('3.'));
  memory.compact({ length: 3, keepFrom: 6, summary: 'S2.' });
  expect(said(memory)).toEqual([expect.stringMatching(/10 messages.*S2/s), '3?', '3.']);

  memory.append(userMessage('4?'));
  memory.compact({ length: 3, keepFrom: 11, summary: 'S3.' });
  expect(said(memory)).toEqual([expect.stringMatching(/11 messages.*S3/s), '4?']);
});

test('a tool finds again what it left as its state', () => {
  const memory = talk();
  memory.compact({ length: 6, keepFrom: 6, summary: 'S1.' });
  expect(toolState(memory.messages, 'look')).toBe(2);

  memory.compact({ length: 4, keepFrom: 6, summary: 'S2.' });
  expect(memory.messages[0]).toMatchObject({ toolStates: { look: 2 } });
  expect(toolState(memory.messages, 'look')).toBe(2);
  expect(toolState(memory.messages, 'other')).toBeUndefined();

  memory.append(textResponse('3.'));
  memory.compact({ length: 3, keepFrom: 6, summary: 'S3.' });
  expect(toolState(memory.messages, 'look')).toBe(2);
});

test('it is the same after it was carried', () => {
  const memory = talk();
  memory.compact({ length: 9, keepFrom: 6, summary: 'S1.' });
  const carried = Memory.from(
    JSON.parse(JSON.stringify(memory.snapshot())) as ReturnType<Memory['snapshot']>,
  );

  expect(carried.snapshot()).toEqual(memory.snapshot());
  expect(carried.messages).toEqual(memory.messages);
  expect([carried.firstSeq, carried.nextSeq, carried.countedFrom]).toEqual([9, 10, 3]);
});

test('a prompt that was given away stays what it was', () => {
  const memory = talk();
  const prompt = memory.messages;
  memory.compact({ length: 4, keepFrom: 6, summary: 'S.' });

  expect(prompt).toEqual(talk().messages);
});

test.each([
  ['nothing', 0],
  ['a call without its result', 2],
  ['more than there is', 11],
])('%s cannot be cut', (_what, length) => {
  const memory = talk();

  expect(() => memory.compact({ length, keepFrom: 6, summary: 'S.' })).toThrow(MemoryError);
  expect(memory.messages).toEqual(talk().messages);
});

test('nothing but a summary cannot be cut', () => {
  const memory = talk();
  memory.compact({ length: 4, keepFrom: 6, summary: 'S.' });

  expect(() => memory.compact({ length: 1, keepFrom: 6, summary: 'S.' })).toThrow(MemoryError);
});

describe('a message that stands behind others than it was given to', () => {
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 's' };
  const response = toolCallResponse([{ name: 'look', id: 'a', providerId: 'toolu_1' }], {
    providerData: {
      provider: 'anthropic',
      family: 'claude-opus-5',
      items: [thought, { type: 'redacted_thinking', data: 'x' }, { type: 'tool_use', call: 0 }],
    },
  });

  test('has no thinking of Anthropic’s any more, and no id of a call that came with it', () => {
    expect(detached(response)).toMatchObject({
      toolCalls: [{ id: 'a', name: 'look' }],
      providerData: { items: [{ type: 'tool_use', call: 0 }] },
    });
    expect((detached(response) as typeof response).toolCalls[0]).not.toHaveProperty('providerId');
  });

  test.each<Message>([
    { ...response, providerData: { ...response.providerData!, provider: 'openai' } },
    {
      ...response,
      providerData: { ...response.providerData!, items: [{ type: 'tool_use', call: 0 }] },
    },
    textResponse('Yes.'),
    userMessage('?'),
  ])('is the same otherwise', (message) => {
    expect(detached(message)).toBe(message);
  });
});
