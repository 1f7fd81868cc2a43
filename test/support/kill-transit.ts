/**
 * Conversations whose workers are killed while something is on its way: one kill after the other, each at a chosen
 * moment, which is held until the worker is gone. What became of them is judged by kill-verdict.ts.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentClient } from '../../client/agent-client';
import type { AgentWorkflowInput } from '../../workflows/contract';
import { agentWorkflowType } from '../../workflows/contract';
import { type KillLedger, type LedgerCall, startKillLedger } from './kill-ledger';
import { MomentWatch, type TransitMoment } from './kill-moments';
import type { Passing } from './kill-proxy';
import { type Recovery, recoveryAfter } from './kill-recovery';
import { question } from './kill-script';
import { type KeptTalk, keptOf } from './kill-kept';
import { KillWorkers } from './kill-workers';

export interface TransitKill extends Recovery {
  readonly moment: TransitMoment;
  readonly conversation: string;
  readonly pid: number;
  /** Whether the call was still held, or the answer cut, when the worker was gone. */
  readonly isHit: boolean;
}

export interface TransitRun {
  readonly kills: readonly TransitKill[];
  /** Of conversations that nobody disturbed, and of the others. */
  readonly undisturbed: readonly KeptTalk[];
  readonly disturbed: readonly KeptTalk[];
  readonly calls: readonly LedgerCall[];
  readonly effects: KillLedger['effects'];
}

export interface TransitRunOptions {
  readonly address: string;
  readonly bundle: string;
  /** In this order. */
  readonly moments: readonly TransitMoment[];
  /** How many conversations go on at once. */
  readonly conversations: number;
  /**
   * The next worker starts while the conversation recovers, which takes part of its processors.
   * @default afterwards
   */
  readonly replaceAtOnce?: boolean;
  readonly onKill?: (kill: TransitKill, index: number) => void;
}

const waitMs = 60_000;
/** What a call takes: the kills are not in it, but for those of the summary's. */
const callMs = 100;
/** A task that a killed worker had is given up after this. */
const workflowTaskTimeoutMs = 2_000;
/** A new run after each step, or after some. */
const continueAsNewAfter = [8, 30];

interface Held {
  readonly pid: number;
  readonly conversation: string;
  readonly ended: Passing['ended'];
  readonly letGo: () => void;
}

