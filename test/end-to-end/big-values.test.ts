/** Values too large for a prompt, a payload or a task, on the real server: shown in part, kept whole, answered by name. */
import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { readResult } from '../../activities/tools';
import { defineTool } from '../../activities/tools/define-tool';
import { defineAgent } from '../../agent/define-agent';
import type { JsonObject } from '../../agent/json';
import { jsonBytes } from '../../agent/json';
import type { ToolExecutionResultMessage } from '../../agent/messages';
import { contentToText, text } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import {
  agentLimitBytes,
  answerLimitBytes,
  callsLimit,
  defaultToolResultBytes,
  resultLimits,
} from '../../agent/size-limits';
import { isSummaryRequest } from '../../agent/summary';
import type { AgentClient } from '../../client/agent-client';
import { DeadlineError, WorkerCannotProcessError } from '../../client/errors';
import { fetchHistory } from '../../client/fetch-history';
import { describeRun } from '../../client/timeline';
import { transcriptToMarkdown } from '../../client/transcript';
import { inlineLimitBytes } from '../../activities/contract';
import { newTaskQueue, testBundle, testClient, testWorker } from '../support/temporal';

const megabyte = 1_000_000;
const noise = randomBytes(4 * megabyte).toString('base64');
/** What the tool returned, by call. */
const returned = new Map<string, string>();

const report = defineTool({
  name: 'report',
  description: 'As many characters as wanted.',
  input: z.object({ length: z.number(), padding: z.string().optional() }),
  annotations: { readOnlyHint: true },
  execute: ({ length }, { callId }) => {
    // No codec makes it small, and no two are alike.
    const value = `${callId} ${noise}`.slice(0, length);
    returned.set(callId, value);
    return { content: [text(value)], state: 's'.repeat(inlineLimitBytes - 2) };
  },
});

/** Calls what the user writes as JSON, or says it; then it is done. */
const model = new ScriptedModel(
  Array.from({ length: 200 }, () => (_agent, inputs): ModelResponse => {
    const last = inputs.at(-1)!;
    if (isSummaryRequest(last)) return textResponse('[from user] They want reports.');
    if (last.role !== 'user') return textResponse('Done.');
    const said = contentToText(last.content);
    if (!said.startsWith('[')) return textResponse('x'.repeat(Number(said)));
    return toolCallResponse(JSON.parse(said) as { name: string; arguments: JsonObject }[]);
  }),
);
const agents = [
  defineAgent({
    name: 'clerk',
    model: 'scripted',
    instructions: 'Report.',
    tools: [report, readResult],
  }),
  defineAgent({ name: 'talker', model: 'scripted', instructions: 'x'.repeat(agentLimitBytes) }),
];
const taskQueue = newTaskQueue();
let client: AgentClient;
let stop: () => Promise<void>;

beforeAll(async () => {
  process.env.HOLDFAST_WORKFLOW_BUNDLE = testBundle().codePath;
  client = await testClient(taskQueue);
  ({ stop } = await testWorker({
    agents,
    models: { scripted: model },
    taskQueue,
    // A machine that is busy with megabytes is late with its heartbeats.
    execution: { heartbeatTimeoutMs: 20_000, firstRetryDelayMs: 100 },
  }));
});

afterAll(async () => {
  delete process.env.HOLDFAST_WORKFLOW_BUNDLE;
  await stop();
  await client.disconnect();
});

interface Call {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** However busy the machine is: the message is one, how often it is asked about. */
async function ask(id: string, content: string): Promise<void> {
  const messageId = randomUUID();
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await client.ask(id, content, { messageId });
      return;
    } catch (error) {
      const isBusy = error instanceof DeadlineError || error instanceof WorkerCannotProcessError;
      if (!isBusy || Date.now() > deadline) throw error;
    }
  }
}

/** What the model was shown of what became of these calls. */
async function call(
  id: string,
  calls: readonly Call[],
): Promise<readonly ToolExecutionResultMessage[]> {
  await ask(id, JSON.stringify(calls));
  return resultsIn(model.requests.at(-1)!.inputs).slice(-calls.length);
}

function resultsIn(messages: readonly Message[]): readonly ToolExecutionResultMessage[] {
  return messages.filter((message) => message.role === 'tool_response');
}

/** What one workflow task sent to the server to have calls made, and in which run. */
interface Outgoing {
  readonly runId: string;
  calls: number;
  bytes: number;
}

