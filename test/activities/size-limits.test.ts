/** Each limit, at the last byte that fits and at the first that does not. */
import { ApplicationFailure } from '@temporalio/common';
import type { ExecuteToolInput, PinnedAgent } from '../../activities/contract';
import { createActivities } from '../../activities/create-activities';
import { toModelFailure, toToolFailure } from '../../activities/failures';
import { ScriptedModel, textResponse } from '../../activities/models/scripted-model';
import { TranscriptCache } from '../../activities/transcript-cache';
import { Transcripts } from '../../activities/transcripts';
import { defineAgent } from '../../agent/define-agent';
import { ModelError, ToolError } from '../../agent/errors';
import type { JsonSchema } from '../../agent/json';
import { jsonBytes } from '../../agent/json';
import { contentToText, text, userMessage } from '../../agent/messages';
import type { ModelBase } from '../../agent/model';
import { shortenResult } from '../../agent/shorten-result';
import {
  agentLimitBytes,
  answerLimitBytes,
  errorLimitBytes,
  resultLimits,
  structuredAnswerLimitBytes,
} from '../../agent/size-limits';
import type { Tool, ToolResult } from '../../agent/tool';
import { toolStateLimitBytes } from '../../agent/tool';
import { TestActivity, failureOf } from '../support/activity';
import { FakeConversation, pin } from '../support/fake-conversation';

const mebibyte = 1024 * 1024;

/** What the server takes is 2 MiB a payload. */
test('the limits leave room for what stands beside a value', () => {
  expect([answerLimitBytes, structuredAnswerLimitBytes, agentLimitBytes]).toEqual([
    1_048_576, 786_432, 524_288,
  ]);
  expect(2 * structuredAnswerLimitBytes).toBeLessThan(1.75 * mebibyte);
});

function activitiesWith({ tool, model }: { tool?: Tool; model?: ModelBase } = {}) {
  const transcripts = new Transcripts(new TranscriptCache());
  const activities = createActivities({
    agents: [defineAgent({ name: 'a', model: 'm', instructions: '', tools: tool ? [tool] : [] })],
    execution: { modelTimeoutMs: 1, heartbeatTimeoutMs: 1, maxAttempts: 1, firstRetryDelayMs: 1 },
    modelForName: () => model ?? new ScriptedModel([]),
    transcripts,
  });
  return { activities, transcripts };
}

describe('a model’s answer', () => {
  const object: JsonSchema = { type: 'object' };

  test.each([
    ['of any text', undefined, answerLimitBytes, (length: number) => 'x'.repeat(length)],
    [
      'that is structured',
      object,
      structuredAnswerLimitBytes,
      (length: number) => `{"a":"${'x'.repeat(length)}"}`,
    ],
  ])('%s', async (_what, output, limitBytes, contentOf) => {
    const answer = async (length: number) => {
      const model = new ScriptedModel([textResponse(contentOf(length))]);
      const { activities, transcripts } = activitiesWith({ model });
      const agent = {
        name: 'a',
        model: 'm',
        instructions: '',
        tools: [],
        ...(output && { output }),
      };
      const pinned = pin(agent);
      transcripts.pin(pinned);
      const conversation = new FakeConversation({ sink: transcripts, pinned });
      const pointer = conversation.publish(userMessage('Write.'));
      const activity = new TestActivity({ conversation });
      return activity.run(() => activities.getResponse({ pointer, turn: 1, step: 1 }));
    };
    const rest = jsonBytes(await answer(1)) - 1;

    expect(jsonBytes(await answer(limitBytes - rest))).toBe(limitBytes);
    expect(await failureOf(answer(limitBytes - rest + 1))).toMatchObject({
      type: 'AnswerTooLarge',
      message: `The answer of \`m\` is larger than ${limitBytes.toLocaleString('en')} bytes of JSON. Ask for less at a time.`,
      nonRetryable: true,
    });
  });
});

test('an agent with its tools', async () => {
  const { activities } = activitiesWith();
  const resolve = (length: number): Promise<PinnedAgent> => {
    const agent = { name: 'b', model: 'm', instructions: 'x'.repeat(length), tools: [] };
    return new TestActivity().run(() => activities.resolveAgent({ agent }));
  };
  const rest = jsonBytes((await resolve(1)).agent) - 1;

  expect(jsonBytes((await resolve(agentLimitBytes - rest)).agent)).toBe(agentLimitBytes);
  expect(await failureOf(resolve(agentLimitBytes - rest + 1))).toMatchObject({
    type: 'AgentTooLarge',
    message:
      'Agent `b` with the definitions of its 0 tools is larger than 524,288 bytes of JSON. Shorten its instructions or give it fewer tools.',
    nonRetryable: true,
  });
});

