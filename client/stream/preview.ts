/** What is known of the answer that is being generated: pieces from heartbeats, from a channel or from both, in one. */
import type { DeltaSnapshot } from '../../wire/delta-channel';
import { compareSources, joinDeltas } from '../../wire/join-deltas';
import { endOf } from '../../wire/text-span';

export class Preview {
  private known: DeltaSnapshot | undefined;

  constructor(private readonly hasChannel: boolean) {}

  /** Everything so far of the newest attempt, or its end. */
  get current(): DeltaSnapshot | undefined {
    return this.known;
  }

  /**
   * `isByChannel`: it comes in the order in which it was written, so that what is of another call is of a later one, after
   * a reset too. A heartbeat may be older than what the channel has told.
   *
   * @returns whether there is anything new in it.
   */
  observe(snapshot: DeltaSnapshot, isByChannel = false): boolean {
    const { known } = this;
    const order = known ? compareSources(snapshot, known) : 1;
    const isOther = known?.call !== snapshot.call && (isByChannel || !this.hasChannel);
    // An older worker does not name its calls.
    const isUnnamed = isByChannel && snapshot.call === undefined;
    const isBeginning = isUnnamed && endsOf(snapshot).every((end) => end === 0);
    if (order < 0 && !isOther && !isBeginning) return false;
    if (order !== 0 || isOther) {
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
    const { turn, step, call } = known;
    this.known = { turn, step, attempt, call, offset: 0, text: '' };
  }

  /**
   * Another model call is at work, at this attempt. It may be of a step that there was before: then attempts are counted
   * anew. A channel may have told its first pieces by now.
   */
  beginCall(attempt: number): void {
    if (!this.hasChannel || (this.known && this.known.attempt > attempt)) this.forget();
  }

  /** What is known is of a time that is no more. */
  forget(): void {
    this.known = undefined;
  }
}

function endsOf(snapshot: DeltaSnapshot | undefined): readonly number[] {
  return [endOf(snapshot), endOf(snapshot?.thinking)];
}
