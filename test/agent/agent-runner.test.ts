import { z } from 'zod';
import {
  ScriptedModel,
  UnexpectedModelCall,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import type { ReActAgent } from '../../agent/agent';
import type { RunEvent } from '../../agent/run-events';
import { AgentRunner } from '../../agent/agent-runner';
import { withHooks } from '../../agent/run-events';
import { StepLimitError } from '../../agent/errors';
import { Memory } from '../../agent/memory';
import { text, toolErrorResponse, toolResponse, userMessage } from '../../agent/messages';
import type { ModelResponse } from '../../agent/model';
import { ModelBase } from '../../agent/model';
import type { Tool, ToolContext } from '../../agent/tool';

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => `${a + b}`,
});

function agentWith(tools: readonly Tool[], fields: Partial<ReActAgent> = {}): ReActAgent {
  return { name: 'tester', instructions: 'Be exact.', model: 'scripted', tools, ...fields };
}

function callsOf(...calls: [name: string, toolArguments?: Record<string, number>][]) {
  return toolCallResponse(calls.map(([name, given = {}]) => ({ name, arguments: given })));
}

/** A tool that notes the contexts it was called with. */
function recorder(name: string, contexts: ToolContext[]): Tool {
  return {
    name,
    description: 'Notes its context.',
    inputSchema: { type: 'object' },
    execute(_toolArguments, context) {
      contexts.push(context);
      return Promise.resolve({ content: [text('noted')] });
    },
  };
}

function failing(error: unknown): Tool {
  return {
    name: 'failing',
    description: 'Fails.',
    inputSchema: { type: 'object' },
    execute: () => Promise.reject(error),
  };
}

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const collected: RunEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

describe('a turn', () => {
  test('without tools is one call and its answer', async () => {
    const model = new ScriptedModel([
      textResponse('Hello, Ada.', { usage: { inputTokens: 5, outputTokens: 3 } }),
    ]);
    const agent = agentWith([]);

    const result = await new AgentRunner({ model }).getResponse(agent, [userMessage('I am Ada.')]);

    expect(result.content).toBe('Hello, Ada.');
    expect(result.response.finishReason).toBe('stop');
    expect(result.messages).toEqual([userMessage('I am Ada.'), result.response]);
    expect(result.usage).toEqual({ inputTokens: 5, outputTokens: 3 });
    expect(model.requests).toEqual([{ agent, inputs: [userMessage('I am Ada.')] }]);
    model.assertComplete();
  });

  test('with one tool thinks, acts, and thinks again with the result', async () => {
    const model = new ScriptedModel([callsOf(['add', { a: 2, b: 3 }]), textResponse('5.')]);
    const runner = new AgentRunner({ model, tools: [add] });

    const result = await runner.getResponse(agentWith([add]), [userMessage('2 + 3?')]);

    expect(result.content).toBe('5.');
    expect(result.messages.map((message) => message.role)).toEqual([
      'user',
      'assistant',
      'tool_response',
      'assistant',
    ]);
    expect(model.requests[1]?.inputs[2]).toEqual(
      toolResponse({ id: 't1s1c0', name: 'add' }, { content: [text('5')] }),
    );
    model.assertComplete();
  });

  test('adds up the usage of its model calls', async () => {
    const model = new ScriptedModel([
      { ...callsOf(['add', { a: 1, b: 1 }]), usage: { inputTokens: 10, outputTokens: 2 } },
      textResponse('2', { usage: { inputTokens: 20, outputTokens: 1, cachedInputTokens: 10 } }),
    ]);
    const runner = new AgentRunner({ model, tools: [add] });

    const { usage } = await runner.getResponse(agentWith([add]), [userMessage('1 + 1?')]);

    expect(usage).toEqual({ inputTokens: 30, outputTokens: 3, cachedInputTokens: 10 });
  });

  test('adds up what they cost, and says so when it is not known', async () => {
    const costs = async (...costs: (number | null | undefined)[]) => {
      const [first, last] = costs.map((costUsd) => (costUsd === undefined ? {} : { costUsd }));
      const steps = [{ ...callsOf(['add', { a: 1, b: 1 }]), ...first }, textResponse('2', last)];
      const runner = new AgentRunner({ model: new ScriptedModel(steps), tools: [add] });
      return (await runner.getResponse(agentWith([add]), [userMessage('1 + 1?')])).costUsd;
    };

    expect(await costs(0.1, 0.2)).toBe(0.3);
    expect(await costs(0.1, null)).toBeNull();
    expect(await costs(undefined, 0.2)).toBeNull();
  });

  test('leaves its inputs as they were', async () => {
    const inputs = [userMessage('Hello.')];
    const model = new ScriptedModel([textResponse('Hi.')]);

    await new AgentRunner({ model }).getResponse(agentWith([]), inputs);

    expect(inputs).toEqual([userMessage('Hello.')]);
  });

  test('that the provider pauses is thought about again, as it stands', async () => {
    const paused = textResponse('Searching…', { finishReason: 'pause' });
    const model = new ScriptedModel([paused, textResponse('Found.')]);

    const result = await new AgentRunner({ model }).getResponse(agentWith([]), [userMessage('?')]);

    expect(result.content).toBe('Found.');
    expect(model.requests[1]?.inputs[1]).toMatchObject(paused);
    model.assertComplete();
  });

  test('fails with what its model throws', async () => {
    const model = new ScriptedModel([new TypeError('no such model')]);

    await expect(
      new AgentRunner({ model }).getResponse(agentWith([]), [userMessage('?')]),
    ).rejects.toThrow(new TypeError('no such model'));
  });

  test('fails when its model ends the stream without a complete event', async () => {
    class Silent extends ModelBase {
      async *streamResponse() {}
    }

    await expect(
      new AgentRunner({ model: new Silent() }).getResponse(agentWith([]), [userMessage('?')]),
    ).rejects.toThrow('The model ended its stream without a `complete` event.');
  });
});