async function outgoingOf(id: string): Promise<readonly Outgoing[]> {
  const newest = await describeRun(client.temporal, id);
  const newestRunId = newest.workflowExecutionInfo?.execution?.runId ?? '';
  const tasks = new Map<string, Outgoing>();
  for await (const { runId, event } of fetchHistory(client.temporal, { id, newestRunId })) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name !== 'executeTool') continue;
    const key = `${runId}/${String(scheduled.workflowTaskCompletedEventId)}`;
    const task = tasks.get(key) ?? { runId, calls: 0, bytes: 0 };
    const payloads = [...(scheduled.input?.payloads ?? []), event.userMetadata?.summary];
    task.calls += 1;
    task.bytes += payloads.reduce((sum, payload) => sum + (payload?.data?.length ?? 0), 0);
    tasks.set(key, task);
  }
  return [...tasks.values()];
}

const reportOf = (length: number): Call => ({ name: 'report', arguments: { length } });

test('a large result is shown in part, kept whole, and read over continue-as-new and a summary', async () => {
  const { id } = await client.start({ agent: 'clerk', continueAsNewAfterEvents: 16 });
  const [atLimit] = await call(id, [reportOf(defaultToolResultBytes)]);
  const [above] = await call(id, [reportOf(defaultToolResultBytes + 1)]);
  const [large] = await call(id, [reportOf(200_000)]);
  const shown = contentToText(large!.content);
  const whole = returned.get('t3s1c0')!;

  expect(contentToText(atLimit!.content)).toBe(returned.get('t1s1c0'));
  expect(contentToText(above!.content)).toMatch(
    /\n\[… \d+ of the 65537 bytes of the result of `t2s1c0` are left out here\. /,
  );
  expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(defaultToolResultBytes);
  expect([shown.slice(0, 20), shown.slice(-20)]).toEqual([whole.slice(0, 20), whole.slice(-20)]);
  expect(large!.state).toHaveLength(inlineLimitBytes - 2);

  const said = (await client.allMessages(id)).map(({ message }) => message);
  const transcript = await client.transcript(id);
  const entry = transcript.messages.find(
    ({ whole: kept }) => kept && contentToText(kept.content) === whole,
  );
  expect(transcript.unproven).toEqual([]);
  expect(transcript.messages.map(({ message }) => message)).toEqual(said);
  expect(entry?.message).toEqual(large);
  expect(transcript.messages.filter(({ whole: kept }) => kept)).toHaveLength(2);
  expect(transcriptToMarkdown(transcript)).toMatch(
    /\n_The model was not shown these 13\d\.\d KiB:_\n/,
  );
  const prompt = await client.prompt(id, { models: { scripted: model } });
  expect(prompt).toMatchObject({ turn: 3, step: 2, verdict: 'identical' });
  expect(prompt.body).toContain(JSON.stringify(shown).slice(1, -1));

  expect((await client.compact(id)).compaction).toBe('accepted');
  let { from } = JSON.parse(/\{"callId":"t3s1c0".*?\}/.exec(shown)![0]) as { from: number };
  let read = whole.slice(0, from);
  for (let pieces = 0; pieces < 10 && read.length < whole.length; pieces++) {
    const piece = { name: 'read_result', arguments: { callId: 't3s1c0', from } };
    const [result] = await call(id, [piece]);
    const told = contentToText(result!.content);
    expect(told).toMatch(/^\[Characters \d+ to \d+ of 200000 of the result of `t3s1c0`\./);
    read += told.slice(told.indexOf('\n') + 1);
    from = read.length;
  }
  const { compactions } = await client.state(id);
  const { runs, unproven } = await client.transcript(id);
  expect(read).toBe(whole);
  expect({ compactions, unproven }).toEqual({ compactions: 1, unproven: [] });
  expect(runs).toBeGreaterThan(3);
  const [unknown] = await call(id, [{ name: 'read_result', arguments: { callId: 't3s9c0' } }]);
  expect(unknown).toMatchObject({ isError: true });
  expect(contentToText(unknown!.content)).toMatch(
    /^There is no result of a call `t3s9c0`\. The last ones: t\d+s1c0, /,
  );
});

test('of a result too large to be kept the model is told by name, and goes on', async () => {
  const { id } = await client.start({ agent: 'clerk' });
  const [result] = await call(id, [reportOf(3 * megabyte)]);

  expect(contentToText(result!.content)).toMatch(
    /^ResultTooLarge: `report` was executed, but its result has 300\d{4} bytes of JSON, and at most 1048576 are kept\./,
  );
  expect(Buffer.byteLength(contentToText(result!.content))).toBeLessThanOrEqual(
    defaultToolResultBytes,
  );
  const { messages, unproven } = await client.transcript(id);
  expect({ unproven, whole: messages.filter(({ whole }) => whole) }).toEqual({
    unproven: [],
    whole: [],
  });
});

test('an answer too large to be kept fails its turn, and the conversation lives', async () => {
  const { id } = await client.start({ agent: 'clerk' });

  const { error } = await client.ask(id, String(2 * megabyte));
  expect(error?.type).toBe('AnswerTooLarge');
  expect(error?.message).toContain(`larger than ${answerLimitBytes.toLocaleString('en')} bytes`);
  expect((await client.ask(id, String(megabyte))).content).toHaveLength(megabyte);
  const { messages, unproven } = await client.transcript(id);
  expect({ unproven, messages: messages.length }).toEqual({ unproven: [], messages: 3 });
});

test('a message or an agent that no server would take is refused by name', async () => {
  const { id } = await client.start({ agent: 'clerk' });
  const instructions = 'x'.repeat(5 * megabyte);
  const tooLarge = { name: 'a', model: 'scripted', instructions, tools: [] };

  await expect(client.send(id, instructions)).rejects.toMatchObject({ type: 'MessageTooLarge' });
  await expect(client.start({ agent: 'clerk', message: instructions })).rejects.toMatchObject({
    type: 'MessageTooLarge',
  });
  await expect(client.start({ agent: tooLarge })).rejects.toMatchObject({ type: 'AgentTooLarge' });
  await expect(client.adopt(id, { agent: tooLarge })).rejects.toMatchObject({
    type: 'AgentTooLarge',
  });
  await expect(client.adopt(id, { agent: 'talker' })).rejects.toMatchObject({
    type: 'AgentTooLarge',
  });
  await expect(client.ask('talker', 'Hello.')).rejects.toMatchObject({ type: 'AgentTooLarge' });
});

test('128 calls at once stay small on their way out, and the largest results come back', async () => {
  const { id } = await client.start({ agent: 'clerk' });
  await call(id, [reportOf(10)]);
  const { keptBytes, textBytes } = resultLimits({}, callsLimit);
  const length =
    keptBytes - jsonBytes({ content: [text('')], state: 's'.repeat(inlineLimitBytes - 2) });
  const largest = (padding: string): Call => ({ name: 'report', arguments: { length, padding } });
  const padding = 'p'.repeat(inlineLimitBytes - jsonBytes(largest('').arguments));
  const others = Array.from({ length: 1_000 - callsLimit }, () => reportOf(1));
  const results = await call(id, [
    ...Array.from({ length: callsLimit }, () => largest(padding)),
    ...others,
  ]);
  const outgoing = (await outgoingOf(id)).at(-1)!;

  // With their arguments and states inline, far below the 4 MB of a request.
  expect(outgoing.calls).toBe(callsLimit);
  expect(outgoing.bytes).toBeGreaterThan(callsLimit * 2 * inlineLimitBytes);
  expect(outgoing.bytes).toBeLessThan(512 * 1024);
  const shown = results.map(({ content }) => contentToText(content));
  for (const [index, value] of shown.slice(0, callsLimit).entries()) {
    expect(value.slice(0, 20)).toBe(returned.get(`t2s1c${index}`)?.slice(0, 20));
    expect(returned.get(`t2s1c${index}`)).toHaveLength(length);
    expect(Buffer.byteLength(value)).toBeLessThanOrEqual(textBytes);
    expect(value).toContain('are left out here');
  }
  expect(new Set(shown.slice(callsLimit))).toEqual(
    new Set([expect.stringMatching(/^TooManyCalls: /)]),
  );
  const { messages, unproven } = await client.transcript(id);
  expect(messages.filter(({ whole }) => whole)).toHaveLength(callsLimit);
  expect(unproven).toEqual([]);
  const run = await describeRun(client.temporal, id, outgoing.runId);
  const historyBytes = Number(run.workflowExecutionInfo?.historySizeBytes);
  expect(historyBytes).toBeGreaterThan(callsLimit * 0.7 * keptBytes);
  expect(historyBytes).toBeLessThan(12 * megabyte);
});
