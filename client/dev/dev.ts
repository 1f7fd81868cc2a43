/** Everything from one command: a Temporal server, a supervised worker and a chat, three processes. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import pc from 'picocolors';
import { type DevServer, startDevServer } from '../../workers/dev-server';
import { readEnvironment } from '../../workers/environment';
import { loadConfig } from '../../workers/load-config';
import { AgentClient } from '../agent-client';
import { runChat } from '../chat/chat';
import { SupervisedWorker } from './supervised-worker';

export interface DevOptions {
  readonly folder: string;
  /** @default the config's first agent */
  readonly agent: string | undefined;
  readonly json: boolean;
}

/** So that a killed worker is felt at once. What the environment says wins. */
const devEnvironment = {
  HOLDFAST_HEARTBEAT_TIMEOUT_MS: '2000',
  HOLDFAST_FIRST_RETRY_DELAY_MS: '200',
  HOLDFAST_SHUTDOWN_GRACE_MS: '500',
};

/** The package comes with a bundle. */
const runsFromSource = __filename.endsWith('.ts');

const startCommand = runsFromSource ? 'npm start --' : 'npx holdfast dev';

const builtInQuestion = 'What is 17 * 23?';

export async function runDev({ folder, agent, json }: DevOptions): Promise<void> {
  const config = await loadConfig(folder);
  const report = (line: string) => void process.stderr.write(`${pc.dim(line)}\n`);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  // A second Ctrl-C ends us on the spot. A terminal that is closed says so more than once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop);
  process.on('SIGHUP', stop);
  // Of a terminal that was closed; whoever reads our output may be gone too. Unheard, it would end us on the spot.
  for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', stop);
  if (process.env.npm_lifecycle_event) whenOrphaned(stop);
  const server = await startDevServer({
    folder,
    environment: process.env,
    report,
    signal: stopping.signal,
  });
  try {
    await withWorker({ folder, server, signal: stopping.signal }, async (worker, pid) => {
      const client = await AgentClient.connect({
        address: server.address,
        namespace: server.namespace,
        taskQueue: readEnvironment().HOLDFAST_TASK_QUEUE,
      });
      try {
        await runChat({
          client,
          agentOrId: agent ?? config.agents[0]!.name,
          builtInQuestion,
          json,
          introduce: (id) => introduction({ server, id, pid, file: config.file }),
          pageOf: (id) => pageOf(server, id),
          // The server and the worker end with us.
          comeBackBy: (id) => `${startCommand} ${id}`,
          onReady: (notifyAtPrompt) => worker.tell(notifyAtPrompt),
          signal: stopping.signal,
        });
      } finally {
        await client.disconnect();
      }
    });
  } finally {
    await server.stop();
  }
}

/** `npm start` hands SIGTERM to its shell, which ends without a word to us. */
function whenOrphaned(stop: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 500);
  timer.unref();
}

interface WorkerScope {
  readonly folder: string;
  readonly server: DevServer;
  readonly signal: AbortSignal;
}

interface TellingWorker {
  /** Where lines about the worker go. */
  tell(notifyAtPrompt: (line: string) => void): void;
}

/** Runs a worker while `work` goes on, and stops it when that is over or the process is told to end. */
async function withWorker(
  { folder, server, signal }: WorkerScope,
  work: (worker: TellingWorker, pid: number) => Promise<void>,
): Promise<void> {
  let notifyAtPrompt: (line: string) => void = () => undefined;
  const logFile = path.join(folder, '.holdfast', 'worker.log');
  // Made by the first worker and used by those that take its place; never by those of another start.
  const bundleFile = path.join(folder, '.holdfast', 'workflow-bundle.js');
  await rm(bundleFile, { force: true });
  const worker = new SupervisedWorker({
    command: [process.execPath, ...process.execArgv, process.argv[1]!, 'worker'],
    folder,
    environment: {
      ...devEnvironment,
      ...(runsFromSource && { HOLDFAST_WORKFLOW_BUNDLE: bundleFile }),
      ...process.env,
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: server.namespace,
    },
    logFile,
    onReplaced: (lostPid, pid) =>
      notifyAtPrompt(`worker ${lostPid} lost · worker ${pid} took its place`),
    onGivenUp: (lastLine) =>
      process.stderr.write(
        `The worker keeps dying and is not started again: ${lastLine} (all of it: ${logFile})\n`,
      ),
  });
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    const pid = await Promise.race([worker.start(), interrupted]);
    if (pid === undefined) return;
    await Promise.race([work({ tell: (next) => (notifyAtPrompt = next) }, pid), interrupted]);
  } finally {
    await worker.stop();
  }
}

function introduction(facts: {
  server: DevServer;
  id: string;
  pid: number;
  file: string | undefined;
}): readonly string[] {
  const { server, id, pid, file } = facts;
  const page = pageOf(server, id);
  return [
    file ? `agents of ${file}` : 'no holdfast.config.ts here: the built-in demo agent talks',
    ...(page ? [`see it run: ${page}`] : []),
    `worker ${pid} · kill -9 it while it answers`,
  ];
}

/** Where the Temporal UI shows a conversation. */
function pageOf({ uiAddress, namespace }: DevServer, id: string): string | undefined {
  return uiAddress ? `${uiAddress}/namespaces/${namespace}/workflows/${id}` : undefined;
}