describe('events', () => {
  test('come as pieces, response, results and the end of the step, once a step', async () => {
    const model = new ScriptedModel([
      { ...callsOf(['add', { a: 2, b: 3 }]), content: 'Let me add.' },
      textResponse('It is 5.'),
    ]);
    const runner = new AgentRunner({ model, tools: [add] });

    const events = await collect(runner.streamResponse(agentWith([add]), [userMessage('2 + 3?')]));

    expect(events.map((event) => event.type).join(' ')).toBe(
      'partial partial partial complete tool_result step_finished ' +
        'partial partial partial complete step_finished',
    );
    const pieces = events.flatMap((event) => (event.type === 'partial' ? [event.content] : []));
    expect(pieces.join('')).toBe('Let me add.It is 5.');
    expect(events.filter((event) => event.type === 'step_finished')).toEqual([
      { type: 'step_finished', step: 1, isFinal: false },
      { type: 'step_finished', step: 2, isFinal: true },
    ]);
  });

  test('carry the response as Memory holds it', async () => {
    const memory = Memory.from({ firstSeq: 0, messages: [userMessage('2 + 3?')] });
    const model = new ScriptedModel([callsOf(['add', { a: 2, b: 3 }]), textResponse('5')]);
    const runner = new AgentRunner({ model, tools: [add] });

    const events = await collect(runner.run(agentWith([add]), memory, { turn: 1, step: 1 }));

    const responses = events.flatMap((event) =>
      event.type === 'complete' ? [event.accumulated] : [],
    );
    expect(responses).toEqual(memory.messages.filter(({ role }) => role === 'assistant'));
  });

  test('are told to the hooks before the caller sees them', async () => {
    const log: string[] = [];
    const model = new ScriptedModel([
      { ...callsOf(['add', { a: 2, b: 3 }]), content: 'Adding' },
      textResponse('5'),
    ]);
    const runner = new AgentRunner({ model, tools: [add] });
    const hooks = {
      onPartial: (content: string) => void log.push(`hook partial ${content}`),
      onResponse: async ({ content }: ModelResponse) => {
        await Promise.resolve();
        log.push(`hook complete ${content}`);
      },
      onToolResult: ({ toolName }: { toolName: string }) => void log.push(`hook ${toolName}`),
      onStepFinished: (step: number) => void log.push(`hook step ${step}`),
    };

    for await (const event of runner.streamResponse(agentWith([add]), [userMessage('?')], {
      hooks,
    })) {
      log.push(`caller ${event.type}`);
    }

    expect(log).toEqual([
      ...['hook partial Adding', 'caller partial', 'hook complete Adding', 'caller complete'],
      ...['hook add', 'caller tool_result', 'hook step 1', 'caller step_finished'],
      ...['hook partial 5', 'caller partial', 'hook complete 5', 'caller complete'],
      ...['hook step 2', 'caller step_finished'],
    ]);
  });

  test('pass through hooks that listen to nothing', async () => {
    async function* events(): AsyncGenerator<RunEvent> {
      yield await Promise.resolve({ type: 'step_finished', step: 1, isFinal: true } as const);
    }

    expect(await collect(withHooks(events(), {}))).toEqual([
      { type: 'step_finished', step: 1, isFinal: true },
    ]);
  });
});

