import type { ExecuteToolInput } from '../../activities/contract';
import { inlineLimitBytes } from '../../activities/contract';
import { createExecuteTool } from '../../activities/execute-tool';
import { toolCallResponse } from '../../activities/models/scripted-model';
import { TranscriptCache } from '../../activities/transcript-cache';
import { Transcripts } from '../../activities/transcripts';
import { ToolError } from '../../agent/errors';
import type { JsonObject } from '../../agent/json';
import { jsonBytes } from '../../agent/json';
import { text, toolResponse, userMessage } from '../../agent/messages';
import type { Tool, ToolContext, ToolResult } from '../../agent/tool';
import { TestActivity, failureOf, stops, thrownBy } from '../support/activity';
import { FakeConversation } from '../support/fake-conversation';

const long = 'x'.repeat(2 * inlineLimitBytes);

interface Call {
  readonly toolArguments: JsonObject;
  readonly context: ToolContext;
}

/** A tool named `note` that keeps its calls and does `what`. */
class NoteTool implements Tool {
  readonly name = 'note';
  readonly description = 'Takes a note.';
  readonly inputSchema = { type: 'object' };
  readonly calls: Call[] = [];

  constructor(
    private readonly what: (context: ToolContext) => ToolResult | Promise<ToolResult> = () => ({
      content: [text('Noted.')],
    }),
  ) {}

  async execute(toolArguments: JsonObject, context: ToolContext): Promise<ToolResult> {
    this.calls.push({ toolArguments, context });
    return this.what(context);
  }
}

function newWorker(
  tool: Tool = new NoteTool(),
  options: { attempt?: number; sees?: boolean } = {},
) {
  const transcripts = new Transcripts(new TranscriptCache());
  const conversation = new FakeConversation({
    sink: options.sees === false ? { append: () => undefined } : transcripts,
  });
  const activity = new TestActivity({ attempt: options.attempt ?? 1, conversation });
  const executeTool = createExecuteTool({ transcripts, tools: new Map([[tool.name, tool]]) });
  return {
    activity,
    conversation,
    transcripts,
    call: (input: Partial<ExecuteToolInput> = {}) =>
      activity.run(executeTool, {
        tool: 'note',
        callId: 't1s1c0',
        idempotencyKey: 'a key',
        arguments: { note: 'short' },
        ...input,
      }),
  };
}

test('a tool gets its arguments, ids, attempt and signal, and its result is passed on whole', async () => {
  const result: ToolResult = {
    content: [text('Noted.')],
    structuredContent: { notes: 1 },
    state: { notes: ['short'] },
  };
  const tool = new NoteTool(() => result);
  const { call, activity, transcripts } = newWorker(tool, { attempt: 3 });

  expect(await call()).toEqual(result);
  expect(tool.calls).toEqual([
    {
      toolArguments: { note: 'short' },
      context: {
        callId: 't1s1c0',
        idempotencyKey: 'a key',
        attempt: 3,
        signal: activity.context.cancellationSignal,
        state: undefined,
        shownBytes: 65_536,
        resultOf: expect.any(Function) as ToolContext['resultOf'],
      },
    },
  ]);
  expect(activity.handles).toEqual([]);
  expect(transcripts.counts).toEqual({ hits: 0, misses: 0 });
});

describe('what a tool says is a result, what breaks is a failure', () => {
  test('a tool that says no in its result', async () => {
    const no: ToolResult = { content: [text('No such file.')], isError: true };

    expect(await newWorker(new NoteTool(() => no)).call()).toEqual(no);
  });

  test('a tool that says no by throwing a ToolError, of whatever copy of the code', async () => {
    const foreign = Object.assign(new Error('No such file.'), { name: 'ToolError' });
    for (const error of [new ToolError('No such file.'), foreign]) {
      const tool = new NoteTool(() => {
        throw error;
      });

      expect(await newWorker(tool).call()).toEqual({
        content: [text('No such file.')],
        isError: true,
      });
    }
  });

  test('a result that is nested too deep to be stored is refused here, not in every workflow task', async () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 3_000; level++) deep = { deep };
    const { call } = newWorker(new NoteTool(() => ({ content: [], structuredContent: deep })));
    const failure = await failureOf(call());
    expect(failure).toMatchObject({ type: 'TooDeep', nonRetryable: true });
    expect(failure.message).toBe('The result of `note` is nested deeper than 64 levels.');
  });

  test('a tool whose world fails is to be tried again', async () => {
    const tool = new NoteTool(() => {
      throw new Error('The disk is full.');
    });

    expect(await failureOf(newWorker(tool).call())).toMatchObject({
      type: 'ToolFailed',
      message: 'The disk is full.',
      nonRetryable: false,
    });
  });

  test('a request that the tool gave up itself is no cancellation of the call', async () => {
    const tool = new NoteTool(() => {
      throw new DOMException('The operation was aborted due to timeout', 'AbortError');
    });

    expect(await failureOf(newWorker(tool).call())).toMatchObject({
      type: 'ToolFailed',
      message: 'The operation was aborted due to timeout',
    });
  });

  test('a tool that this worker does not have may be had by another', async () => {
    expect(await failureOf(newWorker().call({ tool: 'cards' }))).toMatchObject({
      type: 'UnknownTool',
      message: 'This worker has no tool `cards`. It has: note.',
      nonRetryable: false,
    });
  });
});

