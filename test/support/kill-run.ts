/**
 * Conversations whose workers are killed, one kill after the other: at a chosen phase of a chosen conversation, in the
 * middle of the call. What became of them is judged afterwards, in kill-verdict.ts.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentClient } from '../../client/agent-client';
import type { SequencedMessage } from '../../workflows/contract';
import { type CallPhase, type KillLedger, type LedgerCall, startKillLedger } from './kill-ledger';
import { callMs, question } from './kill-script';
import { type Recovery, recoveryAfter } from './kill-recovery';
import { KillWorkers } from './kill-workers';

/** In a model call, in a tool, or between two calls, where the workflow itself has to go on. */
export type KillPhase = Exclude<CallPhase, 'summary'> | 'between';

export interface Kill extends Recovery {
  readonly phase: KillPhase;
  readonly conversation: string;
  readonly step: number;
  readonly pid: number;
  /** Milliseconds of the call that had passed. */
  readonly afterMs: number;
}

export interface KillRun {
  readonly kills: readonly Kill[];
  /** Of one conversation that nobody disturbed. */
  readonly undisturbed: readonly SequencedMessage[];
  readonly transcripts: ReadonlyMap<string, readonly SequencedMessage[]>;
  readonly calls: readonly LedgerCall[];
  readonly effects: KillLedger['effects'];
}

export interface KillRunOptions {
  readonly address: string;
  readonly bundle: string;
  /** In this order. A kill that came too late for its phase is tried again. */
  readonly phases: readonly KillPhase[];
  /** How many conversations go on at once. */
  readonly conversations: number;
  readonly onKill?: (kill: Kill, index: number) => void;
}

const waitMs = 60_000;
/** Calls after which a worker counts as one that has been at work, as its peers in a fleet have. */
const callsOfTheWarm = 8;

export async function runKills(options: KillRunOptions): Promise<KillRun> {
  const { address, bundle, phases } = options;
  const taskQueue = `kills-${randomUUID().slice(0, 8)}`;
  const ledger = await startKillLedger();
  const workers = await KillWorkers.start({ address, bundle, taskQueue, ledgerUrl: ledger.url });
  const client = await AgentClient.connect({ address, namespace: 'default', taskQueue });
  try {
    const [first] = await converse(1, async () => undefined);
    const undisturbed = await client.allMessages(first!);
    const kills: Kill[] = [];
    const ids = await converse(options.conversations, async () => {
      for (const phase of phases) {
        const kill = await killOnce(phase, kills.length);
        kills.push(kill);
        options.onKill?.(kill, kills.length);
      }
    });
    const transcripts = new Map<string, readonly SequencedMessage[]>();
    for (const id of ids) transcripts.set(id, await client.allMessages(id));
    return { kills, undisturbed, transcripts, calls: ledger.calls, effects: ledger.effects };
  } finally {
    await client.disconnect();
    await workers.stop();
    await ledger.close();
  }

  /** Keeps `count` conversations going while `work` goes on. @returns the ids of all, when all have ended. */
  async function converse(count: number, work: () => Promise<void>): Promise<string[]> {
    const ids: string[] = [];
    let isOver = false;
    const one = async () => {
      do {
        const { id } = await client.start({ agent: 'teller', message: question, mode: 'task' });
        ids.push(id);
        await client.temporal.workflow.getHandle(id).result();
      } while (!isOver);
    };
    const all = Array.from({ length: count }, one);
    try {
      await work();
    } finally {
      isOver = true;
    }
    await Promise.all(all);
    return ids;
  }

  async function killOnce(phase: KillPhase, index: number): Promise<Kill> {
    for (;;) {
      while (!workers.pids().every(isWarm)) await delay(20);
      const kill = await (phase === 'between' ? killBetween(index) : killIn(phase, index));
      if (kill) return kill;
    }
  }

  function isWarm(pid: number): boolean {
    return ledger.calls.filter((call) => call.pid === pid).length >= callsOfTheWarm;
  }

  /** In the middle of a call. @returns nothing when the call was answered before its worker was gone. */
  async function killIn(
    phase: Exclude<KillPhase, 'between'>,
    index: number,
  ): Promise<Kill | undefined> {
    const call = await ledger.next((next) => next.phase === phase && next.attempt === 1, waitMs);
    // Not always at the same point, and never at the end.
    const afterMs = (index * 53) % (callMs * 0.7);
    await delay(afterMs);
    const again = ledger.next((next) => isSame(next, call) && next.attempt > call.attempt, waitMs);
    const recovery = await recoveryAfter(client, workers, call, again);
    await workers.add();
    if ((await call.ended) !== 'cut') return undefined;
    const { conversation, step, pid } = call;
    return { phase, conversation, step, pid, afterMs, ...recovery };
  }

  /** When a tool has been answered, before the model is asked again. */
  async function killBetween(index: number): Promise<Kill | undefined> {
    const call = await ledger.next(({ phase }) => phase === 'tool', waitMs);
    if ((await call.ended) !== 'answered') return undefined;
    const afterMs = (index % 4) * 2;
    await delay(afterMs);
    const asked = ledger.calls.some((other) => isFollowing(other, call));
    if (asked || !workers.has(call.pid)) return undefined;
    const next = ledger.next((other) => isFollowing(other, call) && other.pid !== call.pid, waitMs);
    const recovery = await recoveryAfter(client, workers, call, next);
    await workers.add();
    const { conversation, step, pid } = call;
    return { phase: 'between', conversation, step, pid, afterMs, ...recovery };
  }
}

function isSame(left: LedgerCall, right: LedgerCall): boolean {
  return (
    left.phase === right.phase &&
    left.conversation === right.conversation &&
    left.step === right.step
  );
}

/** The model is asked for the next step; or, when its result was lost, the tool once more. */
function isFollowing(later: LedgerCall, tool: LedgerCall): boolean {
  if (later.conversation !== tool.conversation) return false;
  return later.phase === 'model'
    ? later.step === tool.step + 1
    : later.step === tool.step && later.attempt > tool.attempt;
}