describe('tool calls of one step', () => {
  test('run at once, and their results come in call order though they finish in another', async () => {
    const finished: string[] = [];
    let releaseFirst = () => {};
    const secondIsDone = new Promise<void>((resolve) => (releaseFirst = resolve));
    const first = defineTool({
      name: 'first',
      description: 'Waits for the second.',
      input: z.object({}),
      async execute() {
        await secondIsDone;
        finished.push('first');
        return 'one';
      },
    });
    const second = defineTool({
      name: 'second',
      description: 'Releases the first.',
      input: z.object({}),
      execute() {
        finished.push('second');
        releaseFirst();
        return 'two';
      },
    });
    const tools = [first, second];
    const model = new ScriptedModel([callsOf(['first'], ['second']), textResponse('Done.')]);

    const { messages } = await new AgentRunner({ model, tools }).getResponse(agentWith(tools), [
      userMessage('Both.'),
    ]);

    expect(finished).toEqual(['second', 'first']);
    expect(messages.slice(2, 4)).toEqual([
      toolResponse({ id: 't1s1c0', name: 'first' }, { content: [text('one')] }),
      toolResponse({ id: 't1s1c1', name: 'second' }, { content: [text('two')] }),
    ]);
  });

  test('get ids of our own, and keep the provider’s beside them', async () => {
    const twice = { name: 'add', arguments: { a: 1, b: 1 } };
    const model = new ScriptedModel([
      toolCallResponse([
        { ...twice, id: 'call_same' },
        { ...twice, id: 'call_same' },
        { ...twice, id: '' },
      ]),
      toolCallResponse([{ ...twice, id: 'call_same' }]),
      textResponse('2'),
    ]);
    const memory = Memory.from({ firstSeq: 0, messages: [userMessage('?')] });
    const runner = new AgentRunner({ model, tools: [add] });

    await collect(runner.run(agentWith([add]), memory, { turn: 3, step: 1 }));

    const calls = memory.messages.flatMap((message) =>
      message.role === 'assistant' ? message.toolCalls : [],
    );
    expect(calls).toEqual([
      { ...twice, id: 't3s1c0', providerId: 'call_same' },
      { ...twice, id: 't3s1c1', providerId: 'call_same' },
      { ...twice, id: 't3s1c2' },
      { ...twice, id: 't3s2c0', providerId: 'call_same' },
    ]);
  });

  test('get idempotency keys that are stable and distinct', async () => {
    const keysOf = async (conversationId: string) => {
      const contexts: ToolContext[] = [];
      const tools = [recorder('pay', contexts)];
      const model = new ScriptedModel([
        callsOf(['pay'], ['pay']),
        callsOf(['pay']),
        textResponse('Paid.'),
      ]);
      const runner = new AgentRunner({ model, tools, conversationId });
      await runner.getResponse(agentWith(tools), [userMessage('Pay.')]);
      return contexts.map((context) => context.idempotencyKey);
    };

    const keys = await keysOf('order-1');

    expect(keys).toHaveLength(3);
    expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
    expect(await keysOf('order-1')).toEqual(keys);
    expect(new Set([...keys, ...(await keysOf('order-2'))]).size).toBe(6);
  });

  test('are told their id, their attempt and the signal', async () => {
    const contexts: ToolContext[] = [];
    const tools = [recorder('look', contexts)];
    const { signal } = new AbortController();
    const model = new ScriptedModel([callsOf(['look']), textResponse('Seen.')]);

    await new AgentRunner({ model, tools }).getResponse(agentWith(tools), [userMessage('Look.')], {
      signal,
    });

    expect(contexts).toMatchObject([{ callId: 't1s1c0', attempt: 1 }]);
    expect(contexts[0]?.signal).toBe(signal);
    expect(contexts[0]?.state).toBeUndefined();
  });

  test('are handed the state that the tool returned at its last call', async () => {
    const counter = defineTool({
      name: 'counter',
      description: 'Counts its calls.',
      input: z.object({}),
      execute(_toolArguments, { state }) {
        const count = typeof state === 'number' ? state + 1 : 1;
        return { content: [text(`call ${count}`)], state: count };
      },
    });
    const model = new ScriptedModel([callsOf(['counter']), callsOf(['counter']), textResponse('')]);

    const { messages } = await new AgentRunner({ model, tools: [counter] }).getResponse(
      agentWith([counter]),
      [userMessage('Twice.')],
    );

    const results = messages.filter((message) => message.role === 'tool_response');
    expect(results.map(({ content, state }) => [content, state])).toEqual([
      [[text('call 1')], 1],
      [[text('call 2')], 2],
    ]);
  });
});

