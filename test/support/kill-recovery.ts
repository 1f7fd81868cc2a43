/** How long a conversation stood still after a kill, and what it may be compared with. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentClient } from '../../client/agent-client';
import type { LedgerCall } from './kill-ledger';
import { type KillWorkers, heartbeatTimeoutMs, stickyTimeoutMs } from './kill-workers';

export interface Recovery {
  /** From the kill to the next request of the conversation at the ledger. */
  readonly recoveryMs: number;
  /** From the last sign of life of the attempt that the server has, its start or a beat. Absent if it has none. */
  readonly silenceMs?: number;
  /** What was in flight is given up after this: the heartbeat, the sticky queue or the workflow task. */
  readonly boundMs: number;
}

/** Temporal's own, which Holdfast leaves as it is. */
const defaultWorkflowTaskTimeoutMs = 10_000;
const settledMs = 50;

export async function recoveryAfter(
  client: AgentClient,
  workers: KillWorkers,
  call: Pick<LedgerCall, 'pid' | 'conversation'>,
  again: Promise<LedgerCall>,
  workflowTaskTimeoutMs = defaultWorkflowTaskTimeoutMs,
): Promise<Recovery> {
  const killedAtMs = await workers.kill(call.pid);
  // What the worker sent last has arrived, and no timeout has struck yet.
  await delay(settledMs);
  const flight = await inFlight(client, call.conversation);
  const recovered = await again;
  const boundMs = Math.max(
    heartbeatTimeoutMs,
    stickyTimeoutMs,
    flight.hasWorkflowTask ? workflowTaskTimeoutMs : 0,
  );
  const { aliveAtMs } = flight;
  return {
    recoveryMs: recovered.arrivedAtMs - killedAtMs,
    ...(aliveAtMs !== undefined && { silenceMs: recovered.arrivedAtMs - aliveAtMs }),
    boundMs,
  };
}

interface Flight {
  readonly aliveAtMs?: number;
  readonly hasWorkflowTask: boolean;
}

/** As the server sees it at the kill: what it still waits for. */
async function inFlight({ temporal }: AgentClient, conversation: string): Promise<Flight> {
  const { raw } = await temporal.workflow.getHandle(conversation).describe();
  const times = (raw.pendingActivities ?? [])
    .flatMap(({ lastHeartbeatTime, lastStartedTime }) => [lastHeartbeatTime, lastStartedTime])
    .filter((time) => time?.seconds !== undefined && time.seconds !== null)
    .map((time) => Number(time!.seconds) * 1_000 + (time!.nanos ?? 0) / 1e6);
  return {
    ...(times.length > 0 && { aliveAtMs: Math.max(...times) }),
    // 2: started, that is a worker has it.
    hasWorkflowTask: raw.pendingWorkflowTask?.state === 2,
  };
}
