import { z } from 'zod';
import { toDemoRequest } from '../../../activities/models/demo-format';
import { DemoModel } from '../../../activities/models/demo-model';
import {
  askUser,
  calculator,
  createClock,
  defineTool,
  slowTool,
  transferTool,
} from '../../../activities/tools';
import type { ReActAgent } from '../../../agent/agent';
import { AgentRunner } from '../../../agent/agent-runner';
import { sha256Hex } from '../../../agent/digest';
import type { JsonObject } from '../../../agent/json';
import { text, toolErrorResponse, toolResponse, userMessage } from '../../../agent/messages';
import type { Message } from '../../../agent/model';
import type { Tool } from '../../../agent/tool';

const dice = defineTool({
  name: 'dice',
  description: 'Always rolls the highest.',
  input: z.object({ sides: z.number() }),
  execute: ({ sides }) => `${sides}`,
});
const clock = createClock({ now: () => new Date('1969-07-20T20:17:40Z') });
const everything = [calculator, clock, slowTool, dice];
const model = new DemoModel({ wordDelayMs: 0 });

function agentWith(tools: readonly Tool[]): ReActAgent {
  return { name: 'demo', instructions: 'Be kind.', model: 'demo', tools };
}

/** What the model says to `content`, before any tool has run. */
function hears(content: string, tools: readonly Tool[] = everything) {
  return model.getResponse(agentWith(tools), [userMessage(content)]);
}

/** What it asks for, in short. */
async function asksFor(
  content: string,
  tools?: readonly Tool[],
): Promise<[name: string, toolArguments: JsonObject][]> {
  const { toolCalls } = await hears(content, tools);
  return toolCalls.map((call) => [call.name, call.arguments]);
}

/** Its final answer to `content`, tools run. */
async function answers(content: string, tools: readonly Tool[] = everything): Promise<string> {
  const runner = new AgentRunner({ model, tools });
  return (await runner.getResponse(agentWith(tools), [userMessage(content)])).content;
}

describe('arithmetic', () => {
  test.each([
    ['what is 17 * 23?', '17 * 23'],
    ['2+3', '2+3'],
    ['What is 2+3=?', '2+3'],
    ['add 2 and 3', '2 + 3'],
    ['Please subtract 2 from 10.', '10 - 2'],
    ['multiply 4 by 5', '4 * 5'],
    ['divide 10 by 4', '10 / 4'],
    ['how much is 17 times 23', '17 * 23'],
    ['6 x 7', '6 * 7'],
    ['2 to the power of 8', '2 ^ 8'],
    ['20% of 50', '20 / 100 * 50'],
    ['the square root of 16', 'sqrt(16)'],
    ['what is max(1, 2)?', 'max(1, 2)'],
    ['(1 + 2) * (3 + 4)', '(1 + 2) * (3 + 4)'],
    ['1,000 + 2', '1000 + 2'],
    ['-3 + 5', '-3 + 5'],
    ['9^9^9^9', '9^9^9^9'],
  ])('in “%s” is asked of the calculator as %s', async (content, expression) => {
    expect(await asksFor(content)).toEqual([['calculator', { expression }]]);
  });

  test('joined by “and” is asked in parallel', async () => {
    expect(await asksFor("what's 2+3 and 4*5, and add 6 and 7?")).toEqual([
      ['calculator', { expression: '2+3' }],
      ['calculator', { expression: '4*5' }],
      ['calculator', { expression: '6 + 7' }],
    ]);
    expect(await answers('what is 2+3 and 4*5?')).toBe('2+3 = 5.\n4*5 = 20.');
  });

  test('is answered in a sentence', async () => {
    expect(await answers('what is 17 * 23?')).toBe('17 * 23 = 391.');
  });

  test('that fails is answered honestly', async () => {
    expect(await answers('what is 1/0?')).toBe('The tool failed: Division by zero.');
  });

  test('is not worked out without a calculator', async () => {
    const { content, toolCalls } = await hears('what is 17 * 23?', [clock]);

    expect(toolCalls).toEqual([]);
    expect(content).toBe('I have no `calculator` tool, so I cannot work out 17 * 23.');
  });

  test.each([
    'I was born on 2001-02-03',
    'I have 3 cats, 2 dogs',
    'room 101',
    'version 1.2.3',
    'a well-known 3-step plan',
  ])('is not seen in “%s”', async (content) => {
    expect(await asksFor(content)).toEqual([]);
  });
});

describe('the time', () => {
  test.each([
    ['what time is it?', {}],
    ['Can you tell me the current time?', {}],
    ['what is the date', {}],
    ['what time is it in Europe/Berlin?', { timeZone: 'Europe/Berlin' }],
    ['what time is it in Tokyo?', { timeZone: 'Asia/Tokyo' }],
    ['what time is it in New York?', { timeZone: 'America/New_York' }],
  ])('in “%s” is asked of the clock', async (content, toolArguments) => {
    expect(await asksFor(content)).toEqual([['clock', toolArguments]]);
  });

  test('is answered in a sentence', async () => {
    expect(await answers('what time is it?')).toBe('It is Sunday, 20 July 1969 at 20:17:40 UTC.');
  });

  test('is not known without a clock', async () => {
    expect(await answers('what time is it?', [])).toBe(
      'I have no `clock` tool, so I cannot tell the time.',
    );
  });

  test('is not meant by “how are you today?”', async () => {
    expect(await asksFor('how are you today?')).toEqual([]);
  });
});

