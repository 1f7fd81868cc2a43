import { z } from 'zod';
import { withOutputCheck } from '../../activities/models';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { toConclusion } from '../../agent/conclusion';
import { defineAgent } from '../../agent/define-agent';
import { AgentRunner } from '../../agent/agent-runner';
import { OutputError, StepLimitError } from '../../agent/errors';
import type { JsonSchema } from '../../agent/json';
import { Memory } from '../../agent/memory';
import { text, userMessage } from '../../agent/messages';
import type { ModelResponse } from '../../agent/model';
import { outputOf, parseOutput } from '../../agent/output';

const weather = z.object({ city: z.string(), celsius: z.number() });
const clerk = { name: 'clerk', model: 'scripted', instructions: 'Report.' };
const agent = defineAgent({ ...clerk, output: weather });
const rome = '{"city":"Rome","celsius":30}';

describe('an agent is written down with', () => {
  test('a zod object: what is kept is its JSON Schema, of what the model is to write', () => {
    const output = z.object({
      day: z.iso.date().describe('The day.'),
      note: z.string().optional(),
      length: z.string().transform((value) => value.length),
    });

    expect(defineAgent({ ...clerk, output }).output).toEqual({
      type: 'object',
      properties: {
        day: {
          type: 'string',
          format: 'date',
          pattern: expect.any(String) as string,
          description: 'The day.',
        },
        note: { type: 'string' },
        length: { type: 'string' },
      },
      required: ['day', 'length'],
    });
  });

  test('a JSON Schema, as it stands', () => {
    const output: JsonSchema = { type: 'object', properties: { city: { type: 'string' } } };

    expect(defineAgent({ ...clerk, output }).output).toEqual(output);
    expect(defineAgent({ ...clerk, output })).not.toHaveProperty('output.$schema');
  });

  test('anything that can say itself as JSON Schema', () => {
    const asked: unknown[] = [];
    const jsonSchema = {
      input: (options: unknown) => {
        asked.push(options);
        return { type: 'object' };
      },
    };

    expect(defineAgent({ ...clerk, output: { '~standard': { jsonSchema } } }).output).toEqual({
      type: 'object',
    });
    expect(asked).toEqual([{ target: 'draft-2020-12' }]);
  });

  test('none: then there is none', () => {
    expect(defineAgent(clerk)).not.toHaveProperty('output');
  });

  const circular: Record<string, unknown> = { type: 'object' };
  circular['properties'] = { self: circular };
  test.each<[string, unknown, string]>([
    ['a list', z.array(weather), 'must be the schema of an object (`type: "object"`)'],
    ['a union', z.union([weather, z.object({})]), 'must be the schema of an object'],
    ['a date', z.object({ day: z.date() }), 'cannot be expressed as JSON Schema: Date'],
    ['a schema of an older zod', { '~standard': { version: 1 } }, 'Use zod 4.2 or newer'],
    ['a circular object', circular, 'cannot be expressed as JSON Schema: '],
    ['a text', 'weather', 'must be the schema of an object'],
  ])('%s is refused, and why is said', (_what, output, reason) => {
    const define = () => defineAgent({ ...clerk, output: output as JsonSchema });

    expect(define).toThrow(TypeError);
    expect(define).toThrow('The `output` of agent `clerk` ');
    expect(define).toThrow(reason);
  });
});

describe('the JSON of an answer', () => {
  test.each([
    ['alone', rome],
    ['with room around it', `\n  ${rome}  \n`],
    ['in a fence', `\`\`\`json\n${rome}\n\`\`\``],
    ['in a fence without a name, with room around it', `\n\`\`\`\n${rome}\n\`\`\`\n`],
    ['said twice', `${rome}\n\n${rome}`],
  ])('%s is read', (_what, content) => {
    expect(parseOutput(content)).toEqual({ city: 'Rome', celsius: 30 });
  });

  test.each([
    ['nothing', ''],
    ['words', 'It is sunny.'],
    ['words before it', `Here you are:\n${rome}`],
    ['two fences', `\`\`\`\n${rome}\n\`\`\`\n\`\`\`\n${rome}!\n\`\`\``],
    ['two answers', `${rome}\n\n${rome.replace('30', '31')}`],
    ['half of it', rome.slice(0, 10)],
    ['a fence on one line', '``````'],
  ])('%s is none', (_what, content) => {
    expect(parseOutput(content)).toBeUndefined();
  });

  test('is a value only where it was checked and nothing was wrong', () => {
    expect(outputOf(textResponse('null', { outputProblem: null }))).toBeNull();
    expect(outputOf(textResponse(rome))).toBeUndefined();
    expect(outputOf(textResponse(rome, { outputProblem: 'Too hot.' }))).toBeUndefined();
  });
});

function start(...steps: ModelResponse[]) {
  const model = new ScriptedModel(steps);
  return { model, runner: new AgentRunner({ model: withOutputCheck(model) }) };
}

