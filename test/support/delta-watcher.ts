/** Reads deltas as a viewer would show them, and checks that each stands where it says. */
import type { DeltaConversation, DeltaReader, DeltaSnapshot } from '../../wire/delta-channel';

/** What is shown of one attempt. */
export interface Shown {
  readonly attempt: string;
  /** Where what is shown begins: the characters before it were not told. */
  from: number;
  text: string;
  thinking: string;
}

export class DeltaWatcher {
  /** Of each attempt, in the order in which they were first told. */
  readonly shown: Shown[] = [];
  /** How often the text had a hole (then what is shown begins behind it), or went back to an attempt that was over. */
  faults = 0;
  hasEnded = false;
  private readonly abort = new AbortController();
  private readonly listeners = new Set<() => void>();
  private readonly reading: Promise<void>;

  constructor(reader: DeltaReader, conversation: DeltaConversation) {
    this.reading = this.watch(reader.read(conversation, this.abort.signal));
  }

  get last(): Shown {
    const shown = this.shown.at(-1);
    if (!shown) throw new Error('Nothing is shown.');
    return shown;
  }

  /** Waits until what is shown of the last attempt satisfies `matches`. */
  async until(matches: (shown: Shown) => boolean): Promise<Shown> {
    const isReached = (): boolean => {
      const shown = this.shown.at(-1);
      return shown !== undefined && matches(shown);
    };
    while (!isReached()) {
      if (this.hasEnded) throw new Error('The deltas have ended.');
      await new Promise<void>((resolve) => this.listeners.add(resolve));
    }
    return this.last;
  }

  async leave(): Promise<void> {
    this.abort.abort();
    await this.reading;
  }

  /** Ends with what is read. */
  get ended(): Promise<void> {
    return this.reading;
  }

  private async watch(snapshots: AsyncIterable<DeltaSnapshot>): Promise<void> {
    for await (const snapshot of snapshots) {
      this.show(snapshot);
      this.tell();
    }
    this.hasEnded = true;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }

  private show({ turn, step, attempt, offset, text, thinking }: DeltaSnapshot): void {
    const name = `${turn}/${step}/${attempt}`;
    let shown = this.shown.at(-1);
    if (shown?.attempt !== name) {
      if (this.shown.some((earlier) => earlier.attempt === name)) this.faults += 1;
      shown = { attempt: name, from: offset, text: '', thinking: '' };
      this.shown.push(shown);
    }
    const end = shown.from + shown.text.length;
    if (offset > end) {
      this.faults += 1;
      shown.from = offset;
      shown.text = text;
    } else if (offset + text.length > end) shown.text += text.slice(Math.max(0, end - offset));
    if (!thinking) return;
    const known = shown.thinking.length;
    if (thinking.offset + thinking.text.length > known)
      shown.thinking += thinking.text.slice(Math.max(0, known - thinking.offset));
  }
}
