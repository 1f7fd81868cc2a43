/** Two snapshots of one attempt, told one after the other, as the one that says both. */
import type { DeltaSnapshot, DeltaSource, TextSpan } from './delta-channel';
import { endOf } from './text-span';

/** What `next` says after `before`. Of another attempt, or behind a gap, it stands for itself. */
export function joinDeltas(before: DeltaSnapshot | undefined, next: DeltaSnapshot): DeltaSnapshot {
  if (!before || !isSameSource(before, next)) return next;
  const promptDigest = before.promptDigest ?? next.promptDigest;
  const thinking = joinSpans(before.thinking, next.thinking);
  return {
    ...next,
    ...joinSpans(before, next),
    ...(thinking && { thinking }),
    ...(promptDigest && { promptDigest }),
  };
}

export function isSameSource(one: DeltaSource, other: DeltaSource): boolean {
  return one.call === other.call && compareSources(one, other) === 0;
}

/** Below zero: `one` comes before `other`, if they are of one call. */
export function compareSources(one: DeltaSource, other: DeltaSource): number {
  return one.turn - other.turn || one.step - other.step || one.attempt - other.attempt;
}

function joinSpans(before: TextSpan, next: TextSpan): TextSpan;
function joinSpans(before?: TextSpan, next?: TextSpan): TextSpan | undefined;
function joinSpans(before?: TextSpan, next?: TextSpan): TextSpan | undefined {
  if (!before || !next) return next ?? before;
  const known = endOf(before);
  if (next.offset === known) return { offset: before.offset, text: before.text + next.text };
  const isGap = next.offset > known;
  const isOld = endOf(next) <= known;
  if (isGap) return { offset: next.offset, text: next.text };
  if (next.offset < before.offset && !isOld) return { offset: next.offset, text: next.text };
  const { offset } = before;
  return {
    offset,
    text: isOld ? before.text : before.text.slice(0, next.offset - offset) + next.text,
  };
}
