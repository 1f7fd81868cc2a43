import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export const MINUTE_MS = 60_000;
const STALLED_AFTER_MS = 30_000;

/** Downloads to a file, says each quarter, and gives up when nothing has come for 30 seconds. */
export async function download(options: {
  readonly url: string;
  readonly file: string;
  readonly fetch: typeof fetch;
  readonly report: (line: string) => void;
}): Promise<void> {
  const { url, file, report } = options;
  const stalled = new AbortController();
  const giveUp = () => stalled.abort(new Error(`nothing came for ${STALLED_AFTER_MS / 1000} s`));
  let timer = setTimeout(giveUp, STALLED_AFTER_MS);
  try {
    const response = await options.fetch(url, { signal: stalled.signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`);
    const totalBytes = Number(response.headers.get('content-length'));
    let receivedBytes = 0;
    let quartersSaid = 0;
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, STALLED_AFTER_MS);
        receivedBytes += chunk.length;
        const quarters = totalBytes > 0 ? Math.floor((4 * receivedBytes) / totalBytes) : 0;
        if (quarters > quartersSaid) {
          quartersSaid = quarters;
          report(`  ${25 * quarters} % of ${(totalBytes / 1e6).toFixed(0)} MB`);
        }
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), counter, createWriteStream(file));
  } finally {
    clearTimeout(timer);
  }
}

/** Programs that show no progress of their own: says that they are still at it. */
export async function withProgress<Result>(
  report: (line: string) => void,
  label: string,
  everySeconds: number,
  work: () => Promise<Result>,
): Promise<Result> {
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += everySeconds;
    report(`  ${label}: ${seconds} s`);
  }, everySeconds * 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
