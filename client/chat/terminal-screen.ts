/** A terminal with a line that is being typed at its lower end, and rows above it that change. */
import { type Interface, createInterface, emitKeypressEvents } from 'node:readline';
import { Writable } from 'node:stream';
import { LiveRows, type Terminal } from './live-rows';
import { fit } from './wrap';

export interface TerminalScreenOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Beginnings of lines that may be meant by what is typed. */
  readonly complete: (line: string) => readonly string[];
  /** A line, or more of them where they were pasted or each but the last ended with `\`. */
  readonly onLine: (text: string) => void;
  /** Ctrl-C. */
  readonly onInterrupt: () => void;
  /** Ctrl-D, or a terminal that is gone. */
  readonly onEnd: () => void;
  /** The terminal has fewer columns than before. */
  readonly onNarrower: () => void;
  /** So many of the first rows that were drawn have scrolled off: they are out of reach. */
  readonly onOverflow: (rows: number) => void;
}

const pasteOn = '\u001b[?2004h';
const pasteOff = '\u001b[?2004l';
const heldShown = 5;

export class TerminalScreen {
  private readonly live: LiveRows;
  private readonly editor: EditorOutput;
  private readonly reader: Interface;
  /** Written at once, so that nobody sees half of it. */
  private batch: string | undefined;
  private rows: readonly string[] = [];
  private columnsBefore: number;
  private isPasting = false;
  /** Lines that wait for those that belong to them. */
  private held: readonly string[] = [];
  private isOpen = true;

  constructor(private readonly options: TerminalScreenOptions) {
    const { input, output } = options;
    this.columnsBefore = output.columns;
    this.editor = new EditorOutput(output, (text) => this.write(text), {
      onEnter: () => this.erase(),
      onResize: () => this.resized(),
    });
    const { editor } = this;
    const terminal: Terminal = {
      write: (text) => this.write(text),
      get columns() {
        return output.columns;
      },
      get rows() {
        return output.rows;
      },
    };
    const cursorRow = () => (this.editor.isOpen ? this.reader.getCursorPos().rows : 0);
    this.live = new LiveRows(terminal, {
      get cursorRow() {
        return cursorRow();
      },
      show: () => this.showEditor(),
    });
    emitKeypressEvents(input);
    input.on('keypress', this.onKey);
    this.reader = createInterface({
      input,
      output: editor,
      terminal: true,
      completer: (line: string) => this.complete(line),
    });
    this.reader.on('line', (line) => this.takeLine(line));
    this.reader.on('SIGINT', options.onInterrupt);
    // A terminal that was closed fails again at `close()`, which is under way.
    this.reader.on('error', options.onEnd);
    this.reader.on('close', options.onEnd);
    output.write(pasteOn);
    this.showEditor();
  }

  /** Columns that a row may have: one is left free, for a full row makes terminals differ. */
  get width(): number {
    return Math.max(10, this.options.output.columns - 1);
  }

  /** Rows that may change, as many as stay in reach. */
  get height(): number {
    return Math.max(1, this.live.reach - this.heldRows().length);
  }

  /** Whether something has been typed that was not sent. */
  get hasDraft(): boolean {
    return this.reader.line !== '' || this.held.length > 0;
  }

  /** Shows in one go what `work` changes: nobody sees the rows of one moment above the prompt of another. */
  atOnce(work: () => void): void {
    if (this.batch !== undefined) return work();
    this.batch = '';
    try {
      work();
    } finally {
      const text = this.batch;
      this.batch = undefined;
      if (text) this.options.output.write(text);
    }
  }

  setPrompt(prompt: string): void {
    if (this.reader.getPrompt() === prompt) return;
    this.reader.setPrompt(prompt);
    if (this.editor.isOpen) this.reader.prompt(true);
  }

