/** One contender in a process of its own, so that its CPU time and its memory are nobody else's. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { contenderFile, processMain, streamReader } from './compiled';
import type { ContenderName } from './contenders/contract';
import type { Assignment, Figures, Report, WorkerRequest } from './contenders/process-contract';

export interface WorkerProcess {
  figures(): Promise<Figures>;
  /** After collecting the garbage of all its threads. */
  figuresOfHeld(): Promise<Figures>;
  stop(): Promise<void>;
}

/** Does one thing and ends. */
export async function runOnce<Type extends Report['type']>(
  name: ContenderName,
  assignment: Assignment,
  type: Type,
): Promise<Extract<Report, { type: Type }>> {
  const child = spawn(name, assignment);
  const report = await child.next(type);
  await child.ended;
  return report;
}

/** A worker that polls when this returns. */
export async function spawnWorker(
  name: ContenderName,
  assignment: Extract<Assignment, { role: 'worker' }>,
): Promise<WorkerProcess> {
  const child = spawn(name, assignment);
  const ask = async (request: WorkerRequest): Promise<Figures> => {
    if (!child.process.connected) throw new Error(`The worker of ${name} is gone.`);
    const answer = child.next('figures');
    child.process.send(request);
    return (await answer).figures;
  };
  await child.next('ready');
  return {
    figures: () => ask('figures'),
    figuresOfHeld: () => ask('collectGarbage'),
    async stop() {
      if (child.process.connected) child.process.send('stop');
      const timer = setTimeout(() => child.process.kill('SIGKILL'), stopTimeoutMs);
      await child.ended;
      clearTimeout(timer);
    },
  };
}

const stopTimeoutMs = 15_000;
/** Of standard error; a worker that dies says why in its last lines. */
const keptCharacters = 4_000;

interface Spawned {
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  next<Type extends Report['type']>(type: Type): Promise<Extract<Report, { type: Type }>>;
}

function spawn(name: ContenderName, assignment: Assignment): Spawned {
  const child = fork(processMain, [contenderFile(name), JSON.stringify(assignment)], {
    env: { ...process.env, BENCH_STREAM_READER: streamReader },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: (process.env.BENCH_WORKER_FLAGS ?? '').split(' ').filter(Boolean),
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-keptCharacters);
  });
  // A message to a process that has just ended; whoever waits for the answer hears that it has.
  child.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    process: child,
    ended,
    async next(type) {
      const gone = ended.then(() => {
        throw new Error(`The ${assignment.role} process of ${name} ended. ${errors}`);
      });
      for (;;) {
        const [report] = (await Promise.race([once(child, 'message'), gone])) as [Report];
        if (isOfType(report, type)) return report;
      }
    },
  };
}

function isOfType<Type extends Report['type']>(
  report: Report,
  type: Type,
): report is Extract<Report, { type: Type }> {
  return report.type === type;
}
