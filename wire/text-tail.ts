/** A text that grows at its end and may be cut at its beginning: what of it is kept, and where that begins. */
import type { TextSpan } from './delta-channel';

/** A UTF-16 unit takes three bytes of UTF-8 at most (a surrogate pair four, that is two a unit). */
const bytesPerUnit = 3;

export class TextTail implements TextSpan {
  private kept = '';
  private cut = 0;

  /** @param limitBytes of UTF-8. What grows beyond it is cut to a half at most, so that cutting is rare. */
  constructor(private readonly limitBytes: number) {}

  get offset(): number {
    return this.cut;
  }

  get text(): string {
    return this.kept;
  }

  add(piece: string): void {
    this.kept += piece;
    if (this.kept.length * bytesPerUnit <= this.limitBytes) return;
    if (Buffer.byteLength(this.kept) <= this.limitBytes) return;
    const tailUnits = Math.floor(this.limitBytes / bytesPerUnit / 2);
    const end = this.kept.length - tailUnits;
    // A character of two units is not cut in half.
    this.drop(isSecondHalf(this.kept.charCodeAt(end)) ? end + 1 : end);
  }

  /** What stands before the offset `end` is not needed any more. */
  dropBefore(end: number): void {
    this.drop(Math.max(0, end - this.cut));
  }

  private drop(units: number): void {
    const dropped = Math.min(units, this.kept.length);
    this.cut += dropped;
    this.kept = this.kept.slice(dropped);
  }
}

function isSecondHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
