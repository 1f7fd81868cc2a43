/** A worker that has room for two conversations has two hundred to serve. */
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import { TranscriptCache } from '../../activities/transcript-cache';
import { Transcripts } from '../../activities/transcripts';
import type { ReActAgent } from '../../agent/agent';
import type { AgentResponseMessage } from '../../agent/agent-messages';
import { defineAgent } from '../../agent/define-agent';
import { contentToText } from '../../agent/messages';
import type { Message, StreamEvent } from '../../agent/model';
import { ModelBase, complete } from '../../agent/model';
import { readEnvironment } from '../../workers/environment';
import { cleanUpAfterEach } from '../support/cleanup';
import { spawnScript } from '../support/processes';
import { newTaskQueue, testAddress, testBundle, testClient, testWorker } from '../support/temporal';

const atEnd = cleanUpAfterEach();

const conversations = 200;
/** So many are in the middle of something at once. */
const atOnce = 8;

const locker = defineTool({
  name: 'locker',
  description: 'What is in a locker.',
  input: z.object({ number: z.number() }),
  annotations: { readOnlyHint: true },
  execute: ({ number }) => `Locker ${number} holds ${treasureOf(number)}.`,
});

function treasureOf(number: number): string {
  return `${number * 7919} coins`;
}

/** Opens the locker that the user names; then it says what it saw, all of it. */
class Witness extends ModelBase {
  /** What each call was asked with, by the number of the locker. */
  readonly seen = new Map<number, (readonly string[])[]>();

  override async *streamResponse(
    _agent: ReActAgent,
    inputs: readonly Message[],
  ): AsyncGenerator<StreamEvent> {
    const texts = inputs.map(textOf);
    const number = Number(/locker (\d+)/.exec(texts[0]!)?.[1]);
    this.seen.set(number, [...(this.seen.get(number) ?? []), texts]);
    yield complete(
      inputs.length === 1
        ? toolCallResponse([{ name: 'locker', arguments: { number } }])
        : textResponse(answerTo(texts)),
    );
  }
}

function textOf(message: Message): string {
  const calls = message.role === 'assistant' ? message.toolCalls : [];
  return `${contentToText(message.content)}${calls.map(({ name }) => `→ ${name}`).join()}`;
}

function answerTo(texts: readonly string[]): string {
  return `I saw: ${texts.join(' | ')}`;
}

/** What the two calls of a conversation must have been asked with. */
function promptsOf(number: number): readonly (readonly string[])[] {
  const first = [`Open locker ${number}.`];
  return [first, [...first, '→ locker', `Locker ${number} holds ${treasureOf(number)}.`]];
}

test('it serves them all, each with its own messages, and asks for what it had no room for', async () => {
  const taskQueue = newTaskQueue();
  const witness = new Witness();
  // Room for some first messages, and for no transcript that holds a tool's result.
  const transcripts = new Transcripts(new TranscriptCache({ limitBytes: 300 }));
  const { worker, stop } = await testWorker({
    agents: [defineAgent({ name: 'warden', model: 'witness', instructions: '', tools: [locker] })],
    models: { witness },
    taskQueue,
    transcripts,
    // Who waits for one of two places is slow, and not lost.
    execution: { heartbeatTimeoutMs: 10_000, firstRetryDelayMs: 100 },
    environment: readEnvironment({
      HOLDFAST_MAX_CACHED_WORKFLOWS: '2',
      HOLDFAST_SHUTDOWN_GRACE_MS: '200',
    }),
  });
  atEnd(stop);
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const numbers = Array.from({ length: conversations }, (_, index) => index + 1);
  const waiting = [...numbers];
  const answers = new Map<number, string>();

  const serve = async () => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      const message = `Open locker ${number}.`;
      const { id } = await client.start({ agent: 'warden', message, mode: 'task' });
      const answer = (await client.temporal.workflow.result(id)) as AgentResponseMessage;
      answers.set(number, answer.content);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, serve));

  expect(worker.options.maxCachedWorkflows).toBe(2);
  for (const number of numbers) {
    const prompts = promptsOf(number);
    expect(witness.seen.get(number)).toEqual(prompts);
    expect(answers.get(number)).toBe(answerTo(prompts[1]!));
  }
  const { hits, misses } = transcripts.counts;
  expect(hits + misses).toBeGreaterThanOrEqual(2 * conversations);
  // Each second prompt at least.
  expect(misses).toBeGreaterThanOrEqual(conversations);
}, 240_000);

test('a worker says in its first line how much it keeps, and who decided', async () => {
  const worker = spawnScript('client/main.ts', ['worker'], {
    environment: {
      TEMPORAL_ADDRESS: testAddress(),
      HOLDFAST_TASK_QUEUE: newTaskQueue(),
      HOLDFAST_WORKFLOW_BUNDLE: testBundle().codePath,
      HOLDFAST_MAX_CACHED_WORKFLOWS: '7',
      HOLDFAST_SHUTDOWN_GRACE_MS: '200',
      NODE_OPTIONS: '--max-old-space-size=600',
    },
  });
  atEnd(() => {
    worker.kill('SIGTERM');
    return worker.ended.then(() => undefined);
  });

  const [line] = await worker.waitFor(/^.*\n/, 60_000);

  // V8 adds its young generation to the 600 MiB, and an eighth of the sum is for transcripts.
  expect(line).toMatch(
    / · keeps 7 conversations \(by HOLDFAST_MAX_CACHED_WORKFLOWS\) and (7[5-9]|8\d) MiB of transcripts \(by its heap of 6\d\d MiB\)\n$/,
  );
});
