import type { Content } from '@google/genai';
import type { ContentBlock } from '../../../agent/messages';
import { text, toolErrorResponse, toolResponse, userMessage } from '../../../agent/messages';
import type { Message, ModelResponse } from '../../../agent/model';
import { noUsage } from '../../../agent/model';
import { toGeminiRequest } from '../../../activities/models/gemini-format';
import { plainAgent } from '../../support/gemini-fixtures';

const png = {
  type: 'image',
  mimeType: 'image/png',
  data: 'data:image/png;base64,iVBO\nRw0K',
} as const;

function answer(more: Partial<ModelResponse> = {}): ModelResponse {
  return {
    role: 'assistant',
    content: '',
    toolCalls: [],
    finishReason: 'stop',
    usage: noUsage,
    model: 'other',
    ...more,
  };
}

const call = (index: number, more: object = {}) => ({
  id: `t1s1c${index}`,
  name: 'get.weather',
  arguments: { city: 'Paris' },
  ...more,
});

function contentsOf(messages: readonly Message[], model = plainAgent.model): Content[] {
  return toGeminiRequest(plainAgent, messages, model).contents;
}

test('lone surrogates are replaced', () => {
  expect(contentsOf([userMessage('a\ud800b')])).toEqual([
    { role: 'user', parts: [{ text: 'a\ufffdb' }] },
  ]);
});

test('a user’s blocks: media as such, files by their address, everything else as text', () => {
  const blocks: ContentBlock[] = [
    text('Look:'),
    png,
    { type: 'audio', mimeType: 'audio/wav', data: 'UklG' },
    {
      type: 'resource',
      resource: { uri: 'file:///a.pdf', mimeType: 'application/pdf', blob: 'JVBE' },
    },
    { type: 'resource_link', uri: 'gs://b/v.mp4', name: 'v', mimeType: 'video/mp4' },
    { type: 'resource_link', uri: 'file:///c', name: 'c', mimeType: 'text/plain' },
    { type: 'image', mimeType: 'image/gif', data: 'R0lG' },
    text(''),
  ];
  expect(contentsOf([userMessage(blocks)])[0]?.parts).toEqual([
    { text: 'Look:' },
    { inlineData: { mimeType: 'image/png', data: 'iVBORw0K' } },
    { inlineData: { mimeType: 'audio/wav', data: 'UklG' } },
    { inlineData: { mimeType: 'application/pdf', data: 'JVBE' } },
    { fileData: { fileUri: 'gs://b/v.mp4', mimeType: 'video/mp4' } },
    { text: '[resource c: file:///c]' },
    { text: '[image image/gif]' },
    { text: '(no content)' },
  ]);
});

test('nothing is ever empty, and no conversation begins with the model', () => {
  const empty = { role: 'user', parts: [{ text: '(no content)' }] };
  expect(contentsOf([])).toEqual([empty]);
  expect(contentsOf([userMessage('')])).toEqual([empty]);
  expect(contentsOf([userMessage([])])).toEqual([empty]);
  expect(contentsOf([answer()])).toEqual([empty, { ...empty, role: 'model' }]);
});

describe('a step of another provider’s', () => {
  const first = call(0, { providerId: 'toolu_1' });
  const second = call(1, { providerId: 'toolu_2' });
  const messages = [
    userMessage('Go'),
    answer({ content: 'Looking.', toolCalls: [first, second] }),
    toolResponse(first, { content: [], structuredContent: { celsius: 3 } }),
    toolErrorResponse(second, 'No such city.'),
  ];
  const args = { city: 'Paris' };
  const results = {
    role: 'user',
    parts: [
      { functionResponse: { name: 'get_weather', response: { celsius: 3 } } },
      { functionResponse: { name: 'get_weather', response: { error: 'No such city.' } } },
    ],
  };

  test('is sent without its ids, all results in one content, the first call marked as unsigned', () => {
    expect(contentsOf(messages).slice(1)).toEqual([
      {
        role: 'model',
        parts: [
          { text: 'Looking.' },
          {
            functionCall: { name: 'get_weather', args },
            thoughtSignature: 'skip_thought_signature_validator',
          },
          { functionCall: { name: 'get_weather', args } },
        ],
      },
      results,
    ]);
  });

  test.each([
    ['to an older model', contentsOf(messages, 'gemini-2.5-flash')],
    [
      'in an earlier turn',
      contentsOf([...messages, answer({ content: 'Cold.' }), userMessage('Ok')]),
    ],
  ])('needs no mark %s', (_case, contents) => {
    expect(contents[1]?.parts?.[1]).toEqual({ functionCall: { name: 'get_weather', args } });
    expect(contents[2]).toEqual(results);
  });
});

test('a result’s images stand in it; what it cannot hold, and all of them for older models, follows', () => {
  const sound = { type: 'audio', mimeType: 'audio/wav', data: 'UklG' } as const;
  const [first, second] = [call(0), call(1)];
  const messages = [
    userMessage('Go'),
    answer({ toolCalls: [first, second] }),
    toolResponse(first, { content: [text('Here:'), png, sound] }),
    toolResponse(second, { content: [text('Nothing.')] }),
  ];
  const image = { inlineData: { mimeType: 'image/png', data: 'iVBORw0K' } };
  const audio = { inlineData: { mimeType: 'audio/wav', data: 'UklG' } };
  const output = 'Here:\n[image image/png]\n[audio audio/wav]';
  const following = (...media: object[]) => ({
    role: 'user',
    parts: [{ text: 'From the result of get.weather:' }, ...media],
  });
  const nothing = { functionResponse: { name: 'get_weather', response: { output: 'Nothing.' } } };
  const head = { name: 'get_weather', response: { output } };

  expect(contentsOf(messages).slice(2)).toEqual([
    { role: 'user', parts: [{ functionResponse: { ...head, parts: [image] } }, nothing] },
    following(audio),
  ]);
  expect(contentsOf(messages, 'gemini-2.5-pro').slice(2)).toEqual([
    { role: 'user', parts: [{ functionResponse: head }, nothing] },
    following(image, audio),
  ]);
});

test.each([
  [
    'a structure alone is the answer itself',
    { content: [], structuredContent: { a: [1] } },
    { a: [1] },
  ],
  [
    'a text goes before its structure',
    { content: [text('One.')], structuredContent: { a: [1] } },
    { output: 'One.' },
  ],
  [
    'an error is a text',
    { content: [], structuredContent: { a: [1] }, isError: true },
    { error: '{"a":[1]}' },
  ],
  ['nothing is said to be nothing', { content: [] }, { output: '(no content)' }],
])('of a result, %s', (_case, result, response) => {
  const messages = [
    userMessage('Go'),
    answer({ toolCalls: [call(0)] }),
    toolResponse(call(0), result),
  ];
  expect(contentsOf(messages).at(-1)?.parts).toEqual([
    { functionResponse: { name: 'get_weather', response } },
  ]);
});

test('a Gemma without system instructions is told by its user', () => {
  const { contents, systemInstruction } = toGeminiRequest(
    plainAgent,
    [userMessage('Hi')],
    'gemma-3-27b-it',
  );
  expect(systemInstruction).toBeUndefined();
  expect(contents.map(({ parts }) => parts)).toEqual([[{ text: 'Be brief.' }], [{ text: 'Hi' }]]);
});