  /** See `LiveRows.draw`. */
  draw(lasting: readonly string[], rows: readonly string[]): void {
    if (!this.isOpen) return this.write(lasting.map((row) => `${row}\n`).join(''));
    this.atOnce(() => {
      const overflow = Math.min(
        this.live.draw(lasting, [...rows, ...this.heldRows()]),
        rows.length,
      );
      this.rows = rows.slice(overflow);
      if (overflow > 0) this.options.onOverflow(overflow);
      if (!this.editor.isOpen) this.showEditor();
    });
  }

  /** The last lines of those that wait: the terminal may have fewer rows. */
  private heldRows(): readonly string[] {
    const { held } = this;
    const limit = Math.min(heldShown, Math.max(1, Math.floor(this.live.reach / 2)));
    const hidden = held.length > limit ? held.length - limit + 1 : 0;
    const shown = held.slice(hidden).map((line) => fit(`    ${line}`, this.width));
    return hidden > 0 ? [`    … ${hidden} more`, ...shown] : shown;
  }

  /** Gives the terminal back; what may change is taken off it. */
  close(): void {
    if (!this.isOpen) return;
    this.erase();
    this.isOpen = false;
    this.options.input.off('keypress', this.onKey);
    this.write(pasteOff);
    this.reader.close();
  }

  private readonly onKey = (_text: string | undefined, key: { readonly name?: string }) => {
    if (key.name === 'paste-start') this.isPasting = true;
    if (key.name === 'paste-end') this.isPasting = false;
    // The line editor would look for something to complete.
    if (key.name === 'tab' && this.isPasting) this.reader.write('    ');
  };

  private takeLine(line: string): void {
    const isContinued = line.endsWith('\\');
    if (this.isPasting || isContinued) {
      this.held = [...this.held, isContinued ? line.slice(0, -1) : line];
      this.draw([], this.rows);
      return;
    }
    const text = [...this.held, line].join('\n');
    this.held = [];
    this.options.onLine(text);
    this.draw([], this.rows);
  }

  private complete(line: string): [string[], string] {
    if (this.isPasting) return [[], line];
    const matches = this.options.complete(line);
    const common = matches.reduce(commonBeginning, matches[0] ?? '');
    if (matches.length > 1 && common === line) {
      this.draw([matches.map((match) => match.trim()).join('   ')], this.rows);
    }
    return common === '' ? [[], line] : [[common], line];
  }

  /**
   * The prompt and what has been typed, on the cursor's row. The editor goes up to where it believes its first row to
   * be: it is told first, without a word, how many rows there are, and then given them.
   */
  private showEditor(): void {
    this.editor.isOpen = false;
    this.reader.prompt(true);
    this.editor.isOpen = true;
    this.editor.write('\n'.repeat(this.reader.getCursorPos().rows));
    this.reader.prompt(true);
  }

  private erase(): void {
    this.live.erase();
    this.editor.isOpen = false;
  }

  private resized(): void {
    const isNarrower = this.options.output.columns < this.columnsBefore;
    this.columnsBefore = this.options.output.columns;
    if (!isNarrower) return;
    this.live.settle();
    this.options.onNarrower();
  }

  private write(text: string): void {
    if (this.batch === undefined) this.options.output.write(text);
    else this.batch += text;
  }
}

function commonBeginning(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return one.slice(0, length);
}

/** The terminal, as the line editor sees it: where the cursor is at home is decided by somebody else. */
class EditorOutput extends Writable {
  isOpen = false;

  constructor(
    private readonly terminal: NodeJS.WriteStream,
    private readonly show: (text: string) => void,
    private readonly told: { readonly onEnter: () => void; readonly onResize: () => void },
  ) {
    super({ decodeStrings: false });
    terminal.on('resize', () => {
      told.onResize();
      if (this.isOpen) this.emit('resize');
    });
  }

  get columns(): number {
    return this.terminal.columns;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    // A line is over: the editor would leave it where it stands.
    if (this.isOpen && chunk === '\r\n') this.told.onEnter();
    else if (this.isOpen) this.show(chunk);
    done();
  }
}
