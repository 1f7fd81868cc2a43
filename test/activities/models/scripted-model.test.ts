import {
  ScriptedModel,
  UnexpectedModelCall,
  textResponse,
  toolCallResponse,
} from '../../../activities/models/scripted-model';
import type { ReActAgent } from '../../../agent/agent';
import { userMessage } from '../../../agent/messages';
import type { Message } from '../../../agent/model';
import { noUsage } from '../../../agent/model';

const agent: ReActAgent = { name: 'tester', instructions: 'Hi.', model: 'scripted', tools: [] };
const hello = [userMessage('Hello.')];

const contentOf = async (model: ScriptedModel, inputs: readonly Message[] = hello) =>
  (await model.getResponse(agent, inputs)).content;

test('each call gets the next step of the script', async () => {
  const model = new ScriptedModel([textResponse('one'), textResponse('two')]);

  expect(await contentOf(model)).toBe('one');
  expect(await contentOf(model)).toBe('two');
  expect(() => model.assertComplete()).not.toThrow();
});

test('an answer streams in pieces, then whole', async () => {
  const model = new ScriptedModel([textResponse('One two\nthree. ')]);
  const events = [];
  for await (const event of model.streamResponse(agent, hello)) events.push(event);

  expect(events.map(({ type, content }) => [type, content])).toEqual([
    ['partial', 'One'],
    ['partial', ' two'],
    ['partial', '\nthree. '],
    ['complete', 'One two\nthree. '],
  ]);
});

test('an answer of nothing but white space loses none of it', async () => {
  const model = new ScriptedModel([textResponse(' \n')]);

  expect(await contentOf(model)).toBe(' \n');
});

test('a scripted error is thrown, and the script goes on', async () => {
  const error = new Error('overloaded');
  const model = new ScriptedModel([error, textResponse('again')]);

  await expect(contentOf(model)).rejects.toBe(error);
  expect(await contentOf(model)).toBe('again');
});

test('a function makes its answer from what the model was asked', async () => {
  const model = new ScriptedModel([
    ({ name }, inputs) => Promise.resolve(textResponse(`${name} read ${inputs.length}`)),
    () => new Error('no'),
  ]);

  expect(await contentOf(model)).toBe('tester read 1');
  await expect(contentOf(model)).rejects.toThrow('no');
});

test('requests are kept as they were made, frozen, without what tools execute', async () => {
  const tool = {
    name: 'look',
    description: 'Looks.',
    inputSchema: { type: 'object' },
    execute: () => Promise.resolve({ content: [] }),
  };
  const inputs: Message[] = [userMessage('Hello.')];
  const model = new ScriptedModel([textResponse('Hi.')]);

  await model.getResponse({ ...agent, tools: [tool] }, inputs);
  inputs.push(userMessage('Later.'));

  expect(model.requests).toEqual([
    {
      agent: {
        ...agent,
        tools: [{ name: 'look', description: 'Looks.', inputSchema: { type: 'object' } }],
      },
      inputs: [userMessage('Hello.')],
    },
  ]);
  const [request] = model.requests;
  const parts = [request, request?.inputs, request?.inputs[0], request?.agent.tools[0]];
  expect(parts.map((part) => part !== undefined && Object.isFrozen(part))).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test('one call too many is an error that counts', async () => {
  const model = new ScriptedModel([textResponse('only')]);
  await contentOf(model);

  const error: unknown = await contentOf(model).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(UnexpectedModelCall);
  expect(error).toMatchObject({
    name: 'UnexpectedModelCall',
    message: 'Unexpected model call #2: the script has 1 step.',
  });
});

test('steps that were never asked for are an error that counts', async () => {
  const model = new ScriptedModel([textResponse('one'), textResponse('two'), textResponse('3')]);

  expect(() => model.assertComplete()).toThrow(
    'The script is not complete: 3 of its 3 steps were never asked for.',
  );
  await contentOf(model);
  await contentOf(model);
  expect(() => model.assertComplete()).toThrow(
    'The script is not complete: 1 of its 3 steps was never asked for.',
  );
});

describe('a script by position', () => {
  const steps = [textResponse('one'), textResponse('two')];

  test('gives every attempt of one step the same answer', async () => {
    const model = new ScriptedModel(steps, { by: 'position' });

    expect(await contentOf(model)).toBe('one');
    expect(await contentOf(model)).toBe('one');
    expect(() => model.assertComplete()).toThrow('1 of its 2 steps was never asked for');
    expect(await contentOf(model, [...hello, textResponse('one'), ...hello])).toBe('two');
    expect(() => model.assertComplete()).not.toThrow();
  });

  test('gives the same answer in another process', async () => {
    const elsewhere = new ScriptedModel(steps, { by: 'position' });

    expect(await contentOf(elsewhere, [...hello, textResponse('one')])).toBe('two');
  });

  test('has an end', async () => {
    const model = new ScriptedModel(steps, { by: 'position' });

    await expect(contentOf(model, [...steps, ...hello])).rejects.toThrow(
      new UnexpectedModelCall(3, 2),
    );
  });
});

test('the prompt digest tells prompts apart and is the same for the same one', async () => {
  const model = new ScriptedModel([textResponse(''), textResponse(''), textResponse('')]);
  const digestOf = async (inputs: readonly Message[]) =>
    (await model.getResponse(agent, inputs)).promptDigest;

  const first = await digestOf(hello);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(await digestOf([userMessage('Hello.')])).toBe(first);
  expect(await digestOf([userMessage('Hello!')])).not.toBe(first);
});

test('a scripted prompt digest wins', async () => {
  const model = new ScriptedModel([textResponse('', { promptDigest: 'scripted' })]);

  expect((await model.getResponse(agent, hello)).promptDigest).toBe('scripted');
});

test('words come `streamDelayMs` apart', async () => {
  const model = new ScriptedModel([textResponse('one two three')], { streamDelayMs: 20 });
  const startedAt = performance.now();

  await contentOf(model);

  expect(performance.now() - startedAt).toBeGreaterThan(35);
});

test('aborting ends an answer with the words so far and none of its tool calls', async () => {
  const abort = new AbortController();
  const answer = toolCallResponse([{ name: 'look' }], {
    content: 'Let me look.',
    usage: { inputTokens: 9, outputTokens: 3 },
  });
  const model = new ScriptedModel([answer], { streamDelayMs: 60_000 });
  const events = [];
  for await (const event of model.streamResponse(agent, hello, { signal: abort.signal })) {
    events.push(event);
    abort.abort();
  }

  expect(events).toMatchObject([
    { type: 'partial', content: 'Let' },
    {
      type: 'complete',
      content: 'Let',
      accumulated: {
        content: 'Let',
        toolCalls: [],
        finishReason: 'interrupted',
        usage: { inputTokens: 9, outputTokens: 1 },
      },
    },
  ]);
});

test('builders fill in what a test does not care about', () => {
  expect(textResponse('Hi.')).toEqual({
    role: 'assistant',
    content: 'Hi.',
    toolCalls: [],
    finishReason: 'stop',
    usage: noUsage,
    model: 'scripted',
  });
  expect(
    toolCallResponse([{ name: 'look' }, { id: 'mine', name: 'add', arguments: { a: 1 } }]),
  ).toMatchObject({
    content: '',
    finishReason: 'tool_calls',
    toolCalls: [
      { id: 'call_0', name: 'look', arguments: {} },
      { id: 'mine', name: 'add', arguments: { a: 1 } },
    ],
  });
});
