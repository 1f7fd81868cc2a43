import {
  AnthropicModel,
  GeminiModel,
  OpenAIChatModel,
  OpenAIModel,
} from '../../../activities/models';
import type { ReActAgent } from '../../../agent/agent';
import { userMessage } from '../../../agent/messages';
import type { ModelBase, ModelResponse } from '../../../agent/model';
import { cleanUpAfterEach } from '../../support/cleanup';
import { msUntilClosed } from '../../support/closed-socket';
import type { ScriptedAnswer, StrictServer } from '../../support/strict/strict-server';
import { startStrictServer } from '../../support/strict/strict-server';

const cleanUp = cleanUpAfterEach();
const apiKey = 'key';
const text = 'One two three four five six.';

const models = {
  'OpenAI Responses': (url: string) =>
    new OpenAIModel({ model: 'gpt-5-mini', apiKey, baseURL: `${url}/v1` }),
  'OpenAI Chat Completions': (url: string) =>
    new OpenAIChatModel({ model: 'gpt-4o', apiKey, baseURL: `${url}/v1` }),
  Anthropic: (url: string) =>
    new AnthropicModel({ model: 'claude-haiku-4-5', apiKey, baseURL: url }),
  Gemini: (url: string) =>
    new GeminiModel({ model: 'gemini-3-flash-preview', apiKey, baseURL: url }),
} as const;

const agent: ReActAgent = { name: 'teller', model: 'any', instructions: 'Tell.', tools: [] };

/** Calls a model, aborts when `isTime`, and says how soon the server saw the connection closed. */
async function abortOnce(
  newModel: (url: string) => ModelBase,
  answer: ScriptedAnswer,
  isTime: (moment: { readonly server: StrictServer; readonly piece?: string }) => boolean,
) {
  const server = await startStrictServer();
  cleanUp(() => server.stop());
  server.script([answer]);
  const stop = new AbortController();
  let abortedAt = 0;
  const check = (piece?: string) => {
    if (abortedAt > 0 || !isTime({ server, ...(piece !== undefined && { piece }) })) return;
    abortedAt = Date.now();
    stop.abort();
  };
  const watch = setInterval(check, 5);
  let response: ModelResponse | undefined;
  const events = newModel(server.url).streamResponse(agent, [userMessage('Hi')], stop);
  for await (const event of events) {
    if (event.isFinal) response = event.accumulated;
    else check(event.content);
  }
  clearInterval(watch);
  return { closedMs: await msUntilClosed(server, 0, abortedAt), response };
}

describe.each(Object.entries(models))('%s', (_name, newModel) => {
  test.each([
    [
      'in the middle of an answer that stalls',
      { text, stallAfterEvents: 6 },
      ({ piece = '' }: { readonly piece?: string }) => piece !== '',
    ],
    [
      'in the middle of an answer that goes on',
      { text: text.repeat(100), eventDelayMs: 10 },
      ({ piece = '' }: { readonly piece?: string }) => piece !== '',
    ],
    [
      'before anything comes',
      { text, delayHeadersMs: 60_000 },
      ({ server }: { readonly server: StrictServer }) => server.requests.length > 0,
    ],
  ] as const)('aborted %s: the connection is closed at once', async (_when, answer, isTime) => {
    const runs = [];
    for (let run = 0; run < 3; run++) runs.push(await abortOnce(newModel, answer, isTime));

    const times = runs.map(({ closedMs }) => closedMs);
    // The best of three, because the machine may be busy with something else.
    expect(Math.min(...times)).toBeLessThan(50);
    expect(Math.max(...times)).toBeLessThan(1_000);
    expect(runs.map(({ response }) => response?.finishReason)).toEqual(
      runs.map(() => 'interrupted'),
    );
  });
});
