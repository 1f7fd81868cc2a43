/**
 * Pieces of an answer that is still being generated, on their way past history to whoever watches. Previews: every
 * channel may drop some of them, and the durable message that ends the step always wins.
 */

/** Whose answer it is. */
export interface DeltaConversation {
  readonly namespace: string;
  readonly id: string;
}

/** Where a delta belongs. */
export interface DeltaSource {
  readonly turn: number;
  readonly step: number;
  /** A new attempt starts the answer anew: what was shown of an earlier one is to be dropped. */
  readonly attempt: number;
  /**
   * The model call, see `callName`: a step may have several, each with attempts of its own. Absent where an older worker
   * writes.
   */
  readonly call?: string | undefined;
}

/** What a model has just said. */
export interface DeltaPiece {
  /** The next piece of the answer; often none. */
  readonly text?: string | undefined;
  /** The next piece of its reasoning. */
  readonly thinking?: string | undefined;
  /** Of the prompt that this attempt sent, once it is known. */
  readonly promptDigest?: string | undefined;
}

/** Characters of a longer text. `offset` is where they begin in it, in UTF-16 units. */
export interface TextSpan {
  readonly offset: number;
  readonly text: string;
}

/**
 * A span of a step's text, and one of its reasoning where there is any: on heartbeats everything so far (or its end),
 * elsewhere what is new. A reader that is behind `offset` shows a gap; one that is ahead of it knows the beginning.
 */
export interface DeltaSnapshot extends DeltaSource, TextSpan {
  readonly thinking?: TextSpan;
  /** Of the prompt that this attempt sent, once it is known. */
  readonly promptDigest?: string;
}

/** The worker's end for one attempt. Nothing of it waits, throws or fails the model's call. */
export interface DeltaWriter {
  write(piece: DeltaPiece): void;
  /** What every heartbeat of this attempt is to carry. */
  readonly details: DeltaSnapshot;
  /** Nothing follows: what is still held back may go. */
  end(): void;
}

export interface DeltaAttempt {
  readonly conversation: DeltaConversation;
  readonly source: DeltaSource;
  /** `details` has changed in a way that a reader waits for: a heartbeat is wanted soon. */
  readonly onDetails: () => void;
}

/** The worker's end. */
export interface DeltaChannel {
  /** One writer for each attempt. */
  open(attempt: DeltaAttempt): DeltaWriter;
  /** Lets go of connections; what is opened afterwards makes them anew. */
  close(): Promise<void>;
}

/** The watcher's end: one for a process, however many conversations it watches. */
export interface DeltaReader {
  /**
   * Pieces as they come, beginning with what is there now of the newest attempt (it may be of a step that is over).
   * They come in the order in which they were written; those of an attempt that another one has followed do not come any more.
   * Ends when `signal` aborts, or with `close`. A channel that is away is no error: previews can be spared.
   */
  read(conversation: DeltaConversation, signal: AbortSignal): AsyncIterable<DeltaSnapshot>;
  close(): Promise<void>;
}