describe('the model is told', () => {
  const askedFor = async (response: ModelResponse, tools: readonly Tool[]) => {
    const model = new ScriptedModel([response, textResponse('I see.')]);
    const runner = new AgentRunner({ model, tools });
    const { content, messages } = await runner.getResponse(agentWith(tools), [userMessage('Go.')]);
    expect(content).toBe('I see.');
    return messages[2];
  };

  test('that a tool is unknown, and which ones there are', async () => {
    expect(await askedFor(callsOf(['sing']), [add, failing('')])).toEqual(
      toolErrorResponse(
        { id: 't1s1c0', name: 'sing' },
        'Unknown tool `sing`. Known tools: add, failing.',
      ),
    );
    expect(await askedFor(callsOf(['sing']), [])).toEqual(
      toolErrorResponse({ id: 't1s1c0', name: 'sing' }, 'Unknown tool `sing`. Known tools: none.'),
    );
  });

  test('what a tool threw', async () => {
    const call = { id: 't1s1c0', name: 'failing' };

    expect(await askedFor(callsOf(['failing']), [failing(new Error('The disk is full.'))])).toEqual(
      toolErrorResponse(call, 'The disk is full.'),
    );
    expect(await askedFor(callsOf(['failing']), [failing('plain text')])).toEqual(
      toolErrorResponse(call, 'plain text'),
    );
  });

  test('that its arguments were no JSON object; the tool does not run', async () => {
    const contexts: ToolContext[] = [];
    const malformed = toolCallResponse([{ name: 'look', malformedArguments: '{"at": ' }]);

    expect(await askedFor(malformed, [recorder('look', contexts)])).toEqual(
      toolErrorResponse(
        { id: 't1s1c0', name: 'look' },
        'The arguments of `look` are not a JSON object: {"at": ',
      ),
    );
    expect(contexts).toEqual([]);
  });

  test.each(['length', 'content_filter', 'error', 'pause'] as const)(
    'that the calls of an answer that ended with `%s` did not run',
    async (finishReason) => {
      const contexts: ToolContext[] = [];
      const ended = { ...callsOf(['look']), finishReason };

      expect(await askedFor(ended, [recorder('look', contexts)])).toEqual(
        toolErrorResponse(
          { id: 't1s1c0', name: 'look' },
          `Not executed: the answer ended early (${finishReason}).`,
        ),
      );
      expect(contexts).toEqual([]);
    },
  );
});

