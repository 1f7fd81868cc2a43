/**
 * Looks at one conversation on behalf of all its readers in this process: one description at a time, however many they are,
 * and a query only where history has moved.
 */
import type { DeltaReader, DeltaSnapshot } from '../../wire/delta-channel';
import type { ConversationState } from '../../workflows/contract';
import type { RunDescription } from '../conversation-reader';
import { DeadlineError } from '../errors';
import { modelCallType } from './attempts';
import type { Clock } from './clock';
import { type Look, Standing, type StreamReader } from './look';
import { LookBoard } from './look-board';
import { LookCalls } from './look-calls';
import { nextLookAt } from './look-pace';
import { toTrouble } from './trouble';
import { WorkInSight } from './work-in-sight';

export interface FeedOptions {
  readonly reader: StreamReader;
  readonly namespace: string;
  readonly id: string;
  /** Where pieces come from besides heartbeats. @default nowhere */
  readonly deltas?: DeltaReader | undefined;
  /** Between two looks while a model answers, in milliseconds. @default pace.thinking */
  readonly intervalMs?: number | undefined;
  readonly clock: Clock;
  /** Whoever watches first has just sent a message. @default false */
  readonly hasSent?: boolean;
}

/** A turn that is at work and shows nothing is asked for after so long: its worker may be away. */
const silenceMs = 5_000;
/** Between two looks that a channel calls for. */
const hasteMs = 30;
/** Where a channel tells the pieces: sooner a look would only be in the way of the worker that is just asking its model. */
const afterSendMs = 20;

export class ConversationFeed {
  private readonly board = new LookBoard();
  private readonly work: WorkInSight;
  /** Of the description that the last query belongs to. */
  private seen: Pick<RunDescription, 'runId' | 'historyEvents' | 'status'> | undefined;
  /** The message whose end is waited for. */
  private awaited: string | undefined;
  private failures = 0;
  private lastLookAt = 0;
  private lastMoveAt = 0;
  private lastQueryAt = 0;
  /** How many queries have been begun. */
  private queries = 0;
  /** Of the last query that is too old for one of the readers. */
  private outdated = 0;
  private lastPieceAt: number | undefined;
  private isOver = false;
  private readonly left = new AbortController();
  private readonly calls: LookCalls;

  constructor(private readonly options: FeedOptions) {
    this.work = new WorkInSight(options.deltas !== undefined);
    this.lastMoveAt = options.clock.now();
    const { clock, deltas, hasSent } = options;
    this.calls = new LookCalls(clock, this.left.signal, deltas ? afterSendMs : 0);
    if (deltas) void this.listen(deltas);
    if (deltas && hasSent) void this.calls.afterSoon().then(() => this.run());
    else void this.run();
  }

  /** Nobody looks any more: there is nothing more to see, or nobody who wants it. */
  get isStopped(): boolean {
    return this.isOver || this.left.signal.aborted;
  }

  /** Of the newest look. */
  get version(): number {
    return this.board.newest.version;
  }

  /** See `LookBoard.after`. @throws what made looking impossible */
  after(version: number, signal: AbortSignal): Promise<Look | undefined> {
    return this.board.after(version, signal);
  }

  /** Somebody waits for the answer to this message: what becomes of it is asked for with the state. */
  expect(messageId: string): void {
    this.awaited ??= messageId;
  }

  /** Something has happened that this process knows of: it is looked at once, or nearly so. */
  call(): void {
    this.calls.soon();
  }

  /**
   * Somebody knows of something that may have happened just now: where the conversation stands is asked for once more.
   *
   * @returns the number of the last query that may not know of it
   */
  renew(): number {
    this.outdated = this.queries;
    if (this.queries > 0) this.call();
    return this.outdated;
  }

  /** A reader could not read on. */
  report(error: Error): void {
    this.seen = undefined;
    this.fail(error);
    if (!this.isOver) return;
    this.isOver = false;
    void this.rest().then(() => this.run());
  }

