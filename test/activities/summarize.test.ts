import type { SummarizeInput } from '../../activities/contract';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import type { ScriptedAnswer } from '../../activities/models/scripted-model';
import type { Prices } from '../../activities/prices';
import { createSummarize } from '../../activities/summarize';
import { TranscriptCache } from '../../activities/transcript-cache';
import { Transcripts } from '../../activities/transcripts';
import type { ReActAgent } from '../../agent/agent';
import { ModelError } from '../../agent/errors';
import { jsonBytes } from '../../agent/json';
import { text, toolResponse, userMessage } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import { summaryLimitBytes, summaryRequest, toSummarising } from '../../agent/summary';
import type { ActivityOptions } from '../support/activity';
import { TestActivity, failureOf } from '../support/activity';
import { FakeConversation, pin } from '../support/fake-conversation';

const look = { name: 'look', description: 'Looks.', inputSchema: {} };
const clerk: ReActAgent = {
  name: 'clerk',
  model: 'scripted',
  instructions: 'Be brief.',
  tools: [look],
  limits: { contextWindow: 32_000 },
};
const asked = toolCallResponse([{ name: 'look', id: 'a', providerId: 'p1' }]);
const talk: readonly Message[] = [
  userMessage('Look around.'),
  asked,
  toolResponse(asked.toolCalls[0]!, { content: [text(`A door. ${'x'.repeat(6_000)}`)] }),
  textResponse('I see a door.'),
  userMessage('And now?'),
];

const dollar: Prices = { costUsd: () => 1 };

interface Options extends Pick<ActivityOptions, 'attempt' | 'heartbeatDetails'> {
  readonly agent?: ReActAgent;
}

/** A worker that knows the conversation, asked for a summary of its first four messages. */
function newWorker(
  answers: readonly ScriptedAnswer[],
  { agent = clerk, ...options }: Options = {},
) {
  const model = new ScriptedModel(answers);
  const pinned = pin(agent);
  const transcripts = new Transcripts(new TranscriptCache());
  transcripts.pin(pinned);
  const conversation = new FakeConversation({ sink: transcripts, pinned });
  conversation.publish(...talk.slice(0, 4));
  const pointer = conversation.publish();
  conversation.publish(talk[4]!);
  const summarize = createSummarize({ transcripts, modelForName: () => model, prices: dollar });
  const activity = new TestActivity({ ...options, conversation });
  return {
    model,
    activity,
    call: (input: Partial<SummarizeInput> = {}): Promise<ModelResponse> =>
      activity.run(summarize, { pointer, turn: 1, step: 3, ...input }),
  };
}

const usage = { inputTokens: 1_000, outputTokens: 50 };
const written = textResponse('[from tool look] A door.', { usage });

test('the model is sent what it knows already, up to the cut, and asked for a summary', async () => {
  const { model, call } = newWorker([written]);

  expect(await call()).toMatchObject({ ...written, costUsd: 1, promptDigest: expect.any(String) });
  expect(model.requests).toEqual([
    {
      agent: toSummarising(clerk, true),
      inputs: JSON.parse(JSON.stringify([...talk.slice(0, 4), summaryRequest(32_000)])) as unknown,
    },
  ]);
});

test('what cannot be sent whole is sent in part: every message is there, the longest texts are not', async () => {
  const { model, call } = newWorker([written]);
  await call({ limitTokens: 600 });

  const { inputs } = model.requests[0]!;
  expect(inputs).toHaveLength(5);
  expect(jsonBytes(inputs.slice(0, 4))).toBeLessThan(1_800);
  expect(JSON.stringify(inputs[2])).toMatch(/A door\. x+.*characters are left out here.*x+/s);
  expect(inputs[3]).toEqual(talk[3]);
});

test('a summary that is far too long is cut', async () => {
  const { call } = newWorker([textResponse('word '.repeat(100_000))]);

  expect(jsonBytes((await call()).content)).toBeLessThanOrEqual(summaryLimitBytes(32_000));
});

test('a summary that reached a limit of tokens is one', async () => {
  const { call } = newWorker([textResponse('A door and', { finishReason: 'length' })]);

  expect((await call()).content).toBe('A door and');
});

describe('an answer that is no summary', () => {
  test.each([
    ['ended with `refusal`', textResponse('No.', { finishReason: 'refusal', usage })],
    ['ended with `stop`', textResponse(' ', { usage })],
  ])('%s: it is asked for again, and is paid for', async (what, answer) => {
    const { call, activity } = newWorker([answer]);
    const failure = await failureOf(call());

    expect(failure).toMatchObject({ type: 'NoSummary', nonRetryable: false });
    expect(failure.message).toContain(what);
    const spent = { attempts: 1, usage, costUsd: 1 };
    expect(failure.details).toEqual([{ spent }]);
    expect(activity.heartbeats.at(-1)).toEqual({ spent });
  });

  test('called a tool: the next time tools are forbidden, and the first is on the bill', async () => {
    const looks = toolCallResponse([{ name: 'look' }], { usage, content: 'I look.' });
    const first = newWorker([looks]);
    expect((await failureOf(first.call())).message).toContain('called a tool');
    const heartbeatDetails = first.activity.heartbeats.at(-1);
    const spent = { attempts: 1, usage, costUsd: 1 };
    const { model, call } = newWorker([written], { attempt: 2, heartbeatDetails });

    expect(await call()).toMatchObject({ failedAttempts: spent });
    expect(model.requests[0]!.agent.settings).toEqual({ toolChoice: 'none' });
  });
});

test('a second attempt after a lost worker asks for the same', async () => {
  const [first, second] = [newWorker([written]), newWorker([written], { attempt: 2 })];
  await first.call();
  await second.call();

  expect(second.model.requests).toEqual(first.model.requests);
});

test('a prompt that is too long for one request says so by its type, and is not tried again', async () => {
  const error = new ModelError({
    provider: 'openai',
    kind: 'context_length',
    message: 'Too long.',
    retryable: false,
  });
  const failure = await failureOf(newWorker([error]).call());

  expect(failure).toMatchObject({ type: 'ModelError.context_length', nonRetryable: true });
});

test('a worker that shuts down hands it to another', async () => {
  const { activity, call } = newWorker([written]);
  activity.stop({ workerShutdown: true });

  expect(await failureOf(call())).toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
});
