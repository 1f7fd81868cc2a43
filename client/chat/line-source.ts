/** Lines of input: typed at a prompt, or read from a pipe. */
import { createInterface } from 'node:readline';

export interface LineSource {
  /** The next line; undefined at the end of the input. */
  next(): Promise<string | undefined>;
  /** Prints a line above what is being typed; nothing while an answer is shown, for that tells its own news. */
  notifyAtPrompt(line: string): void;
  close(): void;
}

export interface LineSourceOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  readonly prompt: string;
}

export function openLines({ input, output, isTerminal, prompt }: LineSourceOptions): LineSource {
  const reader = createInterface({
    input,
    output: isTerminal ? output : undefined!,
    terminal: isTerminal,
    prompt,
  });
  const lines: string[] = [];
  let isOver = false;
  let wake: (() => void) | undefined;
  let isWaiting = false;
  const tell = () => wake?.();
  reader.on('line', (line) => {
    lines.push(line);
    tell();
  });
  reader.on('close', () => {
    isOver = true;
    tell();
  });
  // Ctrl-C at the prompt ends the chat like Ctrl-D; the conversation stays.
  reader.on('SIGINT', () => reader.close());
  return {
    async next() {
      if (isTerminal && lines.length === 0 && !isOver) reader.prompt();
      isWaiting = true;
      while (lines.length === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      isWaiting = false;
      return lines.shift();
    },
    notifyAtPrompt(line) {
      if (!isTerminal || !isWaiting) return;
      output.write(`\r\u001b[K${line}\n`);
      reader.prompt(true);
    },
    close: () => reader.close(),
  };
}
