/** A long conversation, turn by turn, with a short turn of the bare loop after each: the machine may get slower meanwhile. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentClient } from '../client/agent-client';
import { DeadlineError } from '../client/errors';
import type { Transcript } from '../client/transcript';
import type { BenchEnvironment } from './environment';
import { type LongHistory, readLongHistory } from './long-history';
import { type LongTalk, questionOf, readerName } from './long-script';
import { differencesFrom } from './long-transcript';
import { startTurn } from './turns';
import { type WorkerProcess, spawnBenchWorker } from './worker-process';

export interface LongRun {
  readonly talk: LongTalk;
  readonly history: LongHistory;
  readonly turns: readonly TurnFigures[];
  readonly compactions: number;
  /** What the worker holds, garbage collected. */
  readonly residentBytes: { readonly begin: number; readonly end: number };
  /** Questions for the state that had no answer within their 5 s. */
  readonly unanswered: number;
  /** What the transcript has otherwise than the script. */
  readonly differences: readonly string[];
  readonly messages: number;
  readonly transcriptMs: number;
}

export interface TurnFigures {
  /** Of the worker, per step. */
  readonly cpuMs: number;
  /** Wall per step of the bare loop afterwards. */
  readonly bareMs: number;
}

export interface LongRunOptions {
  readonly client: AgentClient;
  readonly environment: BenchEnvironment;
  readonly talk: LongTalk;
  readonly progress: (line: string) => void;
}

const bareSteps = 15;
const pollMs = 250;
const progressMs = 5_000;

export async function runLong(options: LongRunOptions): Promise<LongRun> {
  const { client, talk, progress } = options;
  const [holdfast, bare] = [await spawn(options, 'holdfast'), await spawn(options, 'bare')];
  try {
    const begin = (await holdfast.process.figuresOfHeld()).residentBytes;
    const { workflowId: id, firstExecutionRunId } = await startConversation(client, holdfast);
    const talking = { ...options, id, holdfast: holdfast.process, bare };
    const { turns, unanswered } = await talkThrough(talking);
    const { compactions } = await client.state(id);
    const end = (await holdfast.process.figuresOfHeld()).residentBytes;
    progress('reading the transcript …');
    const startedAt = performance.now();
    const transcript: Transcript = await client.transcript(id);
    const transcriptMs = performance.now() - startedAt;
    return {
      talk,
      history: await readLongHistory(client.temporal, { id, firstRunId: firstExecutionRunId }),
      turns,
      compactions,
      unanswered,
      residentBytes: { begin, end },
      differences: differencesFrom(talk, transcript, compactions),
      messages: transcript.messages.length,
      transcriptMs,
    };
  } finally {
    await holdfast.process.stop();
    await bare.process.stop();
  }
}

interface Spawned {
  readonly process: WorkerProcess;
  readonly taskQueue: string;
}

async function spawn(
  { environment: { address, bundles }, talk }: LongRunOptions,
  subject: 'holdfast' | 'bare',
): Promise<Spawned> {
  const taskQueue = `long-${subject}-${randomUUID().slice(0, 8)}`;
  const bundle = bundles[subject];
  const isBare = subject === 'bare';
  const steps = isBare ? [bareSteps] : [];
  const options = { address, taskQueue, bundle, steps, ...(!isBare && { longTalk: talk }) };
  return { process: await spawnBenchWorker(subject, options), taskQueue };
}

function startConversation({ temporal }: AgentClient, { taskQueue }: Spawned) {
  const workflowId = `long-${randomUUID().slice(0, 8)}`;
  const args = [{ agent: readerName }];
  return temporal.workflow.start('agentWorkflow', { workflowId, taskQueue, args });
}

interface Talking extends LongRunOptions {
  readonly id: string;
  readonly holdfast: WorkerProcess;
  readonly bare: Spawned;
}

async function talkThrough(options: Talking): Promise<Pick<LongRun, 'turns' | 'unanswered'>> {
  const { client, talk, id, holdfast, bare } = options;
  const { stepsOfTurn } = talk;
  const report = createProgress(options);
  const turns: TurnFigures[] = [];
  let unanswered = 0;
  let cpuBefore = (await holdfast.figures()).cpuMicroseconds;
  for (let turn = 1; turn <= talk.turns; turn++) {
    const messageId = `m${turn}`;
    await client.send(id, questionOf(talk, turn), { messageId });
    for (;;) {
      const state = await client.state(id, messageId).catch((error: unknown) => {
        if (error instanceof DeadlineError) return undefined;
        throw error;
      });
      if (!state) unanswered += 1;
      else {
        const { message, step, compactions } = state;
        await report((turn - 1) * stepsOfTurn + step, compactions);
        if (message?.status === 'answered') break;
        if (message?.status === 'failed')
          throw new Error(`Turn ${turn}: ${JSON.stringify(message)}`);
      }
      await sleep(pollMs);
    }
    const cpu = (await holdfast.figures()).cpuMicroseconds;
    const startedAt = performance.now();
    const { taskQueue } = bare;
    await (await startTurn(client, 'bare', { steps: bareSteps, taskQueue })).result();
    turns.push({
      cpuMs: (cpu - cpuBefore) / 1_000 / stepsOfTurn,
      bareMs: (performance.now() - startedAt) / bareSteps,
    });
    cpuBefore = cpu;
  }
  return { turns, unanswered };
}

/** Every few seconds: how far it is, and how fast since the last time. */
function createProgress({ client, id, talk, progress }: Talking) {
  const runs = new Set<string>();
  const steps = talk.turns * talk.stepsOfTurn;
  let last = { at: performance.now(), step: 0 };
  return async (step: number, compactions: number): Promise<void> => {
    const seconds = (performance.now() - last.at) / 1_000;
    if (seconds * 1_000 < progressMs) return;
    runs.add((await client.temporal.workflow.getHandle(id).describe()).runId);
    const pace = ((step - last.step) / seconds).toFixed(0);
    progress(
      `step ${step} of ${steps}, run ${runs.size} or later, ${compactions} compactions, ${pace} steps/s`,
    );
    last = { at: performance.now(), step };
  };
}
