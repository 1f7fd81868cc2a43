/**
 * Kills the worker while the model answers, and again while a tool runs; then proves from the history that nothing
 * was lost or doubled. `npm run demo:crash`
 */
import path from 'node:path';
import pc from 'picocolors';
import { AgentClient } from '../client/agent-client';
import { describeError } from '../client/commands/describe';
import { SupervisedWorker } from '../client/dev/supervised-worker';
import { drawTimeline } from '../client/draw-timeline';
import { type Timeline, countsOf, readTimeline } from '../client/timeline';
import { startDevServer } from '../workers/dev-server';

const folder = process.cwd();
const taskQueue = `demo-crash-${process.pid}`;

async function main(): Promise<void> {
  const report = (line: string) => process.stderr.write(`${pc.dim(line)}\n`);
  const server = await startDevServer({ folder, environment: process.env, report });
  const worker = supervise(server.address, server.namespace);
  try {
    const pid = await worker.start();
    const { address, namespace, uiAddress } = server;
    const client = await AgentClient.connect({ address, namespace, taskQueue });
    try {
      const { id } = await client.start({ agent: 'demo' });
      say(`conversation ${id}, worker ${pid}`);
      const firstPrompt = await killWhileTheModelAnswers(client, worker, id);
      await killWhileAToolRuns(client, worker, id);
      const timeline = await readTimeline(client.temporal, id);
      const width = process.stdout.columns ?? 100;
      say('', ...drawTimeline(timeline, { width, colour: pc.isColorSupported }), '');
      prove(timeline, firstPrompt);
      if (uiAddress) say(pc.dim(`${uiAddress}/namespaces/${namespace}/workflows/${id}`));
    } finally {
      await client.disconnect();
    }
  } finally {
    await worker.stop();
    await server.stop();
  }
}

function supervise(address: string, namespace: string): SupervisedWorker {
  return new SupervisedWorker({
    command: [process.execPath, ...process.execArgv, require.resolve('../client/main'), 'worker'],
    folder,
    environment: {
      ...process.env,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      HOLDFAST_TASK_QUEUE: taskQueue,
      HOLDFAST_HEARTBEAT_TIMEOUT_MS: '2000',
      HOLDFAST_FIRST_RETRY_DELAY_MS: '200',
      HOLDFAST_SHUTDOWN_GRACE_MS: '500',
    },
    logFile: path.join(folder, '.holdfast', 'worker.log'),
    onReplaced: (lostPid, pid) =>
      say(pc.yellow(`  worker ${lostPid} is dead, worker ${pid} took its place`)),
    onGivenUp: (lastLine) => say(pc.red(`  the worker keeps dying: ${lastLine}`)),
  });
}

const wordsBeforeTheKill = 30;

/** @returns the digest of the prompt that the killed attempt had sent, as its last heartbeat told. */
async function killWhileTheModelAnswers(
  client: AgentClient,
  worker: SupervisedWorker,
  id: string,
): Promise<string> {
  let words = 0;
  let firstPrompt: string | undefined;
  say(pc.bold('you › tell me a story'));
  for await (const event of client.stream(id, { message: 'tell me a story' })) {
    switch (event.type) {
      case 'partial':
        words += event.content.split(' ').length;
        if (firstPrompt !== undefined || words < wordsBeforeTheKill) break;
        firstPrompt = (await client.describe(id)).pending[0]?.deltas?.promptDigest ?? '';
        kill(worker, `${words} words into the answer`);
        break;
      case 'attempt':
        say(pc.yellow(`  attempt ${event.attempt} of the model call begins`));
        break;
      case 'complete':
        say(`agent › ${event.content.slice(0, 70)}… (${event.content.split(/\s+/).length} words)`);
        break;
      default:
    }
  }
  return firstPrompt ?? '';
}

async function killWhileAToolRuns(
  client: AgentClient,
  worker: SupervisedWorker,
  id: string,
): Promise<void> {
  let isKilled = false;
  say(pc.bold('you › wait 4 seconds'));
  for await (const event of client.stream(id, { message: 'wait 4 seconds' })) {
    switch (event.type) {
      case 'attempt':
        say(pc.yellow(`  attempt ${event.attempt} of the tool call begins`));
        break;
      case 'tool_started':
        // It takes four seconds.
        if (!isKilled) kill(worker, 'while the tool runs');
        isKilled = true;
        break;
      case 'complete':
        say(`agent › ${event.content}`);
        break;
      default:
    }
  }
}

/** @throws Error when something is lost or doubled. */
function prove(timeline: Timeline, firstPrompt: string): void {
  const { userMessages, toolCalls, toolResults, answers } = countsOf(timeline);
  const [story, wait] = timeline.turns;
  const think = story?.steps[0]?.think;
  const act = wait?.steps[0]?.act[0];
  const secondPrompt = think?.promptDigest ?? '';
  const facts: readonly (readonly [boolean, string])[] = [
    [userMessages === 2, `2 messages were sent, ${userMessages} are there`],
    [toolCalls === 1 && toolResults === 1, `${toolCalls} tool call, ${toolResults} result`],
    [answers === 2, `2 questions, ${answers} answers`],
    [think?.attempts === 2, `the model call took ${think?.attempts} attempts`],
    [act?.attempts === 2, `the tool call took ${act?.attempts} attempts`],
    [
      firstPrompt !== '' && firstPrompt === secondPrompt,
      `attempt 1 sent prompt ${firstPrompt.slice(0, 12)}… (its heartbeat), attempt 2 sent ${secondPrompt.slice(0, 12)}… (history)`,
    ],
  ];
  for (const [holds, fact] of facts) say(`${holds ? pc.green('✓') : pc.red('✗')} ${fact}`);
  if (!facts.every(([holds]) => holds)) throw new Error('Something was lost or doubled.');
}

function kill({ pid }: SupervisedWorker, when: string): void {
  if (pid === undefined) return;
  say(pc.yellow(`  kill -9 ${pid}, ${when}`));
  process.kill(pid, 'SIGKILL');
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
});
