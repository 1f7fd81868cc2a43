/** What is at work in a conversation: the attempts of its activities, and what of an answer is there by now. */
import type { DeltaSnapshot } from '../../wire/delta-channel';
import type { RunDescription } from '../conversation-reader';
import { Attempts, modelCallType } from './attempts';
import type { Look } from './look';
import { Preview } from './preview';

export class WorkInSight {
  private readonly attempts = new Attempts();
  private readonly preview: Preview;

  constructor(hasChannel: boolean) {
    this.preview = new Preview(hasChannel);
  }

  /** As a look has it. */
  get current(): Pick<Look, 'attempts' | 'preview'> {
    return { attempts: this.attempts.current, preview: this.preview.current };
  }

  /** @returns whether there is anything new to tell. */
  observe(run: RunDescription): boolean {
    const known = new Set(this.attempts.current.map(({ key }) => key));
    const begun = this.attempts.observe(run);
    for (const { key, activity, attempt } of begun) {
      if (activity !== modelCallType) continue;
      if (known.has(key)) this.preview.begin(attempt);
      else this.preview.beginCall(attempt);
    }
    // Details outlive their attempt until the next one beats.
    const told = run.pending.flatMap(({ deltas, attempt }) =>
      deltas?.attempt === attempt ? [deltas] : [],
    );
    const news = told.filter((snapshot) => this.preview.observe(snapshot));
    return begun.length + news.length > 0;
  }

  /** What a channel tells. @returns whether there is anything new to tell. */
  hear(piece: DeltaSnapshot): boolean {
    return this.preview.observe(piece, true);
  }

  /** A reset took the conversation back to where nothing of it has been said. */
  forgetAnswer(): void {
    this.preview.forget();
  }
}
