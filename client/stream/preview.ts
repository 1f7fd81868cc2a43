/** What is known of the answer that is being generated: pieces from heartbeats, from a channel or from both, in one. */
import type { DeltaSnapshot } from '../../wire/delta-channel';
import { compareSources, joinDeltas } from '../../wire/join-deltas';

export class Preview {
  private known: DeltaSnapshot | undefined;

  /** Everything so far of the newest attempt, or its end. */
  get current(): DeltaSnapshot | undefined {
    return this.known;
  }

  /**
   * `isByChannel`: it comes in the order in which it was written, so that a beginning is one, after a reset too.
   *
   * @returns whether there is anything new in it.
   */
  observe(snapshot: DeltaSnapshot, isByChannel = false): boolean {
    const { known } = this;
    const order = known ? compareSources(snapshot, known) : 1;
    const isBeginning = isByChannel && endsOf(snapshot).every((end) => end === 0);
    if (order < 0 && !isBeginning) return false;
    if (order !== 0) {
      this.known = snapshot;
      return true;
    }
    this.known = joinDeltas(known, snapshot);
    return endsOf(this.known).some((end, index) => end !== endsOf(known)[index]);
  }

  /** An attempt of the model call at work has begun: nothing counts that one before it has said, or says yet. */
  begin(attempt: number): void {
    const { known } = this;
    if (!known || known.attempt >= attempt) return;
    const { turn, step } = known;
    this.known = { turn, step, attempt, offset: 0, text: '' };
  }

  /**
   * Another model call is at work, at this attempt. It may be of a step that there was before: then attempts are counted
   * anew. A channel (`hasChannel`) may have told its first pieces by now.
   */
  beginCall(attempt: number, hasChannel: boolean): void {
    if (!hasChannel || (this.known && this.known.attempt > attempt)) this.forget();
  }

  /** What is known is of a time that is no more. */
  forget(): void {
    this.known = undefined;
  }
}

function endsOf(snapshot: DeltaSnapshot | undefined): readonly number[] {
  const { offset = 0, text = '', thinking = { offset: 0, text: '' } } = snapshot ?? {};
  return [offset + text.length, thinking.offset + thinking.text.length];
}
