/** A connection to Redis that may come and go: whoever uses it goes on without. */
import type { Redis, RedisOptions } from 'ioredis';

export interface RedisLocation {
  /** `redis://` or, by TLS, `rediss://`, with user, password and database where there are any. It is never told. */
  readonly url: string;
  /** Told once, in one line, when Redis goes away or refuses a command, and again the next time. @default nobody is told */
  readonly onTrouble?: ((line: string) => void) | undefined;
}

/** Without an answer for so long the connection counts as dead. Above the time for which a reader blocks. */
const silenceMs = 3_000;
const connectTimeoutMs = 2_000;
const longestPauseMs = 2_000;

const redisOptions = {
  // Waiting commands would pile up: whoever sends knows better what is still of use.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: connectTimeoutMs,
  socketTimeout: silenceMs,
  // Waited for even where the socket is gone already: a process would not end before.
  disconnectTimeout: 100,
  connectionName: 'holdfast',
  // The same shape of replies from every server.
  protocol: 2,
  // What was the primary is none any more: its name may lead to the one that is.
  reconnectOnError: (error: Error) => refusalOf(error) === 'READONLY',
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 10), longestPauseMs),
} as const satisfies RedisOptions;

export class RedisConnection {
  private client: Promise<Redis> | undefined;
  private isClosed = false;
  /** Since the last command that was carried out. */
  private isRefused = false;

  /** @param onReady called whenever a connection has been made. */
  constructor(
    private readonly location: RedisLocation,
    private readonly onReady: () => void = () => undefined,
  ) {}

  /** After `close`: it may be used again. */
  reopen(): void {
    this.isClosed = false;
  }

  /**
   * Connects at the first call.
   *
   * @throws Error when Redis is not there within `patienceMs`, or after `close`.
   */
  async ready(patienceMs = 1_000): Promise<Redis> {
    if (this.isClosed) throw new Error('The connection to Redis is closed.');
    const redis = await (this.client ??= connect(this.location, this.onReady));
    if (redis.status !== 'ready') await untilReady(redis, patienceMs);
    return redis;
  }

  /** As `ready`, and does `work` with it. What Redis refuses is told, and thrown like all else. */
  async use<Answer>(work: (redis: Redis) => Promise<Answer>): Promise<Answer> {
    const redis = await this.ready();
    try {
      const answer = await work(redis);
      this.isRefused = false;
      return answer;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined && !this.isRefused) {
        this.isRefused = true;
        this.location.onTrouble?.(troubleOf(redis, `refuses a command (${refusal})`));
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    const { client } = this;
    this.isClosed = true;
    this.client = undefined;
    (await client)?.disconnect();
  }
}

/** The number of the database that a URL names. @default 0 */
export function databaseOf(url: string): number {
  const [, inPath] = /^\w+:\/\/[^/?]*\/(\d+)/.exec(url) ?? [];
  const [, inQuery] = /[?&]db=(\d+)/.exec(url) ?? [];
  return Number(inPath ?? inQuery ?? 0);
}

async function connect({ url, onTrouble }: RedisLocation, onReady: () => void): Promise<Redis> {
  // Loaded only where it is used.
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, redisOptions);
  // As many wait for it as calls are at work.
  redis.setMaxListeners(0);
  let isAway = false;
  redis.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (!isAway) onTrouble?.(troubleOf(redis, `is away (${code ?? message})`));
    isAway = true;
  });
  redis.on('ready', () => {
    isAway = false;
    onReady();
  });
  return redis;
}

/** The kind of error that Redis answered with, which is its first word: the others may say what was sent. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return /^[A-Z]+\b/.exec(error.message)?.[0] ?? 'ERR';
}

/** Neither the address as it was given nor the error itself: both may hold the password. */
function troubleOf({ options }: Redis, what: string): string {
  const where = options.path ?? `${options.host}:${options.port}`;
  return `Redis at ${where} ${what}: answers are not streamed until it is back. Nothing else is lost.`;
}

async function untilReady(redis: Redis, patienceMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onReady = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      redis.off('ready', onReady);
      reject(new Error('Redis is away.'));
    }, patienceMs);
    timer.unref();
    redis.once('ready', onReady);
  });
}
