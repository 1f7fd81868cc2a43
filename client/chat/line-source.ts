/** Lines of input that come from a pipe. */
import { createInterface } from 'node:readline';

export interface LineSource {
  /** The next line; undefined at the end of the input. */
  next(): Promise<string | undefined>;
  /** Ends the input, whatever of it has not been read yet, and aborts `interrupted`. */
  readonly interrupt: () => void;
  readonly interrupted: AbortSignal;
  close(): void;
}

export function openLines(input: NodeJS.ReadableStream): LineSource {
  const reader = createInterface({ input });
  const lines: string[] = [];
  const interruption = new AbortController();
  let isOver = false;
  let wake: (() => void) | undefined;
  const tell = () => wake?.();
  reader.on('line', (line) => {
    lines.push(line);
    tell();
  });
  reader.on('close', () => {
    isOver = true;
    tell();
  });
  const giveUp = () => {
    lines.length = 0;
    isOver = true;
    interruption.abort();
    tell();
  };
  reader.on('error', giveUp);
  return {
    interrupted: interruption.signal,
    interrupt() {
      giveUp();
      reader.close();
    },
    async next() {
      while (lines.length === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return lines.shift();
    },
    close: () => reader.close(),
  };
}
