/**
 * The default delta channel: heartbeat details, read by describing the workflow. No infrastructure and no history.
 * Details over 2 MiB would fail the attempt for ever, and the last attempt's details enter history when it times
 * out; so they hold the text up to `textLimitBytes`, and beyond that its tail.
 */
import type { DeltaSnapshot, DeltaSource, DeltaWriter } from './delta-channel';

export const textLimitBytes = 64 * 1024;
/** A UTF-16 unit takes three bytes of UTF-8 at most (a surrogate pair four, that is two a unit). */
const bytesPerUnit = 3;
/** What is kept when the text has outgrown the limit: half, so that cutting is rare. */
const tailUnits = Math.floor(textLimitBytes / bytesPerUnit / 2);

export class HeartbeatDeltas implements DeltaWriter {
  private text = '';
  private offset = 0;
  private promptDigest: string | undefined;

  constructor(
    private readonly source: DeltaSource,
    private readonly onChange: () => void,
  ) {}

  write(text: string, promptDigest?: string): void {
    this.promptDigest ??= promptDigest;
    this.text += text;
    if (
      this.text.length * bytesPerUnit > textLimitBytes &&
      Buffer.byteLength(this.text) > textLimitBytes
    ) {
      const end = this.text.length - tailUnits;
      // A character of two units is not cut in half.
      const cutAt = isSecondHalf(this.text.charCodeAt(end)) ? end + 1 : end;
      this.offset += cutAt;
      this.text = this.text.slice(cutAt);
    }
    this.onChange();
  }

  snapshot(): DeltaSnapshot {
    const { offset, text, promptDigest } = this;
    return { ...this.source, offset, text, ...(promptDigest && { promptDigest }) };
  }
}

function isSecondHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Heartbeat details that came from a `HeartbeatDeltas`, and nothing else. */
export function parseDeltaSnapshot(details: unknown): DeltaSnapshot | undefined {
  if (typeof details !== 'object' || details === null) return undefined;
  const { turn, step, attempt, offset, text } = details as Record<string, unknown>;
  const isSnapshot =
    [turn, step, attempt, offset].every((value) => Number.isSafeInteger(value)) &&
    typeof text === 'string';
  return isSnapshot ? (details as DeltaSnapshot) : undefined;
}
