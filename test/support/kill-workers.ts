/** The workers of a kill run: two at all times, each a process; the dead are replaced. */
import { type Gate, type KillProxy, startKillProxy } from './kill-proxy';
import { type TestProcess, spawnScript } from './processes';

/** As the workers are told; the bounds that a recovery is measured against. */
export const heartbeatTimeoutMs = 2_000;
export const stickyTimeoutMs = 1_000;
const firstRetryDelayMs = 50;

const workersAtWork = 2;

export interface KillWorkersOptions {
  readonly address: string;
  /** File of the workflow bundle. */
  readonly bundle: string;
  readonly taskQueue: string;
  readonly ledgerUrl: string;
  /** Every call of worker `pid` to the server passes it. @default they are not looked at */
  readonly gate?: (pid: number, passing: Parameters<Gate>[0]) => ReturnType<Gate>;
  /** Besides what all of them are told. @default nothing */
  readonly environment?: Readonly<Record<string, string>>;
}

export class KillWorkers {
  private readonly workers = new Map<number, TestProcess>();
  private readonly proxies = new Map<number, KillProxy>();

  private constructor(private readonly options: KillWorkersOptions) {}

  static async start(options: KillWorkersOptions): Promise<KillWorkers> {
    const workers = new KillWorkers(options);
    await Promise.all(Array.from({ length: workersAtWork }, () => workers.add()));
    return workers;
  }

  /** @returns when the process was killed, as soon as it is gone. */
  async kill(pid: number): Promise<number> {
    const worker = this.workers.get(pid);
    if (!worker) throw new Error(`Process ${pid} is none of our workers.`);
    this.workers.delete(pid);
    const killedAtMs = Date.now();
    worker.kill('SIGKILL');
    await worker.ended;
    this.proxies.get(pid)?.close();
    return killedAtMs;
  }

  /** A worker more; resolves when it polls. */
  async add(): Promise<void> {
    const { bundle, taskQueue, ledgerUrl, gate, environment } = this.options;
    // It polls long after it has a pid.
    let pid = 0;
    const proxy = gate && (await startKillProxy(this.options.address, (call) => gate(pid, call)));
    const address = proxy?.address ?? this.options.address;
    const worker = spawnScript('test/support/kill-worker-main.ts', [], {
      environment: {
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: 'default',
        HOLDFAST_TEST_BUNDLE: bundle,
        HOLDFAST_TASK_QUEUE: taskQueue,
        KILL_LEDGER_URL: ledgerUrl,
        HOLDFAST_HEARTBEAT_TIMEOUT_MS: String(heartbeatTimeoutMs),
        HOLDFAST_STICKY_TIMEOUT_MS: String(stickyTimeoutMs),
        HOLDFAST_FIRST_RETRY_DELAY_MS: String(firstRetryDelayMs),
        HOLDFAST_MAX_ATTEMPTS: '20',
        HOLDFAST_SHUTDOWN_GRACE_MS: '200',
        ...environment,
      },
    });
    pid = worker.pid;
    if (proxy) this.proxies.set(pid, proxy);
    this.workers.set(worker.pid, worker);
    await worker.waitFor(/ready/, 60_000);
  }

  pids(): readonly number[] {
    return [...this.workers.keys()];
  }

  has(pid: number): boolean {
    return this.workers.has(pid);
  }

  async stop(): Promise<void> {
    for (const worker of this.workers.values()) {
      worker.kill('SIGTERM');
      await worker.ended;
    }
    for (const proxy of this.proxies.values()) proxy.close();
  }
}
