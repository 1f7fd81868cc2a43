/** Lines of input: typed at a prompt, or read from a pipe. */
import { type Interface, createInterface } from 'node:readline';
import { Writable } from 'node:stream';

export interface LineSource {
  /** The next line; undefined at the end of the input. */
  next(): Promise<string | undefined>;
  /** Prints a line above what is being typed; nothing while an answer is shown, for that tells its own news. */
  notifyAtPrompt(line: string): void;
  /** Ends the input, whatever of it has not been read yet, and aborts `interrupted`. So does Ctrl-C. */
  readonly interrupt: () => void;
  readonly interrupted: AbortSignal;
  close(): void;
}

export interface LineSourceOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WriteStream;
  readonly isTerminal: boolean;
  readonly prompt: string;
}

export function openLines({ input, output, isTerminal, prompt }: LineSourceOptions): LineSource {
  const editorOutput = new EditorOutput(output);
  const reader = createInterface({
    input,
    output: isTerminal ? editorOutput : undefined!,
    terminal: isTerminal,
    prompt,
  });
  const lines: string[] = [];
  const interruption = new AbortController();
  let isOver = false;
  let wake: (() => void) | undefined;
  const tell = () => wake?.();
  reader.on('line', (line) => {
    editorOutput.isOpen = false;
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
  const interrupt = () => {
    giveUp();
    reader.close();
  };
  // A terminal that was closed fails again at `reader.close()`, which is under way.
  reader.on('error', giveUp);
  // Ctrl-C ends the chat like Ctrl-D, but waits for no answer; the conversation stays.
  reader.on('SIGINT', interrupt);
  return {
    interrupt,
    interrupted: interruption.signal,
    async next() {
      const typedAhead = lines.shift();
      if (typedAhead !== undefined) {
        if (isTerminal) output.write(`${prompt}${typedAhead}\n`);
        return typedAhead;
      }
      if (isTerminal && !isOver) showPrompt(reader, editorOutput);
      while (lines.length === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      editorOutput.isOpen = false;
      return lines.shift();
    },
    notifyAtPrompt(line) {
      if (!editorOutput.isOpen) return;
      const { rows } = reader.getCursorPos();
      output.write(`\r${rows > 0 ? `\u001b[${rows}A` : ''}\u001b[J${line}\n`);
      showPrompt(reader, editorOutput);
    },
    close: () => reader.close(),
  };
}

/**
 * The prompt and what has been typed, on the cursor's row. The editor goes up to where it believes its first row to
 * be: it is told first, without a word, how many rows there are, and then given them.
 */
function showPrompt(reader: Interface, editorOutput: EditorOutput): void {
  editorOutput.isOpen = false;
  reader.prompt(true);
  editorOutput.isOpen = true;
  editorOutput.write('\n'.repeat(reader.getCursorPos().rows));
  reader.prompt(true);
}

/**
 * The terminal, open to the line editor at the prompt only: neither what is typed while an answer is shown nor a new
 * size of the terminal may write into the answer. What was typed is shown at the next prompt.
 */
class EditorOutput extends Writable {
  isOpen = false;

  constructor(private readonly terminal: NodeJS.WriteStream) {
    super({ decodeStrings: false });
    terminal.on('resize', () => this.isOpen && this.emit('resize'));
  }

  get columns(): number {
    return this.terminal.columns;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    if (this.isOpen) this.terminal.write(chunk);
    done();
  }
}
