/** What a person sees: a terminal's screen, with a program in a pseudo terminal behind it or without one. */
import { type IPty, spawn } from '@lydell/node-pty';
import { Terminal } from '@xterm/headless';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal with everything that has scrolled off it. */
export class Screen {
  private readonly terminal: Terminal;
  private written: Promise<void> = Promise.resolve();

  constructor({ columns, rows }: ScreenSize) {
    this.terminal = new Terminal({
      cols: columns,
      rows,
      scrollback: 5_000,
      allowProposedApi: true,
      convertEol: false,
    });
    // As terminals of today have it; without this, emoji were as narrow as in 2010.
    this.terminal.unicode.register({
      version: 'today',
      wcwidth: widthOf,
      charProperties: (codePoint, preceding) => {
        const width = widthOf(codePoint);
        // Bit 0: it joins the character before it. From bit 1 on: its width.
        return width === 0 && preceding !== 0 ? (preceding & 6) | 1 : width << 1;
      },
    });
    this.terminal.unicode.activeVersion = 'today';
  }

  get columns(): number {
    return this.terminal.cols;
  }

  get rows(): number {
    return this.terminal.rows;
  }

  /** As the line discipline of a terminal has it: a line feed returns the carriage too. */
  write(text: string): void {
    this.writeRaw(text.replace(/\r?\n/g, '\r\n'));
  }

  writeRaw(text: string): void {
    const before = this.written;
    this.written = new Promise((resolve) =>
      this.terminal.write(text, () => void before.then(resolve)),
    );
  }

  resize({ columns, rows }: ScreenSize): void {
    this.terminal.resize(columns, rows);
  }

  /** Resolves when everything that was written is on the screen. */
  settle(): Promise<void> {
    return this.written;
  }

  /** Lines as they were written: rows that the terminal wrapped are one. Blanks at their ends are left out. */
  lines(): readonly string[] {
    const { active } = this.terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row < active.length; row++) {
      const line = active.getLine(row)!;
      const continues = active.getLine(row + 1)?.isWrapped ?? false;
      const text = line.translateToString(!continues);
      if (line.isWrapped) lines.push(`${lines.pop()}${text}`);
      else lines.push(text);
    }
    while (lines.at(-1)?.trim() === '') lines.pop();
    return lines.map((line) => line.trimEnd());
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** The rows that are in sight now, as they stand there. */
  visibleRows(): readonly string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.rows }, (_, row) =>
      active.getLine(active.baseY + row)!.translateToString(true),
    );
  }
}

/** The columns that a character takes: none for what combines, two for emoji and the wide ones of East Asia. */
function widthOf(codePoint: number): 0 | 1 | 2 {
  const character = String.fromCodePoint(codePoint);
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) return 0;
  return /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60]$/u.test(
    character,
  )
    ? 2
    : 1;
}

export interface TerminalProgram {
  readonly pid: number;
  readonly screen: Screen;
  readonly type: (text: string) => void;
  resize(size: ScreenSize): void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** As when its window is closed. */
  readonly close: () => void;
  /** Waits until the screen's text matches. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** The exit code, or the signal's number, once it has ended. */
  readonly ended: Promise<number>;
}

/** Runs a program in a real pseudo terminal. */
export function spawnInTerminal(
  command: string,
  parameters: readonly string[],
  options: ScreenSize & {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): TerminalProgram {
  const screen = new Screen(options);
  const given = Object.entries({ ...process.env, ...options.environment });
  const pty: IPty = spawn(command, [...parameters], {
    name: 'xterm-256color',
    cols: options.columns,
    rows: options.rows,
    cwd: options.folder,
    env: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
  });
  let hasEnded = false;
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      hasEnded = true;
      resolve(signal || exitCode);
    });
  });
  pty.onData((data) => screen.writeRaw(data));
  return {
    pid: pty.pid,
    screen,
    ended,
    type: (text) => pty.write(text),
    kill: (signal) => {
      if (!hasEnded) pty.kill(signal);
    },
    // It is there, though not in the declarations.
    close: () => (pty as IPty & { destroy(): void }).destroy(),
    resize(size) {
      screen.resize(size);
      pty.resize(size.columns, size.rows);
    },
    async waitFor(pattern, timeoutMs = 30_000) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        await screen.settle();
        const match = pattern.exec(screen.text());
        if (match) return match;
        const why = hasEnded ? 'The program ended' : `${timeoutMs} ms passed`;
        if (hasEnded || Date.now() > deadline) {
          throw new Error(`${why} while waiting for ${pattern}. The screen:\n${screen.text()}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
