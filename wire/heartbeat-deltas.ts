/**
 * The default delta channel, the worker's end: heartbeat details. No infrastructure and no history. Details over 2 MiB
 * would fail the attempt for ever, and the last attempt's details enter history when it times out; so they hold the
 * text up to `textLimitBytes`, and beyond that its tail; of the reasoning, `thinkingLimitBytes`.
 */
import type {
  DeltaAttempt,
  DeltaChannel,
  DeltaPiece,
  DeltaSnapshot,
  DeltaWriter,
  TextSpan,
} from './delta-channel';
import { Pace } from './pace';
import { endOf, spanOf } from './text-span';
import { TextTail } from './text-tail';
import { UnsaidDeltas } from './unsaid-deltas';

export const textLimitBytes = 64 * 1024;
export const thinkingLimitBytes = 16 * 1024;

export interface HeartbeatDeltasOptions {
  /**
   * Between two beats that tell something new, in milliseconds. A writer cannot know its readers: it beats so whether
   * or not somebody watches. @default 100
   */
  readonly intervalMs?: number;
}

export class HeartbeatDeltas implements DeltaChannel {
  private readonly intervalMs: number;

  constructor({ intervalMs = 100 }: HeartbeatDeltasOptions = {}) {
    this.intervalMs = intervalMs;
  }

  open(attempt: DeltaAttempt): DeltaWriter {
    return new HeartbeatDeltaWriter(attempt, this.intervalMs);
  }

  async close(): Promise<void> {
    // The heartbeats are the attempts' own.
  }
}

class HeartbeatDeltaWriter implements DeltaWriter {
  private readonly base: UnsaidDeltas;
  private readonly text = new TextTail(textLimitBytes);
  private readonly thinking = new TextTail(thinkingLimitBytes);
  private readonly pace: Pace;

  constructor({ source, onDetails }: DeltaAttempt, intervalMs: number) {
    this.base = new UnsaidDeltas(source);
    // The SDK's throttle of heartbeats keeps the pace; asked twice as often, it always has something new to tell.
    this.pace = new Pace(intervalMs / 2, onDetails);
  }

  get details(): DeltaSnapshot {
    const { text, thinking } = this;
    const hasThought = endOf(thinking) > 0;
    return {
      ...this.base.details,
      ...spanOf(text),
      ...(hasThought && { thinking: spanOf(thinking) }),
    };
  }

  write(piece: DeltaPiece): void {
    const { text = '', thinking = '' } = piece;
    this.base.write(piece);
    this.text.add(text);
    this.thinking.add(thinking);
    if (text || thinking) this.pace.soon();
  }

  end(): void {
    this.pace.stop();
  }
}

/** What a writer of deltas told, and nothing else. */
export function parseDeltaSnapshot(value: unknown): DeltaSnapshot | undefined {
  if (!isSpan(value)) return undefined;
  const { turn, step, attempt, call, thinking } = value as TextSpan & Record<string, unknown>;
  const isSnapshot =
    [turn, step, attempt].every((number) => Number.isSafeInteger(number)) &&
    (call === undefined || typeof call === 'string') &&
    (thinking === undefined || isSpan(thinking));
  return isSnapshot ? (value as DeltaSnapshot) : undefined;
}

function isSpan(value: unknown): value is TextSpan {
  if (typeof value !== 'object' || value === null) return false;
  const { offset, text } = value as Record<string, unknown>;
  return Number.isSafeInteger(offset) && typeof text === 'string';
}
