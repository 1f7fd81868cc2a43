import { GoogleGenAI } from '@google/genai';
import type { Part } from '@google/genai';
import type { ReActAgent } from '../../../agent/agent';
import { AgentRunner } from '../../../agent/agent-runner';
import type { JsonObject } from '../../../agent/json';
import { jsonBytes } from '../../../agent/json';
import { text, toolErrorResponse, toolResponse, userMessage } from '../../../agent/messages';
import type { Message, ModelResponse } from '../../../agent/model';
import { toGeminiRequest, toSdkParameters } from '../../../activities/models/gemini-format';
import {
  beginStream,
  chunk,
  fold,
  foldBody,
  plainAgent,
  recordedStreams,
  startGemini,
  twoSecrets,
} from '../../support/gemini-fixtures';
import type { LoopbackServer } from '../../support/loopback-server';
import { readRecording, streamEvents } from '../../support/recordings';

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

/** The calls as the runner names them. */
function named(response: ModelResponse): ModelResponse {
  const toolCalls = response.toolCalls.map(({ id, ...call }, index) => ({
    ...call,
    id: `t1s1c${index}`,
    ...(id && { providerId: id }),
  }));
  return { ...response, toolCalls };
}

/** The parts that are sent of `response` in the next request. */
function replayed(response: ModelResponse, model = plainAgent.model): Part[] {
  const answer = named(response);
  const results = answer.toolCalls.map((call) => toolErrorResponse(call, 'No.'));
  const messages = [userMessage('Go'), answer, ...results, userMessage('And?')];
  return toGeminiRequest(plainAgent, messages, model).contents[1]?.parts ?? [];
}

async function answered(
  parts: readonly object[],
  model = plainAgent.model,
): Promise<ModelResponse> {
  return (await fold([chunk(parts, 'STOP')], { model })).response;
}

/** The parts of a stream, without summaries and empty texts; texts that follow each other are one. */
function recordedParts(body: string): Part[] {
  const parts: Part[] = [];
  const all = streamEvents(body).flatMap((event) => {
    const [candidate] = event['candidates'] as unknown as { content?: { parts?: Part[] } }[];
    return candidate?.content?.parts ?? [];
  });
  for (const part of all.filter((it) => !it.thought)) {
    const last = parts.at(-1);
    const isPlain = part.text !== undefined && !part.thoughtSignature;
    if (isPlain && last?.text !== undefined && !last.thoughtSignature) last.text += part.text;
    else if (!isPlain || part.text) parts.push({ ...part });
  }
  return parts;
}

test.each(recordedStreams.filter(([, body]) => !body.includes('partialArgs')))(
  'the next request carries %s as it was recorded',
  async (_name, body) => {
    const { response } = await foldBody(body);
    expect(replayed(response)).toEqual(recordedParts(body));
  },
);

test.each(recordedStreams)(
  'what is kept of %s is little more than signatures',
  async (_name, body) => {
    const { response } = await foldBody(body);
    const signatures = body.match(/"thoughtSignature":\s*"[^"]*"/g) ?? [];
    const { items = [] } = response.providerData ?? {};
    expect(jsonBytes(items)).toBeLessThan(signatures.join('').length + 60 * (items.length + 1));
  },
);

test('nothing is kept where the neutral form says it all', async () => {
  const call = { functionCall: { name: 'go', args: {} } };
  expect((await answered([{ text: 'Hello' }])).providerData).toBeUndefined();
  expect((await answered([{ text: 'Hello' }, call, call])).providerData).toBeUndefined();
  expect(
    (await answered([{ text: 'Hm', thought: true }, { text: 'Hi' }])).providerData,
  ).toBeUndefined();
});

const mixed = [
  { text: 'Let me', thoughtSignature: 'A' },
  { text: ' see.' },
  { executableCode: { language: 'PYTHON', code: '1+1' } },
  { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '2' } },
  { functionCall: { name: 'go', args: { a: 1 }, id: 'x1' }, thoughtSignature: 'B' },
  { functionCall: { name: 'go', args: { a: 2 }, id: 'x2' } },
  { text: '', thoughtSignature: 'C' },
];

test('every part goes back in its place, each signature on its own', async () => {
  const response = await answered(mixed);
  expect(response.content).toBe('Let me see.');
  expect(replayed(response)).toEqual(mixed);
  expect(replayed(response, 'gemini-3-flash')).toEqual(mixed);
});