describe('arguments too long for the input', () => {
  const arguments_ = { note: long };
  const response = toolCallResponse([
    { id: 't1s1c0', name: 'note', arguments: { note: `${long} of the first` } },
    { id: 't1s1c1', name: 'note', arguments: arguments_ },
  ]);

  test.each([
    { where: 'from the cache', sees: true, pages: [] },
    { where: 'from the workflow', sees: false, pages: [0] },
  ])('are read from the response that asked, $where', async ({ sees, pages }) => {
    const tool = new NoteTool();
    const { call, conversation } = newWorker(tool, { sees });
    const pointer = conversation.publish(userMessage('Note both.'), response);
    expect(jsonBytes(arguments_)).toBeGreaterThan(inlineLimitBytes);

    await call({ callId: 't1s1c1', pointer, arguments: undefined! });

    expect(tool.calls.map(({ toolArguments }) => toolArguments)).toEqual([arguments_]);
    expect(conversation.pagesFrom).toEqual(pages);
  });

  test('that are nowhere fail the call for good, and the tool is not run', async () => {
    const tool = new NoteTool();
    const { call, conversation } = newWorker(tool);
    const pointer = conversation.publish(userMessage('Note both.'), response);

    for (const input of [
      { callId: 't1s1c7', pointer },
      { callId: 't1s1c0', pointer: { ...pointer, ...conversation.publish(userMessage('More.')) } },
      { callId: 't1s1c0' },
    ]) {
      expect(await failureOf(call({ ...input, arguments: undefined! }))).toMatchObject({
        type: 'TranscriptUnavailable',
        message: `The transcript holds no call \`${input.callId}\`.`,
        nonRetryable: true,
      });
    }
    expect(tool.calls).toEqual([]);
  });

  test('that cannot be had now fail the attempt, and the tool is not run', async () => {
    const tool = new NoteTool();
    const { call, conversation } = newWorker(tool);
    const pointer = { ...conversation.publish(userMessage('Hm.'), response), digest: 'another' };

    expect(await failureOf(call({ pointer, arguments: undefined! }))).toMatchObject({
      type: 'TranscriptUnavailable',
      nonRetryable: false,
    });
    expect(tool.calls).toEqual([]);
  });
});

describe('state', () => {
  test.each([{ notes: 1 }, null, 0, '', false])(
    'that is short stands in the input: %j',
    async (value) => {
      const tool = new NoteTool();

      await newWorker(tool).call({ state: { value } });

      expect(tool.calls.map(({ context }) => context.state)).toEqual([value]);
    },
  );

  test('that is long is read from the tool’s last result that had one', async () => {
    const tool = new NoteTool();
    const { call, conversation } = newWorker(tool);
    const calls = ['note', 'note', 'other', 'note'].map((name, index) => ({
      id: `t1s1c${index}`,
      name,
    }));
    const results = [{ state: 'first' }, { state: long }, { state: 'of another' }, {}].map(
      (result, index) => toolResponse(calls[index]!, { content: [], ...result }),
    );
    const pointer = conversation.publish(
      userMessage('Note.'),
      toolCallResponse(calls),
      ...results,
      toolCallResponse([{ id: 't1s2c0', name: 'note' }]),
    );

    await call({ callId: 't1s2c0', pointer, state: { inTranscript: true } });

    expect(tool.calls).toMatchObject([
      { toolArguments: { note: 'short' }, context: { state: long } },
    ]);
  });
});

describe('stopped from outside', () => {
  const throwing = [
    new DOMException('This operation was aborted', 'AbortError'),
    new ToolError('Stopped, so no.'),
    new Error('The connection broke.'),
  ];

  describe.each(throwing)('a tool that then throws $name', (error) => {
    test.each(stops)('because $why: $failure.name', async ({ reason, failure }) => {
      const tool = new NoteTool(
        ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(error));
          }),
      );
      const { call, activity } = newWorker(tool);
      const result = thrownBy(call());
      await new Promise((resolve) => setImmediate(resolve));
      activity.stop(reason);

      expect(await result).toMatchObject(failure);
      expect(tool.calls).toHaveLength(1);
    });
  });

  test('a tool that finishes all the same has done it', async () => {
    const tool = new NoteTool(
      ({ signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve({ content: [text('Done.')] }));
        }),
    );
    const { call, activity } = newWorker(tool);
    const result = call();
    await new Promise((resolve) => setImmediate(resolve));
    activity.stop({ workerShutdown: true });

    expect(await result).toEqual({ content: [text('Done.')] });
  });
});

test('a tool at work beats, without details, and not after its end', async () => {
  const { call, activity } = newWorker(
    new NoteTool(async () => {
      await activity.heartbeat(() => activity.heartbeats.length >= 2);
      return { content: [] };
    }),
  );

  await call();
  const beats = activity.heartbeats.length;
  await new Promise((resolve) => setTimeout(resolve, 600));

  expect(activity.heartbeats).toHaveLength(beats);
  expect(new Set(activity.heartbeats)).toEqual(new Set([undefined]));
});
