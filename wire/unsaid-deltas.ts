/** Heartbeat details without text: for attempts whose deltas go elsewhere, or nowhere. */
import type {
  DeltaChannel,
  DeltaPiece,
  DeltaSnapshot,
  DeltaSource,
  DeltaWriter,
} from './delta-channel';

export class UnsaidDeltas implements DeltaWriter {
  private promptDigest: string | undefined;

  constructor(private readonly source: DeltaSource) {}

  get details(): DeltaSnapshot {
    const { source, promptDigest } = this;
    return { ...source, offset: 0, text: '', ...(promptDigest && { promptDigest }) };
  }

  write({ promptDigest }: DeltaPiece): void {
    this.promptDigest ??= promptDigest;
  }

  end(): void {
    // Nothing is held back.
  }
}

/** Nobody is told anything before it is durable. */
export const noDeltas: DeltaChannel = {
  open: ({ source }) => new UnsaidDeltas(source),
  close: () => Promise.resolve(),
};
