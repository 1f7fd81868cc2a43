import type { ModelSettings, ReActAgent } from '../../../agent/agent';
import type { JsonObject } from '../../../agent/json';
import { text, userMessage } from '../../../agent/messages';
import { toGeminiRequest } from '../../../activities/models/gemini-format';
import { geminiFamily } from '../../../activities/models/gemini-families';
import { plainAgent } from '../../support/gemini-fixtures';

const weather = {
  name: 'get.weather',
  description: 'The weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
};
const png = {
  type: 'image',
  mimeType: 'image/png',
  data: 'data:image/png;base64,iVBO\nRw0K',
} as const;

function requestWith(settings: ModelSettings, model = plainAgent.model): JsonObject {
  const agent: ReActAgent = { ...plainAgent, settings, tools: [weather] };
  return toGeminiRequest(agent, [userMessage('Hi')], model) as unknown as JsonObject;
}

test('a request says what was set, and nothing else', () => {
  expect(toGeminiRequest(plainAgent, [userMessage('Hi')])).toEqual({
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
  });
});

test('tools are declared with their own schemas, by names that Gemini takes', () => {
  const agent = {
    ...plainAgent,
    tools: [weather, { name: 'now', description: '', inputSchema: {} }],
  };
  const { tools, toolConfig } = toGeminiRequest(agent, [userMessage('Hi')]);
  expect(tools).toEqual([
    {
      functionDeclarations: [
        {
          name: 'get_weather',
          description: 'The weather of a city.',
          parametersJsonSchema: weather.inputSchema,
        },
        { name: 'now', parametersJsonSchema: { type: 'object', properties: {} } },
      ],
    },
  ]);
  expect(tools?.[0]?.functionDeclarations?.[0]?.parametersJsonSchema).not.toBe(weather.inputSchema);
  expect(toolConfig).toBeUndefined();
});

test.each([
  ['auto', { mode: 'AUTO' }],
  ['none', { mode: 'NONE' }],
  ['required', { mode: 'ANY' }],
  [{ tool: 'get.weather' }, { mode: 'ANY', allowedFunctionNames: ['get_weather'] }],
] as const)('tool choice %j', (toolChoice, functionCallingConfig) => {
  expect(requestWith({ toolChoice })['toolConfig']).toEqual({ functionCallingConfig });
});

test('settings are Gemini’s; one that it does not know is not sent', () => {
  const settings = { temperature: 0, maxOutputTokens: 9, stop: ['END'], parallelToolCalls: false };
  expect(requestWith(settings)['generationConfig']).toEqual({
    temperature: 0,
    maxOutputTokens: 9,
    stopSequences: ['END'],
  });
});

test.each([
  ['gemini-3-flash-preview', 'off', { thinkingLevel: 'MINIMAL' }],
  ['gemini-3-pro-preview', 'off', { thinkingLevel: 'LOW' }],
  ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'HIGH' }],
  ['gemini-3.1-pro-preview', 'medium', { thinkingLevel: 'MEDIUM' }],
  ['models/gemini-3.6-flash', 'high', { thinkingLevel: 'HIGH' }],
  ['gemini-flash-latest', 'low', { thinkingLevel: 'LOW' }],
  ['gemini-2.5-flash', 'off', { thinkingBudget: 0 }],
  ['gemini-2.5-pro', 'off', { thinkingBudget: 128 }],
  ['gemini-2.5-pro', 'high', { thinkingBudget: 24_576 }],
  ['gemini-2.5-flash-lite', 'low', { thinkingBudget: 1024 }],
] as const)('%s with reasoning %s', (model, reasoning, thinkingConfig) => {
  expect(requestWith({ reasoning }, model)['generationConfig']).toEqual({ thinkingConfig });
});

test.each(['gemini-2.0-flash', 'gemini-1.5-pro', 'gemma-3-27b-it'])(
  '%s is told nothing of reasoning',
  (model) => {
    expect(requestWith({ reasoning: 'high' }, model)['generationConfig']).toBeUndefined();
  },
);

test('options of the provider go on top, those of others nowhere', () => {
  const request = requestWith({
    temperature: 1,
    providerOptions: {
      gemini: {
        generationConfig: { topK: 3 },
        tools: [{ googleSearch: {} }],
        systemInstruction: null,
      },
      openai: { store: true },
    },
  });
  expect(request['generationConfig']).toEqual({ temperature: 1, topK: 3 });
  expect(request['tools']).toMatchObject([{ functionDeclarations: [{}] }, { googleSearch: {} }]);
  expect(request).not.toHaveProperty('systemInstruction');
  expect(request).not.toHaveProperty('store');
});

test('equal arguments give equal bytes, and the arguments stay as they are', () => {
  const agent = { ...plainAgent, tools: [weather] };
  const messages = [userMessage([text('Look:'), png])];
  const before = JSON.stringify([agent, messages]);
  const [first, second] = [1, 2].map(() => JSON.stringify(toGeminiRequest(agent, messages)));
  expect(first).toBe(second);
  expect(JSON.stringify([agent, messages])).toBe(before);
});

test.each([
  ['gemini-3-flash-preview', 'gemini-3-flash'],
  ['models/gemini-2.5-flash-lite-preview-09-2025', 'gemini-2.5-flash-lite'],
  ['gemini-2.5-pro-preview-03-25', 'gemini-2.5-pro'],
  ['gemini-2.0-flash-001', 'gemini-2.0-flash'],
  ['gemini-2.0-flash-exp', 'gemini-2.0-flash'],
  ['gemini-3.6-flash', 'gemini-3.6-flash'],
  ['gemma-3-27b-it', 'gemma-3-27b-it'],
])('the family of %s is %s', (model, family) => {
  expect(geminiFamily(model)).toBe(family);
});
