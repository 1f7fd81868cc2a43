/** Characters of a longer text. Pure. */
import type { TextSpan } from './delta-channel';

/** Without whatever else it carries. */
export function spanOf({ offset, text }: TextSpan): TextSpan {
  return { offset, text };
}

/** Where what follows it begins. */
export function endOf(span: TextSpan | undefined): number {
  return span ? span.offset + span.text.length : 0;
}
