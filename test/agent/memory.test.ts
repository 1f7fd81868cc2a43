import { z } from 'zod';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import type { ReActAgent } from '../../agent/agent';
import { AgentRunner } from '../../agent/agent-runner';
import { Memory, toolState } from '../../agent/memory';
import type { ToolCallMessage } from '../../agent/messages';
import { text, toolErrorResponse, toolResponse, userMessage } from '../../agent/messages';

const call = (id: string): ToolCallMessage => ({ id, name: 'weather', arguments: {} });
const asks = (...ids: string[]) =>
  textResponse('', { toolCalls: ids.map(call), finishReason: 'tool_calls' });
const answers = (id: string) => toolResponse(call(id), { content: [text('sunny')] });

test('a turn takes Memory through five stages, from nothing to the final response', async () => {
  const weather = defineTool({
    name: 'weather',
    description: 'Tells the weather in a city.',
    input: z.object({ city: z.string() }),
    execute: ({ city }) => `Sunny in ${city}.`,
  });
  const agent: ReActAgent = {
    name: 'forecaster',
    instructions: 'Answer with the weather.',
    model: 'scripted',
    tools: [weather],
  };
  const model = new ScriptedModel([
    toolCallResponse([{ id: 'toolu_7', name: 'weather', arguments: { city: 'Oslo' } }]),
    textResponse('It is sunny in Oslo.'),
  ]);
  const memory = new Memory();
  const turn = new AgentRunner({ model, tools: [weather] }).run(agent, memory, {
    turn: 1,
    step: 1,
  });
  const next = async () => (await turn.next()).value?.type as string | undefined;

  // Stage 1: nothing.
  expect(memory.messages).toEqual([]);

  // Stage 2: [user]
  const user = { role: 'user', content: 'How is the weather in Oslo?' } as const;
  expect(memory.append(user)).toBe(0);
  expect(memory.messages).toEqual([user]);

  // Stage 3: [user, response with tool call]. The model thought about stage 2.
  expect(await next()).toBe('complete');
  const response = {
    role: 'assistant',
    content: '',
    toolCalls: [
      { id: 't1s1c0', providerId: 'toolu_7', name: 'weather', arguments: { city: 'Oslo' } },
    ],
    finishReason: 'tool_calls',
    usage: { inputTokens: 0, outputTokens: 0 },
    model: 'scripted',
    promptDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
  };
  expect(memory.messages).toEqual([user, response]);
  expect(memory.openCalls).toEqual(response.toolCalls);
  expect(model.requests[0]?.inputs).toEqual([user]);

  // Stage 4: [user, response, tool_response]
  expect(await next()).toBe('tool_result');
  const toolResult = {
    role: 'tool_response',
    toolCallId: 't1s1c0',
    toolName: 'weather',
    content: [{ type: 'text', text: 'Sunny in Oslo.' }],
    isError: false,
  };
  expect(memory.messages).toEqual([user, response, toolResult]);
  expect(memory.openCalls).toEqual([]);
  expect(await next()).toBe('step_finished');

  // Stage 5: [user, response, tool_response, final response]. The model thought about stage 4.
  expect(await next()).toBe('partial');
  for (let type = await next(); type === 'partial';) type = await next();
  const finalResponse = {
    role: 'assistant',
    content: 'It is sunny in Oslo.',
    toolCalls: [],
    finishReason: 'stop',
    usage: { inputTokens: 0, outputTokens: 0 },
    model: 'scripted',
    promptDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
  };
  expect(memory.messages).toEqual([user, response, toolResult, finalResponse]);
  expect(model.requests[1]?.inputs).toEqual([user, response, toolResult]);
  expect(memory.nextSeq).toBe(4);
  model.assertComplete();
});

test('sequence numbers go on from `firstSeq`', () => {
  const memory = Memory.from({ firstSeq: 40, messages: [userMessage('one')] });

  expect(memory.append(textResponse('two'))).toBe(41);
  expect(memory.nextSeq).toBe(42);
});

test('a slice is asked for in sequence numbers and holds what Memory still has', () => {
  const [one, two, three] = [userMessage('one'), textResponse('two'), userMessage('three')];
  const memory = Memory.from({ firstSeq: 10, messages: [one, two, three] });

  expect(memory.slice(11)).toEqual([two, three]);
  expect(memory.slice(11, 12)).toEqual([two]);
  expect(memory.slice(0)).toEqual([one, two, three]);
  expect(memory.slice(0, 5)).toEqual([]);
  expect(memory.slice(13)).toEqual([]);
});

test('a snapshot restores the same Memory, open calls included, and does not grow with it', () => {
  const memory = Memory.from({ firstSeq: 3, messages: [userMessage('hi'), asks('a', 'b')] });
  memory.append(answers('a'));
  const snapshot = memory.snapshot();
  const restored = Memory.from(snapshot);

  memory.append(answers('b'));

  expect(snapshot.messages).toHaveLength(3);
  expect(restored.nextSeq).toBe(6);
  expect(restored.openCalls).toEqual([call('b')]);
});

test('Memory takes nothing but the results of its open calls, in call order', () => {
  const memory = Memory.from({ firstSeq: 0, messages: [userMessage('hi'), asks('a', 'b')] });

  expect(() => memory.append(userMessage('and?'))).toThrow(
    'Memory waits for the result of `a`, not for a message of role user.',
  );
  expect(() => memory.append(textResponse('sunny'))).toThrow('Memory waits for the result of `a`');
  expect(() => memory.append(answers('b'))).toThrow(
    'Memory cannot take the result of `b`: `a` comes first.',
  );
  expect(memory.nextSeq).toBe(2);

  memory.append(answers('a'));
  memory.append(answers('b'));
  expect(memory.append(userMessage('and?'))).toBe(4);
});

test('Memory refuses a result that nobody asked for', () => {
  const memory = Memory.from({ firstSeq: 0, messages: [userMessage('hi')] });

  expect(() => memory.append(answers('a'))).toThrow(
    'Memory cannot take the result of `a`: no tool call is open.',
  );
});

test('closing open calls makes Memory sendable again', () => {
  const memory = Memory.from({ firstSeq: 0, messages: [userMessage('hi'), asks('a', 'b')] });
  memory.append(answers('a'));

  memory.closeOpenCalls('Interrupted.');

  expect(memory.openCalls).toEqual([]);
  expect(memory.messages.slice(2)).toEqual([
    answers('a'),
    toolErrorResponse(call('b'), 'Interrupted.'),
  ]);
});

test('closing does nothing when no call is open', () => {
  const memory = Memory.from({ firstSeq: 0, messages: [userMessage('hi')] });

  memory.closeOpenCalls('Interrupted.');

  expect(memory.messages).toEqual([userMessage('hi')]);
});

test('the state of a tool is the last one that this tool returned', () => {
  const counted = (toolName: string, state?: number) =>
    toolResponse(
      { id: 'a', name: toolName },
      { content: [], ...(state !== undefined && { state }) },
    );
  const messages = [counted('counter', 1), counted('counter', 2), counted('dice', 6)];

  expect(toolState(messages, 'counter')).toBe(2);
  expect(toolState([...messages, counted('counter')], 'counter')).toBe(2);
  expect(toolState(messages, 'weather')).toBeUndefined();
});