describe('a turn ends', () => {
  test('with a StepLimitError when it needs more steps than its agent allows', async () => {
    const model = new ScriptedModel([
      callsOf(['add', { a: 1, b: 1 }]),
      callsOf(['add', { a: 2, b: 1 }]),
    ]);
    const memory = Memory.from({ firstSeq: 0, messages: [userMessage('Count.')] });
    const agent = agentWith([add], { limits: { maxSteps: 2 } });
    const turn = new AgentRunner({ model, tools: [add] }).run(agent, memory, { turn: 1, step: 1 });

    await expect(collect(turn)).rejects.toThrow(new StepLimitError(2));

    expect(memory.messages).toHaveLength(5);
    expect(memory.openCalls).toEqual([]);
    model.assertComplete();
  });

  test('after 50 steps when its agent sets no limit', async () => {
    const forever = Array.from({ length: 60 }, () => callsOf(['add', { a: 1, b: 1 }]));
    const model = new ScriptedModel(forever);
    const runner = new AgentRunner({ model, tools: [add] });

    await expect(runner.getResponse(agentWith([add]), [userMessage('Count.')])).rejects.toThrow(
      new StepLimitError(50),
    );
    expect(model.requests).toHaveLength(50);
  });

  test.each(['AbortError', 'CancelledFailure'])(
    'with the cancellation (`%s`) of a tool, which is never made a result',
    async (name) => {
      const cancellation = Object.assign(new Error('stop'), { name });
      const memory = Memory.from({ firstSeq: 0, messages: [userMessage('Go.')] });
      const tools = [failing(cancellation)];
      const model = new ScriptedModel([callsOf(['failing'])]);
      const turn = new AgentRunner({ model, tools }).run(agentWith(tools), memory, {
        turn: 1,
        step: 1,
      });

      await expect(collect(turn)).rejects.toBe(cancellation);
      expect(memory.openCalls.map((call) => call.id)).toEqual(['t1s1c0']);
    },
  );

  test('with what was said so far when its model is interrupted', async () => {
    const abort = new AbortController();
    const model = new ScriptedModel([textResponse('One two three four.')]);
    const runner = new AgentRunner({ model });
    const abortAfterTwo = (piece: string) => {
      if (piece === ' two') abort.abort();
    };

    const result = await runner.getResponse(agentWith([]), [userMessage('Count.')], {
      signal: abort.signal,
      hooks: { onPartial: abortAfterTwo },
    });

    expect(result.content).toBe('One two');
    expect(result.response.finishReason).toBe('interrupted');
  });
});

describe('a host', () => {
  const steps = () => [
    callsOf(['add', { a: 1, b: 1 }]),
    callsOf(['add', { a: 2, b: 1 }]),
    textResponse('3'),
  ];
  const agent = agentWith([add]);

  test('may stop at any `step_finished` and go on with a new generator on the same Memory', async () => {
    const whole = Memory.from({ firstSeq: 0, messages: [userMessage('1 + 1 + 1?')] });
    const runner = new AgentRunner({ model: new ScriptedModel(steps()), tools: [add] });
    await collect(runner.run(agent, whole, { turn: 1, step: 1 }));

    const model = new ScriptedModel(steps());
    let memory = Memory.from({ firstSeq: 0, messages: [userMessage('1 + 1 + 1?')] });
    let position = { turn: 1, step: 1 };
    for (let isFinal = false; !isFinal;) {
      const generator = new AgentRunner({ model, tools: [add] }).run(agent, memory, position);
      for await (const event of generator) {
        if (event.type !== 'step_finished') continue;
        isFinal = event.isFinal;
        position = { turn: 1, step: event.step + 1 };
        break;
      }
      memory = Memory.from(memory.snapshot());
    }

    expect(position).toEqual({ turn: 1, step: 4 });
    expect(memory.messages).toEqual(whole.messages);
    model.assertComplete();
  });

  test('may put a message in between two steps, and the next step thinks of it', async () => {
    const memory = Memory.from({ firstSeq: 0, messages: [userMessage('1 + 1?')] });
    const model = new ScriptedModel([callsOf(['add', { a: 1, b: 1 }]), textResponse('Zwei.')]);
    const runner = new AgentRunner({ model, tools: [add] });

    for await (const event of runner.run(agent, memory, { turn: 1, step: 1 })) {
      if (event.type === 'step_finished' && !event.isFinal) {
        memory.append(userMessage('In German, please.'));
      }
    }

    expect(model.requests[1]?.inputs.at(-1)).toEqual(userMessage('In German, please.'));
    expect(memory.messages.at(-1)).toMatchObject({ content: 'Zwei.' });
  });

  test('hears from the script when the loop calls the model once too often', async () => {
    const model = new ScriptedModel([callsOf(['add', { a: 1, b: 1 }])]);
    const runner = new AgentRunner({ model, tools: [add] });

    await expect(runner.getResponse(agent, [userMessage('1 + 1?')])).rejects.toThrow(
      new UnexpectedModelCall(2, 1),
    );
  });
});
