import { AgentRunner } from '../../../agent/agent-runner';
import { text, toolResponse, userMessage } from '../../../agent/messages';
import { getModelForName } from '../../../activities/models';
import type { RecordedConversation } from '../../support/recorded-conversations';
import { capitalOfPotatoLand, recordedConversations } from '../../support/recorded-conversations';
import type { ReplayServer } from '../../support/replay-server';
import { startReplayServer } from '../../support/replay-server';
import type { Tool } from '../../../agent/tool';
import { sha256Hex } from '../../../agent/digest';
import type { JsonObject } from '../../../agent/json';

let server: ReplayServer;
afterEach(() => server.close());

function toolsOf({ tools, toolReturns }: RecordedConversation): readonly Tool[] {
  return tools.map((tool) => ({
    ...tool,
    execute: (toolArguments) =>
      Promise.resolve({ content: [text(toolReturns(tool.name, toolArguments))] }),
  }));
}

function runnerFor(conversation: RecordedConversation, tools: readonly Tool[]): AgentRunner {
  const environment = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: server.url };
  return new AgentRunner({ model: getModelForName(conversation.model, { environment }), tools });
}

describe.each(recordedConversations)('the recorded conversation: $name', (conversation) => {
  const { exchanges, model, instructions, message, tools, toolReturns, finalAnswer } = conversation;
  const agent = { name: 'recorded', model, instructions, tools };

  test('is carried on as it was recorded, to the recorded answer', async () => {
    server = await startReplayServer(exchanges, { expectedOutput: toolReturns });
    const runner = runnerFor(conversation, toolsOf(conversation));
    const { content, messages } = await runner.getResponse(agent, [userMessage(message)]);

    expect(content).toBe(finalAnswer);
    expect(server.requests.map(({ fault }) => fault)).toEqual(exchanges.map(() => undefined));
    expect(server.requests.map(({ answer }) => answer)).toEqual(
      exchanges.map(({ isStream }) => (isStream ? 'recorded' : 'synthesised')),
    );
    const digests = messages.flatMap((it) => (it.role === 'assistant' ? [it.promptDigest] : []));
    expect(digests).toEqual(server.requests.map(({ body }) => sha256Hex(body.toString('utf8'))));
  });

  test('is refused when a tool result is not what the tool returned', async () => {
    server = await startReplayServer(exchanges, { expectedOutput: () => 'something else' });
    const turn = runnerFor(conversation, toolsOf(conversation)).getResponse(agent, [
      userMessage(message),
    ]);

    await expect(turn).rejects.toMatchObject({
      fields: { kind: 'bad_request', status: 400, retryable: false },
    });
    expect(server.requests.at(-1)?.fault).toContain('the tool returned "something else"');
  });

  test('is refused when the previous answer is left out', async () => {
    server = await startReplayServer(exchanges, { expectedOutput: toolReturns });
    const environment = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: server.url };
    const openai = getModelForName(`openai:${model}`, { environment });
    await openai.getResponse(agent, [userMessage(message)]);

    const forgetful = openai.getResponse(agent, [userMessage(message), userMessage('And?')]);
    await expect(forgetful).rejects.toMatchObject({ fields: { kind: 'bad_request' } });
  });

  test('answers an attempt that repeats the bytes with the same response', async () => {
    server = await startReplayServer(exchanges, { expectedOutput: toolReturns });
    const environment = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: server.url };
    const attempt = () =>
      getModelForName(model, { environment }).getResponse(agent, [userMessage(message)]);

    expect(await attempt()).toEqual(await attempt());
    expect(server.requests.map(({ exchange }) => exchange)).toEqual([0, 0]);
  });
});

test('an answer sent back without its reasoning is refused', async () => {
  const { exchanges, model, instructions, message, tools, toolReturns } = capitalOfPotatoLand;
  server = await startReplayServer(exchanges, { expectedOutput: toolReturns });
  const environment = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: server.url };
  const openai = getModelForName(model, { environment });
  const agent = { name: 'recorded', model, instructions, tools };
  const { providerData, ...bare } = await openai.getResponse(agent, [userMessage(message)]);
  expect(providerData?.items).toHaveLength(3);

  const [call] = bare.toolCalls;
  if (!call) throw new Error('No tool was called.');
  const result = toolResponse(call, { content: [text(toolReturns(call.name, call.arguments))] });
  const next = openai.getResponse(agent, [userMessage(message), bare, result]);
  await expect(next).rejects.toThrow('lacks the reasoning item');
});

test('a conversation whose reasoning was given by another model goes on without it', async () => {
  const { exchanges, model, instructions, message, tools, toolReturns } = capitalOfPotatoLand;
  server = await startReplayServer(exchanges, { expectedOutput: toolReturns });
  const environment = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: server.url };
  const agent = { name: 'recorded', model, instructions, tools };
  const runner = runnerFor(capitalOfPotatoLand, toolsOf(capitalOfPotatoLand));
  const { messages } = await runner.getResponse(agent, [userMessage(message)]);

  const other = getModelForName('gpt-4o', { environment });
  await expect(other.getResponse(agent, messages)).rejects.toThrow('over');
  const sent = JSON.parse(server.requests.at(-1)?.body.toString('utf8') ?? '') as JsonObject;
  expect(sent['input']).toEqual([
    { role: 'user', content: message },
    { role: 'assistant', content: 'I’ll check the capital lookup tool for “PotatoLand.”' },
    {
      type: 'function_call',
      call_id: 'call_LabG58Uhrq9kZvR52BYKjToD',
      name: 'get_capital',
      arguments: '{"country":"PotatoLand"}',
    },
    {
      type: 'function_call_output',
      call_id: 'call_LabG58Uhrq9kZvR52BYKjToD',
      output: 'Potato City',
    },
    { role: 'assistant', content: 'The capital of PotatoLand is **Potato City**.' },
  ]);
  expect(sent).not.toHaveProperty('include');
});