describe('waiting', () => {
  test.each([
    ['wait 3 seconds', [3]],
    ['wait for 2s, then sleep 4 sec', [2, 4]],
    ['be slow', [5]],
  ])('in “%s” is asked of the slow tool', async (content, seconds) => {
    expect(await asksFor(content)).toEqual(seconds.map((each) => ['slow', { seconds: each }]));
  });

  test('goes together with other requests', async () => {
    expect(await asksFor('wait 3 seconds and add 2 and 3')).toEqual([
      ['calculator', { expression: '2 + 3' }],
      ['slow', { seconds: 3 }],
    ]);
  });
});

describe('`call` lines', () => {
  test('call any tool by name, in parallel', async () => {
    expect(await asksFor('call dice {"sides": 6}\ncall clock')).toEqual([
      ['dice', { sides: 6 }],
      ['clock', {}],
    ]);
    expect(await answers('call dice {"sides": 6}\ncall dice {"sides": 20}')).toBe(
      '`dice` answered: 6\n`dice` answered: 20',
    );
  });

  test('with broken JSON are sent on as a real model would send them', async () => {
    const { toolCalls } = await hears('call dice {"sides":');

    expect(toolCalls).toMatchObject([
      { name: 'dice', arguments: {}, malformedArguments: '{"sides":' },
    ]);
    expect(await answers('call dice {"sides":')).toBe(
      'The tool failed: The arguments of `dice` are not a JSON object: {"sides":',
    );
  });

  test('of an unknown tool are sent on, and the loop answers', async () => {
    expect(await asksFor('call teleport {}', [dice])).toEqual([['teleport', {}]]);
    expect(await answers('call teleport {}', [dice])).toBe(
      'The tool failed: Unknown tool `teleport`. Known tools: dice.',
    );
  });

  test('are nothing else: their numbers are not added up', async () => {
    expect(await asksFor('call dice {"sides": 2}\nwhat is 2+3?')).toEqual([['dice', { sides: 2 }]]);
  });
});

describe('a phrase', () => {
  test.each([
    ['hello', 'Hello! I am demo.'],
    ['Who are you?', 'I am demo.'],
    ['thanks a lot', 'You are welcome.'],
    ['bye', 'Goodbye.'],
    ['help', 'I am a demonstration model, not an LLM'],
    ['Why is the sky blue?', 'You wrote: “Why is the sky blue?”.'],
  ])('such as “%s” is answered with “%s …”', async (content, beginning) => {
    const response = await hears(content);

    expect(response.content.startsWith(beginning)).toBe(true);
    expect(response.finishReason).toBe('stop');
  });

  test.each(['hello', 'who are you?', 'are you an AI?', 'help', 'Why is the sky blue?'])(
    'such as “%s” is answered with what it is: no LLM',
    async (content) => {
      expect((await hears(content)).content).toContain('a demonstration model, not an LLM');
    },
  );

  test('that it does not know is answered with what it can do and the tools it has', async () => {
    expect(await answers('Why is the sky blue?', [dice, clock])).toMatch(
      /what is 17 \* 23.*My tools: `dice`, `clock`\.$/,
    );
    expect(await answers('Why is the sky blue?', [])).toMatch(/My tools: none\.$/);
  });

  test('as content blocks is read like text', async () => {
    const response = await model.getResponse(agentWith(everything), [userMessage([text('2+3')])]);

    expect(response.toolCalls).toMatchObject([{ arguments: { expression: '2+3' } }]);
  });
});

test('a story is long enough to kill a worker in the middle of it', async () => {
  const { content, usage } = await hears('tell me a story');

  expect(usage.outputTokens).toBeGreaterThan(140);
  expect(content.split(/\s+/)).toHaveLength(usage.outputTokens);
});

describe('in a conversation', () => {
  const call = { id: 't1s1c0', name: 'calculator', arguments: { expression: '2+3' } };
  const asked: Message = {
    role: 'assistant',
    content: 'Let me ask `calculator`.',
    toolCalls: [call],
    finishReason: 'tool_calls',
    usage: { inputTokens: 1, outputTokens: 4 },
    model: 'demo',
  };
  const result = toolResponse(call, { content: [text('5')] });
  const contentAfter = async (...messages: Message[]) =>
    (await model.getResponse(agentWith(everything), messages)).content;

  test('everything since its last message is answered, and nothing before it', async () => {
    expect(await contentAfter(userMessage('2+3'), asked, result)).toBe('2+3 = 5.');
    expect(await contentAfter(userMessage('2+3'), asked, result, userMessage('thanks'))).toBe(
      '2+3 = 5.\nYou are welcome.',
    );
    expect(await contentAfter(userMessage('thanks'), userMessage('bye'))).toMatch(
      /^You are welcome\.\nGoodbye\./,
    );
  });

  test('results of several tools are told in order, errors too', async () => {
    const roll = { id: 't1s1c1', name: 'dice', arguments: { sides: 6 } };

    expect(
      await contentAfter(
        userMessage('go'),
        { ...asked, toolCalls: [call, roll] },
        result,
        toolErrorResponse(roll, 'It rolled off the table.'),
      ),
    ).toBe('2+3 = 5.\nThe tool failed: It rolled off the table.');
  });

  test('there is always something to say', async () => {
    expect(await contentAfter()).toBe('I have nothing to add.');
  });
});

