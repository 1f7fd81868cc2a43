/**
 * A worker's cache may hold a branch that never became history: its sink runs before the server has accepted the
 * workflow task. Worker A takes a message in and stalls past the workflow task's timeout; B does the task again, with
 * another message before the first; attempt 1 of the model call fails on B, attempt 2 runs on A, whose cache holds a
 * transcript of exactly the right length. The control, a cache that believes length, shows what would be sent.
 */
import type { Pointer, TranscriptEntry } from '../../activities/contract';
import { toDemoRequest } from '../../activities/models/demo-format';
import { ScriptedModel, textResponse } from '../../activities/models/scripted-model';
import type { ScriptedRequest } from '../../activities/models/scripted-model';
import { TranscriptCache } from '../../activities/transcript-cache';
import { Transcripts } from '../../activities/transcripts';
import { defineAgent } from '../../agent/define-agent';
import { sha256Hex } from '../../agent/digest';
import { ModelError } from '../../agent/errors';
import type { ModelResponse } from '../../agent/model';
import type { AgentWorkflowInput } from '../../workflows/contract';
import * as contract from '../../workflows/contract';
import { eventually } from '../support/eventually';
import { cleanUpAfterEach } from '../support/cleanup';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const atEnd = cleanUpAfterEach();
const agent = defineAgent({ name: 'clerk', model: 'scripted', instructions: 'Be brief.' });
const overloaded = new ModelError({
  provider: 'scripted',
  kind: 'overloaded',
  message: 'Busy.',
  retryable: true,
});

/** Believes whatever has the right length. */
class LengthIsProof extends TranscriptCache {
  protected override isProven(digest: string | undefined, _pointer: Pointer): boolean {
    return digest !== undefined;
  }
}

/** Holds the workflow task up once the cache has what the sink brought. */
class StallingTranscripts extends Transcripts {
  private stall: Promise<void> | undefined;
  private release: () => void = () => undefined;
  private reached: () => void = () => undefined;

  /** The next append stalls; resolves when it does. */
  stallNext(): Promise<void> {
    this.stall = new Promise((resolve) => (this.release = resolve));
    return new Promise((resolve) => (this.reached = resolve));
  }

  goOn(): void {
    this.stall = undefined;
    this.release();
  }

  override append(key: string, epoch: number, entries: readonly TranscriptEntry[]): Promise<void> {
    super.append(key, epoch, entries);
    if (this.stall) this.reached();
    return this.stall ?? Promise.resolve();
  }
}

/** @returns how to stop it; after the test it is stopped in any case. */
async function startWorker(
  model: ScriptedModel,
  options: { readonly taskQueue: string; readonly transcripts?: Transcripts },
): Promise<() => Promise<void>> {
  const { stop } = await testWorker({
    agents: [agent],
    models: { scripted: model },
    ...options,
    // Stopping is how a worker takes no more; what it has, it ends in its own time.
    workerOptions: { shutdownGraceTime: '20s', shutdownForceTime: '30s' },
  });
  let stopping: Promise<void> | undefined;
  const stopOnce = () => (stopping ??= stop());
  atEnd(stopOnce);
  return stopOnce;
}

function contents({ inputs }: ScriptedRequest): readonly unknown[] {
  return inputs.map(({ content }) => content);
}

function promptDigest({ agent: asked, inputs }: ScriptedRequest): string {
  return sha256Hex(JSON.stringify(toDemoRequest(asked, inputs)));
}

/** The experiment, with `cacheOfA`. */
async function retryOnTheStalledWorker(cacheOfA: TranscriptCache) {
  const taskQueue = newTaskQueue();
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const memoryOfA = new StallingTranscripts(cacheOfA);
  const modelOfA = new ScriptedModel([
    textResponse('Hello.'),
    textResponse('Heard.'),
    textResponse('Heard, too.'),
  ]);
  const startA = () => startWorker(modelOfA, { taskQueue, transcripts: memoryOfA });
  let failAttempt1 = () => undefined as void;
  const attempt1Failed = new Promise<void>((resolve) => (failAttempt1 = resolve));
  const modelOfB = new ScriptedModel([() => attempt1Failed.then(() => overloaded)]);
  const id = `clerk-${taskQueue}`;

  // A answers a first turn and knows the conversation.
  const stopA = await startA();
  await client.temporal.workflow.start(contract.agentWorkflowType, {
    workflowId: id,
    taskQueue,
    workflowTaskTimeout: '1s',
    args: [{ agent: 'clerk' } satisfies AgentWorkflowInput],
  });
  await client.ask(id, 'Hello?');

  // A takes the next message in, and stalls before its task is accepted. It polls no more.
  const stalled = memoryOfA.stallNext();
  const sent = client.send(id, 'From the branch that never was.', { messageId: 'update' });
  atEnd(() => memoryOfA.goOn());
  await stalled;
  const staleBranch = cacheOfA.prefix(`default/${id}`, {
    epoch: 0,
    length: Number.MAX_SAFE_INTEGER,
    digest: '',
    agentHash: '',
  });
  const stoppedA = stopA();

  // A signal stands in history before the update that B is given again.
  await client.temporal.workflow.getHandle(id).signal(contract.userMessage, {
    messageId: 'signal',
    message: { role: 'user', content: 'From history.' },
  });
  const stopB = await startWorker(modelOfB, { taskQueue });
  await sent;
  await eventually(() => modelOfB.requests.length === 1);
  memoryOfA.goOn();
  await stoppedA;

  // Attempt 1 fails on B, which takes no more; attempt 2 runs where A's cache is.
  const stoppedB = stopB();
  await startA();
  failAttempt1();
  await stoppedB;
  await eventually(() => modelOfA.requests.length >= 2);
  const answers = await eventually(async () => {
    const messages = await client.allMessages(id);
    return messages.length >= 4 && messages;
  });
  const state = await client.state(id);
  return {
    attempt1: modelOfB.requests[0]!,
    attempt2: modelOfA.requests[1]!,
    response: answers[3]!.message as ModelResponse,
    staleBranch: staleBranch.map(({ message }) => message),
    turns: state.turns,
  };
}

test('attempt 2 on a worker that holds a branch that never was sends what attempt 1 sent', async () => {
  const { attempt1, attempt2, response, staleBranch, turns } = await retryOnTheStalledWorker(
    new TranscriptCache(),
  );

  expect(staleBranch.map(({ content }) => content)).toEqual([
    'Hello?',
    'Hello.',
    'From the branch that never was.',
  ]);
  expect(contents(attempt1)).toEqual(['Hello?', 'Hello.', 'From history.']);
  expect(JSON.stringify(attempt2)).toBe(JSON.stringify(attempt1));
  expect(response.promptDigest).toBe(promptDigest(attempt1));
  expect(turns.slice(0, 2)).toMatchObject([
    { turn: 1, status: 'answered' },
    { turn: 2, status: 'answered', messageIds: ['signal'] },
  ]);
});

test('with a cache that believes length, attempt 2 sends the branch that never was', async () => {
  const { attempt1, attempt2, response, staleBranch } = await retryOnTheStalledWorker(
    new LengthIsProof(),
  );

  expect(contents(attempt1)).toEqual(['Hello?', 'Hello.', 'From history.']);
  expect(attempt2.inputs).toEqual(staleBranch);
  expect(contents(attempt2)).toEqual(['Hello?', 'Hello.', 'From the branch that never was.']);
  expect(response.promptDigest).not.toBe(promptDigest(attempt1));
});