  /** `reason`: thrown to whoever still reads. */
  stop(reason?: Error): void {
    this.left.abort();
    this.calls.stop();
    if (reason) this.board.close(reason);
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        await this.lookOnce(this.calls.take());
      } catch (error) {
        const trouble = toTrouble(error);
        if (trouble) this.fail(trouble);
        else {
          this.isOver = true;
          this.board.close(error);
        }
      }
      this.lastLookAt = this.options.clock.now();
      while (!this.isStopped && !this.calls.isWaiting && this.restMs() > 0) await this.rest();
    }
  }

  private async lookOnce(isCalled: boolean): Promise<void> {
    const { reader, id, clock } = this.options;
    // Both at once where pieces may be waiting for it; what the query answers may then be older than the description.
    const early = isCalled && this.lastPieceAt !== undefined ? this.ask() : undefined;
    early?.catch(() => undefined);
    const run = await reader.describe(id);
    this.board.amend({ run });
    const hasMoved = this.work.observe(run);
    if (hasMoved) this.lastMoveAt = clock.now();
    const { standing: before, trouble } = this.board.newest;
    let standing = before;
    if (early) standing = await early;
    else if (!this.isSeen(run) || !this.isFresh(standing) || trouble || this.isSilent()) {
      standing = await this.ask();
      this.seen = run;
    } else if (!hasMoved) return;
    // A reset takes it back to where it was before.
    if (before && isBehind(standing.state, before.state)) this.work.forgetAnswer();
    this.failures = 0;
    this.isOver = run.status !== 'RUNNING' && this.isSeen(run) && this.isFresh(standing);
    if (standing !== before) this.lastMoveAt = clock.now();
    this.show({ standing, isOver: this.isOver, trouble: undefined });
  }

  private async ask(): Promise<Standing> {
    const { reader, id, clock } = this.options;
    const { awaited } = this;
    const query = ++this.queries;
    const state = await reader.state(id, awaited);
    this.lastQueryAt = clock.now();
    // Its end is what is asked for next.
    const running = state.turns.at(-1);
    if (running?.status === 'running') this.awaited = running.messageIds[0];
    else if (state.message && 'response' in state.message) this.awaited = undefined;
    return new Standing(reader, id, state, awaited, query);
  }

  private isFresh(standing: Standing | undefined): standing is Standing {
    return standing !== undefined && standing.query > this.outdated;
  }

  private isSeen({ runId, historyEvents, status }: RunDescription): boolean {
    const { seen } = this;
    return seen?.runId === runId && seen.historyEvents === historyEvents && seen.status === status;
  }

  private isSilent(): boolean {
    const state = this.board.newest.standing?.state;
    const isBusy = state && state.status !== 'idle' && state.status !== 'closed';
    const lastSign = Math.max(this.lastMoveAt, this.lastQueryAt, this.lastPieceAt ?? 0);
    const isParked = state?.pending !== undefined || state?.isPaused === true;
    return Boolean(isBusy) && !isParked && this.options.clock.now() - lastSign >= silenceMs;
  }

  private async listen(deltas: DeltaReader): Promise<void> {
    const { namespace, id, clock } = this.options;
    this.lastPieceAt = 0;
    try {
      for await (const piece of deltas.read({ namespace, id }, this.left.signal)) {
        this.lastPieceAt = clock.now();
        if (!this.work.hear(piece)) continue;
        this.show({});
        if (this.isAhead(piece)) this.callInHaste();
      }
    } catch {
      // Previews can be spared; heartbeats may still have some.
      this.lastPieceAt = undefined;
    }
  }

  /** Of a step that the last look does not know: what stands before it has to be told first. */
  private isAhead({ turn, step }: DeltaSnapshot): boolean {
    const state = this.board.newest.standing?.state;
    if (!state) return false;
    return turn > state.turn || (turn === state.turn && step > state.step);
  }

  private callInHaste(): void {
    if (this.options.clock.now() - this.lastLookAt >= hasteMs) this.calls.now();
  }

  private fail(error: Error): void {
    this.failures += 1;
    // A worker that takes another one's place may need longer than one question is waited for.
    if (error instanceof DeadlineError && this.failures < 2) return;
    const { sinceMs = this.options.clock.now() } = this.board.newest.trouble ?? {};
    this.show({ trouble: { error, sinceMs } });
  }

  private show(change: Partial<Look>): void {
    this.board.show({ ...change, ...this.work.current });
  }

  private restMs(): number {
    const { lastLookAt, lastMoveAt, lastPieceAt } = this;
    const look = this.board.newest;
    const now = this.options.clock.now();
    const isThinking = look.run?.pending.some(({ type }) => type === modelCallType) === true;
    const state = look.trouble ? undefined : look.standing?.state;
    const { intervalMs } = this.options;
    const seen = { lastLookAt, lastMoveAt, lastPieceAt, isThinking, state, intervalMs };
    return nextLookAt({ now, ...seen }) - now;
  }

  private rest(): Promise<void> {
    return this.calls.rest(this.restMs());
  }
}

function isBehind(now: ConversationState, before: ConversationState): boolean {
  return now.messages < before.messages || now.turn < before.turn;
}