export async function runTransitKills(options: TransitRunOptions): Promise<TransitRun> {
  const { address, bundle, moments } = options;
  const taskQueue = `kills-${randomUUID().slice(0, 8)}`;
  const watch = new MomentWatch();
  let wanted: { readonly moment: TransitMoment; readonly hold: (held: Held) => void } | undefined;
  const ledger = await startKillLedger(callMs);
  const workers = await KillWorkers.start({
    address,
    bundle,
    taskQueue,
    ledgerUrl: ledger.url,
    gate: holdWanted,
    // Activities of one worker's conversation are the other's as often, so that it has to ask.
    environment: { KILL_EAGER_ACTIVITIES: '0' },
  });
  const client = await AgentClient.connect({ address, namespace: 'default', taskQueue });
  try {
    const undisturbed = await converse(1, async () => undefined);
    const kills: TransitKill[] = [];
    const disturbed = await converse(options.conversations, async () => {
      for (const moment of moments) {
        const kill = await killAt(moment, kills.length);
        kills.push(kill);
        options.onKill?.(kill, kills.length);
      }
    });
    return {
      kills,
      undisturbed: await allKept(undisturbed),
      disturbed: await allKept(disturbed),
      calls: ledger.calls,
      effects: ledger.effects,
    };
  } finally {
    await client.disconnect();
    await workers.stop();
    await ledger.close();
  }

  /** The first call at the wanted moment waits for its worker's end. */
  function holdWanted(pid: number, passing: Passing): Promise<void> | undefined {
    const sighting = watch.see(pid, passing);
    if (!wanted || sighting?.moment !== wanted.moment || !workers.has(pid)) return undefined;
    const { hold } = wanted;
    wanted = undefined;
    const { conversation } = sighting;
    return new Promise((letGo) => hold({ pid, conversation, ended: passing.ended, letGo }));
  }

  /** Keeps `count` conversations going while `work` goes on. @returns the ids of all, when all have ended. */
  async function converse(count: number, work: () => Promise<void>): Promise<string[]> {
    const ids: string[] = [];
    let isOver = false;
    const one = async (_: unknown, index: number) => {
      do {
        const id = `forgetful-${randomUUID().slice(0, 8)}`;
        ids.push(id);
        const input: AgentWorkflowInput = {
          agent: 'forgetful',
          mode: 'task',
          messages: [{ messageId: 'm1', message: { role: 'user', content: question } }],
          continueAsNewAfterEvents: continueAsNewAfter[index % continueAsNewAfter.length]!,
        };
        const handle = await client.temporal.workflow.start(agentWorkflowType, {
          workflowId: id,
          taskQueue,
          workflowTaskTimeout: workflowTaskTimeoutMs,
          args: [input],
        });
        await handle.result();
      } while (!isOver);
    };
    const all = Array.from({ length: count }, one);
    try {
      await work();
    } catch (error) {
      // Whoever still waits for an answer when the client goes would be told so instead of this.
      const handles = ids.map((id) => client.temporal.workflow.getHandle(id));
      await Promise.allSettled(handles.map((handle) => handle.terminate()));
      await Promise.allSettled(all);
      throw error;
    } finally {
      isOver = true;
    }
    await Promise.all(all);
    return ids;
  }

  /** One after the other: each is replayed for it, over all its runs. */
  async function allKept(ids: readonly string[]): Promise<KeptTalk[]> {
    const kept: KeptTalk[] = [];
    for (const id of ids) kept.push(await keptOf(client, id));
    return kept;
  }

  async function killAt(moment: TransitMoment, index: number): Promise<TransitKill> {
    if (moment === 'summary being written') {
      for (;;) {
        // One that came too late for it is tried again.
        const kill = await killWriter(moment, index);
        if (kill.isHit) return kill;
      }
    }
    const held = await nextAt(moment);
    const { pid, conversation } = held;
    const again = ledger.next((call) => call.conversation === conversation, waitMs);
    const recovery = await recoverFrom(held, again);
    held.letGo();
    return { moment, conversation, pid, isHit: (await held.ended) === 'cut', ...recovery };
  }

  /** Kills, and sees another worker in the place of the killed one. */
  async function recoverFrom(
    at: Pick<LedgerCall, 'pid' | 'conversation'>,
    again: Promise<LedgerCall>,
  ): Promise<Recovery> {
    const recovery = recoveryAfter(client, workers, at, again, workflowTaskTimeoutMs);
    if (options.replaceAtOnce) await workers.add();
    const recovered = await recovery;
    if (!options.replaceAtOnce) await workers.add();
    return recovered;
  }

  function nextAt(moment: TransitMoment): Promise<Held> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        wanted = undefined;
        reject(new Error(`No call was at \`${moment}\` within ${waitMs} ms.`));
      }, waitMs);
      wanted = {
        moment,
        hold: (held) => {
          clearTimeout(timer);
          resolve(held);
        },
      };
    });
  }

  /** The one moment that is no call to the server: the model is at it. */
  async function killWriter(moment: TransitMoment, index: number): Promise<TransitKill> {
    const call = await ledger.next(({ phase }) => phase === 'summary', waitMs);
    // Not always at the same point, and never at the end.
    await delay((index * 17) % (callMs * 0.5));
    const { pid, conversation, step } = call;
    const again = ledger.next(
      (next) => next.conversation === conversation && next.step === step && next !== call,
      waitMs,
    );
    const recovery = await recoverFrom(call, again);
    return { moment, conversation, pid, isHit: (await call.ended) === 'cut', ...recovery };
  }
}