test('ids that Gemini gave go back to it with their results', async () => {
  const answer = named(await answered(mixed));
  const results = answer.toolCalls.map((call) => toolResponse(call, { content: [text('ok')] }));
  const messages: Message[] = [userMessage('Go'), answer, ...results];
  const sentTo = (model: string) => toGeminiRequest(plainAgent, messages, model).contents[2]?.parts;
  const response = { output: 'ok' };
  expect(sentTo('gemini-3-flash')).toEqual([
    { functionResponse: { id: 'x1', name: 'go', response } },
    { functionResponse: { id: 'x2', name: 'go', response } },
  ]);
  expect(sentTo('gemini-3-pro')).toEqual([
    { functionResponse: { name: 'go', response } },
    { functionResponse: { name: 'go', response } },
  ]);
});

test('another model gets the neutral form', async () => {
  const calls = [1, 2].map((a) => ({ functionCall: { name: 'go', args: { a } } }));
  expect(replayed(await answered(mixed), 'gemini-2.5-flash')).toEqual([
    { text: 'Let me see.' },
    ...calls,
  ]);
});

test('what was kept of an interrupted answer goes back too, but no half call', async () => {
  const open = { functionCall: { name: 'later', willContinue: true } };
  const signal = AbortSignal.abort();
  const { response } = await fold([chunk([mixed[4] ?? {}, open])], { signal });
  expect(response).toMatchObject({
    finishReason: 'interrupted',
    toolCalls: [{ name: 'go', id: 'x1' }],
  });
  expect(replayed(response)).toEqual([mixed[4]]);
});

describe('a conversation that the official SDK recorded', () => {
  const exchanges = readRecording(twoSecrets);
  const tool = {
    name: 'secret_retrieval_tool',
    description: "A tool that requires a password to retrieve a secret. Takes a 'password' field.",
    inputSchema: {
      type: 'object',
      properties: { password: { type: 'string' } },
      required: ['password'],
    },
  };
  const agent: ReActAgent = {
    name: 'recorded',
    instructions: '',
    model: 'gemini-2.5-flash',
    tools: [tool],
    settings: { maxOutputTokens: 1000 },
  };
  const question =
    'Please retrieve the secrets for these passwords: "mellon" and "radiance". Use the secret_retrieval_tool for each password.';
  const secrets: Readonly<Record<string, string>> = {
    mellon: 'Welcome to Moria!',
    radiance: 'Life before Death',
  };

  test('is carried on with the same requests, to the same answer', async () => {
    const answers = exchanges.map(({ responseBody }) => responseBody);
    const started = (server = await startGemini(
      (answer) => {
        beginStream(answer);
        answer.end(answers.shift());
      },
      { model: agent.model },
    ));
    const execute = ({ password }: JsonObject) =>
      Promise.resolve({ content: [text(secrets[password as string] ?? '')] });
    const runner = new AgentRunner({ model: started.model, tools: [{ ...tool, execute }] });
    const { content } = await runner.getResponse(agent, [userMessage(question)]);

    expect(content).toContain('The secret for "radiance" is "Life before Death".');
    const sent = started.requests.map(
      ({ body }) => JSON.parse(body.toString('utf8')) as JsonObject,
    );
    expect(sent).toEqual(exchanges.map(({ request }) => request));
  });
});

test('the SDK’s own body for the same parameters says the same', async () => {
  const first = named(await answered(mixed));
  const [call, other] = first.toolCalls;
  if (!call || !other) throw new Error('There are two calls.');
  const png = { type: 'image', mimeType: 'image/png', data: 'iVBORw0K' } as const;
  const agent: ReActAgent = {
    ...plainAgent,
    tools: [{ name: 'go', description: 'Goes.', inputSchema: { type: 'object', properties: {} } }],
    settings: {
      temperature: 0.5,
      maxOutputTokens: 100,
      stop: ['END'],
      reasoning: 'low',
      toolChoice: { tool: 'go' },
      providerOptions: {
        gemini: {
          safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
          cachedContent: 'cachedContents/c1',
          generationConfig: { topP: 0.9, seed: 7, responseJsonSchema: { type: 'object' } },
        },
      },
    },
  };
  const request = toGeminiRequest(agent, [
    userMessage([text('Look:'), png]),
    first,
    toolResponse(call, { content: [text('ok'), png] }),
    toolErrorResponse(other, 'No.'),
  ]);
  const bodies: string[] = [];
  const client = new GoogleGenAI({ apiKey: 'any', vertexai: false });
  const { config, ...parameters } = toSdkParameters(structuredClone(request), plainAgent.model);
  const sent = client.models.generateContentStream({
    ...parameters,
    config: {
      ...config,
      automaticContinuation: false,
      httpOptions: {
        fetch: (_url, init) => {
          bodies.push(init?.body as string);
          return Promise.reject(new Error('Nothing is sent.'));
        },
      },
    },
  });
  await expect(sent).rejects.toThrow('Nothing is sent.');
  expect(JSON.parse(bodies[0] ?? '')).toEqual(request);
});