describe('a turn in process', () => {
  test('answers with a value', async () => {
    const { runner, model } = start(textResponse(rome));

    const result = await runner.getResponse(agent, [userMessage('Rome?')]);

    expect(result.output).toEqual({ city: 'Rome', celsius: 30 });
    expect(result.content).toBe(rome);
    expect(result.messages).toHaveLength(2);
    model.assertComplete();
  });

  test('sends an answer back once, with what is wrong, and counts it as a step', async () => {
    const { runner, model } = start(textResponse('Sunny.'), textResponse(rome));
    const finished: number[] = [];

    const result = await runner.getResponse(agent, [userMessage('Rome?')], {
      hooks: { onStepFinished: (step) => void finished.push(step) },
    });

    expect(result.output).toEqual({ city: 'Rome', celsius: 30 });
    expect(finished).toEqual([1, 2]);
    expect(model.requests[1]?.inputs).toEqual([
      userMessage('Rome?'),
      expect.objectContaining({ content: 'Sunny.', outputProblem: 'It is not JSON.' }),
      {
        role: 'user',
        content:
          'Your answer was not accepted: It is not JSON.\nAnswer again, with the corrected JSON and nothing else.',
        isRepair: true,
      },
    ]);
    expect(result.messages).toHaveLength(4);
    model.assertComplete();
  });

  test('fails with its own error at the second such answer, which stays in Memory', async () => {
    const { runner, model } = start(textResponse('Sunny.'), textResponse('{"city":"Rome"}'));
    const memory = Memory.from({ firstSeq: 0, messages: [userMessage('Rome?')] });
    const run = async () => {
      for await (const _event of runner.run(agent, memory, { turn: 1, step: 1 }));
    };

    await expect(run()).rejects.toThrow(
      new OutputError("`/` must have required property 'celsius'."),
    );
    expect(memory.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    model.assertComplete();
  });

  test('fails at the first such answer where the model was told to conclude: no budget is left', async () => {
    const { runner, model } = start(textResponse('Sunny.'), textResponse(rome));
    const overrun = { name: 'steps', limit: 1, spent: 1 } as const;
    const inputs = [userMessage('Rome?'), toConclusion('turn', overrun)];

    await expect(runner.getResponse(agent, inputs)).rejects.toThrow(
      new OutputError('It is not JSON.'),
    );
    expect(model.requests).toHaveLength(1);
  });

  test('may be left after the first such answer and goes on elsewhere: Memory knows', async () => {
    const first = start(textResponse('Sunny.'));
    const memory = Memory.from({ firstSeq: 0, messages: [userMessage('Rome?')] });
    for await (const event of first.runner.run(agent, memory, { turn: 1, step: 1 })) {
      if (event.type === 'step_finished') break;
    }
    const carried = JSON.parse(JSON.stringify(memory.snapshot())) as ReturnType<Memory['snapshot']>;

    expect(memory.messages).toHaveLength(3);
    const next = start(textResponse('Rainy.'));
    const events = next.runner.run(agent, Memory.from(carried), { turn: 1, step: 2 });

    await expect(events.next()).resolves.toMatchObject({ value: { type: 'partial' } });
    await expect(drain(events)).rejects.toThrow(OutputError);
  });

  test('the next turn may send one back again', async () => {
    const { runner } = start(
      textResponse('Sunny.'),
      textResponse(rome),
      textResponse('Rainy.'),
      textResponse(rome),
    );
    const first = await runner.getResponse(agent, [userMessage('Rome?')]);
    const second = await runner.getResponse(agent, [...first.messages, userMessage('Again?')]);

    expect(second.output).toEqual({ city: 'Rome', celsius: 30 });
    expect(second.messages).toHaveLength(8);
  });

  test('tool calls in between are none of it', async () => {
    const tool = {
      name: 'look',
      description: '',
      inputSchema: { type: 'object' },
      execute: () => Promise.resolve({ content: [text('30 degrees')] }),
    };
    const model = new ScriptedModel([
      textResponse('Let me see.'),
      toolCallResponse([{ name: 'look' }], { content: 'I look.' }),
      textResponse(rome),
    ]);
    const runner = new AgentRunner({ model: withOutputCheck(model), tools: [tool] });

    const result = await runner.getResponse({ ...agent, tools: [tool] }, [userMessage('Rome?')]);

    expect(result.output).toEqual({ city: 'Rome', celsius: 30 });
    expect(result.messages).toHaveLength(6);
  });

  test.each(['length', 'refusal', 'content_filter', 'other'] as const)(
    'an answer that ended by %s is a result as it is, without a value',
    async (finishReason) => {
      const { runner } = start(textResponse('{"city":"Ro', { finishReason }));

      const result = await runner.getResponse(agent, [userMessage('Rome?')]);

      expect(result).not.toHaveProperty('output');
      expect(result.response).not.toHaveProperty('outputProblem');
      expect(result.content).toBe('{"city":"Ro');
    },
  );

  test('without a step left to answer again it ends as any other that took too many', async () => {
    const { runner } = start(textResponse('Sunny.'));

    await expect(
      runner.getResponse({ ...agent, limits: { maxSteps: 1 } }, [userMessage('Rome?')]),
    ).rejects.toThrow(new StepLimitError(1));
  });

  test('of a model whose answers nobody checks is refused', async () => {
    const runner = new AgentRunner({ model: new ScriptedModel([textResponse(rome)]) });

    await expect(runner.getResponse(agent, [userMessage('Rome?')])).rejects.toThrow(
      new TypeError(
        "Agent `clerk` has an `output`, but nobody checks its model's answers. Give the runner `withOutputCheck(model)`.",
      ),
    );
  });
});

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _event of events);
}
