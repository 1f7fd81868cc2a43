/** A connection to Redis that may come and go: whoever uses it goes on without. */
import type { Redis, RedisOptions } from 'ioredis';

export interface RedisLocation {
  /** `redis://` or, by TLS, `rediss://`, with user, password and database where there are any. It is never told. */
  readonly url: string;
  /** Told once, in one line, when Redis goes away, and again the next time that it does. @default nobody is told */
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
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 10), longestPauseMs),
} as const satisfies RedisOptions;

export class RedisConnection {
  private client: Promise<Redis> | undefined;
  private isClosed = false;

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

  async close(): Promise<void> {
    const { client } = this;
    this.isClosed = true;
    this.client = undefined;
    (await client)?.disconnect();
  }
}

async function connect({ url, onTrouble }: RedisLocation, onReady: () => void): Promise<Redis> {
  // Loaded only where it is used.
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, redisOptions);
  // As many wait for it as calls are at work.
  redis.setMaxListeners(0);
  let isAway = false;
  redis.on('error', (error: NodeJS.ErrnoException) => {
    if (!isAway) onTrouble?.(troubleOf(redis, error));
    isAway = true;
  });
  redis.on('ready', () => {
    isAway = false;
    onReady();
  });
  return redis;
}

/** Neither the address as it was given nor the error itself: both may hold the password. */
function troubleOf({ options }: Redis, { code, message }: NodeJS.ErrnoException): string {
  const where = options.path ?? `${options.host}:${options.port}`;
  return `Redis at ${where} is away (${code ?? message}): answers are not streamed until it is back. Nothing else is lost.`;
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