describe('a tool’s result', () => {
  function run(make: () => ToolResult, input: Partial<ExecuteToolInput> = {}): Promise<ToolResult> {
    const tool: Tool = {
      name: 'cat',
      description: 'Reads.',
      inputSchema: { type: 'object' },
      execute: () => Promise.resolve(make()),
    };
    const { activities } = activitiesWith({ tool });
    const call = { tool: 'cat', callId: 't1s1c0', idempotencyKey: 'k', arguments: {} };
    return new TestActivity().run(() => activities.executeTool({ ...call, ...input }));
  }
  const ofText = (value: string): ToolResult => ({ content: [text(value)] });
  const { keptBytes, textBytes, mediaBytes } = resultLimits();
  const most = keptBytes - jsonBytes(ofText(''));

  test('is kept whole up to 1 MiB of JSON; of more, beginning and end, and the reason', async () => {
    const whole = ofText('x'.repeat(most));
    const short = await run(() => ofText(`${'x'.repeat(most)}y`));

    expect(jsonBytes(whole)).toBe(mebibyte);
    expect(await run(() => whole)).toEqual(whole);
    const [reason = '', head = '', note = '', tail = ''] = short.content.map((block) =>
      contentToText([block]),
    );
    expect(reason).toBe(
      'ResultTooLarge: `cat` was executed, but its result has 1048577 bytes of JSON, and at most 1048576 are kept. What is left out below is lost. Ask for less at a time.',
    );
    expect([head.slice(0, 3), tail.slice(-3)]).toEqual(['xxx', 'xxy']);
    expect(note).toMatch(
      /^\[… \d+ of the \d+ bytes of the result of `t1s1c0` are left out here, and were not kept …\]$/,
    );
    // Nothing more is taken from it on its way to the model.
    const shortening = { callId: 't1s1c0', rest: 'kept', textBytes, mediaBytes } as const;
    expect(shortenResult(short, shortening)).toBe(short);
    expect(Buffer.byteLength(contentToText(short.content))).toBeGreaterThan(textBytes - 300);
  });

  test('is kept to the limits that its call was given', async () => {
    const limits = resultLimits({}, 128);
    const fits = ofText('x'.repeat(limits.keptBytes - jsonBytes(ofText(''))));
    const short = await run(() => ofText('x'.repeat(limits.keptBytes)), { limits });

    expect(await run(() => fits, { limits })).toEqual(fits);
    expect(contentToText(short.content)).toMatch(/^ResultTooLarge: /);
    expect(Buffer.byteLength(contentToText(short.content))).toBeLessThanOrEqual(limits.textBytes);
  });

  test.each<readonly [string, ToolResult]>([
    ['characters of six bytes each', ofText('\u0001'.repeat(mebibyte))],
    [
      'one image',
      { content: [{ type: 'image', mimeType: 'image/png', data: 'A'.repeat(2 * mebibyte) }] },
    ],
    [
      'many images',
      {
        content: Array.from({ length: 4_000 }, () => ({
          type: 'image' as const,
          mimeType: 'image/png',
          data: 'A'.repeat(300),
        })),
      },
    ],
    [
      'a value beside a short text',
      { content: [text('ok')], structuredContent: { a: 'x'.repeat(mebibyte) } },
    ],
    ['empty blocks', { content: Array.from({ length: 60_000 }, () => text('')) }],
    [
      'many links',
      {
        content: Array.from({ length: 20_000 }, (_, index) => ({
          type: 'resource_link' as const,
          uri: `file:///${index}`,
          name: `file ${index}`,
        })),
      },
    ],
    ['an error', { ...ofText('x'.repeat(2 * mebibyte)), isError: true, state: 'stays' }],
  ])('that is too large because of %s fits when it is kept', async (_what, result) => {
    const kept = await run(() => result);

    expect(jsonBytes(result)).toBeGreaterThan(keptBytes);
    expect(jsonBytes(kept)).toBeLessThanOrEqual(keptBytes);
    expect(kept.content[0]).toEqual(text(expect.stringMatching(/^ResultTooLarge: /) as string));
    expect([kept.isError, kept.state]).toEqual([result.isError, result.state]);
  });

  test('that says no at length is kept to the same limit', async () => {
    const kept = await run(() => {
      throw new ToolError('x'.repeat(2 * mebibyte));
    });

    expect(kept.isError).toBe(true);
    expect(jsonBytes(kept)).toBeLessThan(keptBytes);
  });

  test('has a state of at most 16 KiB, whoever made the tool', async () => {
    const state = 'x'.repeat(toolStateLimitBytes - 2);

    expect(await run(() => ({ content: [], state }))).toEqual({ content: [], state });
    expect(await failureOf(run(() => ({ content: [], state: `${state}x` })))).toMatchObject({
      type: 'StateTooLarge',
      message: 'The `state` that `cat` returned has 16385 bytes of JSON; the limit is 16384.',
      nonRetryable: true,
    });
  });
});

describe('an error’s message', () => {
  const [fits, tooLong] = ['x'.repeat(errorLimitBytes - 2), 'x'.repeat(errorLimitBytes - 1)];
  const fields = { provider: 'openai', kind: 'server', retryable: true } as const;

  test.each([
    ['of a tool', (message: string) => toToolFailure(new Error(message))],
    ['of a model', (message: string) => toModelFailure(new ModelError({ ...fields, message }))],
    ['of anything else', (message: string) => toModelFailure(new Error(message))],
    [
      'that was made for the server already',
      (message: string) => toToolFailure(ApplicationFailure.nonRetryable(message, 'Own')),
    ],
  ])('%s is cut above 4 KiB', (_what, toFailure) => {
    const failure = toFailure(`${'x'.repeat(5 * mebibyte)}`);

    expect(toFailure(fits).message).toBe(fits);
    expect(jsonBytes(toFailure(tooLong).message)).toBeLessThanOrEqual(errorLimitBytes);
    expect(failure.message).toMatch(/^x{4000,}…$/);
    const told = [failure.stack, failure.details, failure.cause?.message, failure.cause?.stack];
    expect(jsonBytes(told)).toBeLessThan(20_000);
  });

  test('with details too large for any server goes on without them', () => {
    const own = ApplicationFailure.create({
      message: 'No.',
      type: 'Own',
      details: ['x'.repeat(mebibyte)],
      nextRetryDelay: 7,
    });

    expect(toToolFailure(own)).toMatchObject({ message: 'No.', type: 'Own', nextRetryDelay: 7 });
    expect(jsonBytes(toToolFailure(own).details ?? [])).toBeLessThan(10);
  });
});