describe('the response', () => {
  test('is the same for the same agent and messages, and holds nothing but its fields', async () => {
    const response = await hears('2+3');

    expect(await hears('2+3')).toStrictEqual(response);
    expect(response).toStrictEqual({
      role: 'assistant',
      content: 'Let me ask `calculator`.',
      toolCalls: [{ id: 'demo-1-0', name: 'calculator', arguments: { expression: '2+3' } }],
      finishReason: 'tool_calls',
      // “Be kind. 2+3” and “Let me ask `calculator`.”
      usage: { inputTokens: 3, outputTokens: 4 },
      model: 'demo',
      promptDigest: sha256Hex(
        JSON.stringify(toDemoRequest(agentWith(everything), [userMessage('2+3')])),
      ),
    });
  });

  test('streams word by word', async () => {
    const events = [];
    const stream = model.streamResponse(agentWith([]), [userMessage('thanks')]);
    for await (const event of stream) events.push(event);

    expect(events.map(({ type, content }) => [type, content])).toEqual([
      ['partial', 'You'],
      ['partial', ' are'],
      ['partial', ' welcome.'],
      ['complete', 'You are welcome.'],
    ]);
  });

  test('takes 40 milliseconds a word unless told otherwise', async () => {
    const startedAt = performance.now();

    await new DemoModel().getResponse(agentWith([]), [userMessage('thanks')]);

    expect(performance.now() - startedAt).toBeGreaterThan(75);
  });

  test('ends where it is aborted', async () => {
    const abort = new AbortController();
    const slow = new DemoModel({ wordDelayMs: 60_000 });
    const events = [];
    const startedAt = performance.now();
    const options = { signal: abort.signal };
    for await (const event of slow.streamResponse(agentWith([]), [userMessage('story')], options)) {
      events.push(event);
      abort.abort();
    }

    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(events).toMatchObject([
      { type: 'partial', content: 'On' },
      {
        type: 'complete',
        content: 'On',
        accumulated: { content: 'On', finishReason: 'interrupted', usage: { outputTokens: 1 } },
      },
    ]);
  });
});

test('the request is the model, the instructions, the messages and the names of the tools', () => {
  const call = { id: 't1s1c0', name: 'dice', arguments: { sides: 6 }, providerId: 'demo-1-0' };
  const messages: Message[] = [
    userMessage('Roll.'),
    {
      role: 'assistant',
      content: 'Rolling.',
      toolCalls: [call],
      finishReason: 'tool_calls',
      usage: { inputTokens: 1, outputTokens: 1 },
      model: 'demo',
    },
    toolResponse(call, { content: [text('6')], state: 'ours' }),
  ];

  expect(toDemoRequest(agentWith([dice, clock]), messages)).toStrictEqual({
    model: 'demo',
    instructions: 'Be kind.',
    messages: [
      { role: 'user', content: 'Roll.' },
      {
        role: 'assistant',
        content: 'Rolling.',
        toolCalls: [{ id: 't1s1c0', name: 'dice', arguments: { sides: 6 } }],
      },
      { role: 'tool', toolCallId: 't1s1c0', content: '6', isError: false },
    ],
    tools: ['dice', 'clock'],
  });
});

describe('what waits for a person', () => {
  const tools = [transferTool, askUser];

  test.each([
    ['send 100 $ to Ann', { amount: 100, to: 'Ann' }],
    ['Please transfer $20.50 to bob.', { amount: 20.5, to: 'bob' }],
    ['pay Ann 5 dollars', { amount: 5, to: 'Ann' }],
  ])('“%s” asks for a transfer', async (content, toolArguments) => {
    expect(await asksFor(content, tools)).toEqual([['transfer', toolArguments]]);
  });

  test.each(['send my regards to Ann', 'pay attention', 'Ann sent 100 $'])(
    '“%s” asks for none',
    async (content) => {
      expect(await asksFor(content, tools)).toEqual([]);
    },
  );

  test('the transfer never runs unasked', async () => {
    expect(transferTool.approval).toBe('always');
    expect(await answers('send 100 $ to Ann', tools)).toContain("needs a person's word");
  });

  test('“ask me something” asks the user', async () => {
    expect(await asksFor('ask me something', tools)).toMatchObject([
      ['ask_user', { options: ['tea', 'coffee'] }],
    ]);
  });

  test('help names both where the agent has them', async () => {
    expect(await answers('help', tools)).toMatch(/“send 100 \$ to Ann”, “ask me something”/);
    expect(await answers('help')).not.toContain('Ann');
  });
});
