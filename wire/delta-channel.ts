/** Pieces of an answer that is still being generated, on their way past history to whoever watches. */

/** Where a delta belongs. */
export interface DeltaSource {
  readonly turn: number;
  readonly step: number;
  /** A new attempt starts the answer anew: what was shown of an earlier one is to be dropped. */
  readonly attempt: number;
}

/**
 * The text of a step so far, or its end: `text` begins at `offset` characters. A reader that is behind `offset`
 * shows a gap; the durable message that ends the step always wins.
 */
export interface DeltaSnapshot extends DeltaSource {
  readonly offset: number;
  readonly text: string;
  /** Of the prompt that this attempt sent, once it is known. */
  readonly promptDigest?: string;
}

/** The worker's end: one writer per attempt. */
export interface DeltaWriter {
  write(text: string, promptDigest?: string): void;
}
