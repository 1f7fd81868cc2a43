/** An activity's environment without a server: its heartbeats, its cancellation, and a client that asks a fake. */
import { type ActivityCancellationDetails, ApplicationFailure } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Conversation } from '../../activities/transcripts';

export interface ActivityOptions {
  readonly attempt?: number;
  /** What the attempt before left in its last heartbeat. */
  readonly heartbeatDetails?: unknown;
  /** Who answers when the activity queries its workflow. */
  readonly conversation?: Conversation;
}

export class TestActivity extends MockActivityEnvironment {
  /** The details of every heartbeat so far. */
  readonly heartbeats: unknown[] = [];
  /** Every handle that was asked for: workflow id and run id. */
  readonly handles: string[] = [];

  constructor({ attempt = 1, heartbeatDetails, conversation }: ActivityOptions = {}) {
    const handles: string[] = [];
    super(
      {
        attempt,
        heartbeatDetails,
        namespace: 'default',
        workflowExecution: { workflowId: 'chat', runId: 'run-1' },
      },
      { client: fakeClient(conversation, handles), logger: new DefaultLogger('ERROR') },
    );
    this.handles = handles;
    this.on('heartbeat', (details: unknown) => this.heartbeats.push(details));
  }

  /** Stops the activity as Temporal would, for this reason. */
  stop(reason: Partial<ActivityCancellationDetails>): void {
    const details = {
      notFound: false,
      cancelRequested: false,
      paused: false,
      timedOut: false,
      workerShutdown: false,
      reset: false,
      ...reason,
    };
    this.cancel(reason.workerShutdown ? 'WORKER_SHUTDOWN' : 'CANCELLED', details);
  }

  /** Waits until a heartbeat's details satisfy `matches`. */
  async heartbeat(matches: (details: unknown) => boolean): Promise<void> {
    if (this.heartbeats.some(matches)) return;
    await new Promise<void>((resolve) => {
      this.on('heartbeat', (details: unknown) => {
        if (matches(details)) resolve();
      });
    });
  }
}

function fakeClient(conversation: Conversation | undefined, handles: string[]): Client {
  const query = async (name: string, ...parameters: unknown[]): Promise<unknown> => {
    if (!conversation) throw new Error('nobody is to be asked');
    return (conversation.query as (...all: unknown[]) => Promise<unknown>)(name, ...parameters);
  };
  const client = {
    withAbortSignal: (_signal: AbortSignal, call: () => Promise<unknown>) => call(),
    workflow: {
      getHandle: (workflowId: string, runId?: string) => {
        handles.push(`${workflowId} ${runId}`);
        return { query };
      },
    },
  };
  return client as unknown as Client;
}

/** What `promise` is rejected with. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

/** The ApplicationFailure that `promise` is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await thrownBy(promise);
  if (error instanceof ApplicationFailure) return error;
  throw new Error(`It is no ApplicationFailure: ${String(error)}`);
}

/** Why an attempt may be stopped from outside, and what the attempt is to fail with. */
export const stops = [
  {
    why: 'the workflow cancels it',
    reason: { cancelRequested: true },
    failure: { name: 'CancelledFailure' },
  },
  {
    why: 'its workflow is gone',
    reason: { notFound: true },
    failure: { name: 'CancelledFailure' },
  },
  {
    why: 'its worker shuts down',
    reason: { workerShutdown: true },
    failure: {
      name: 'ApplicationFailure',
      type: 'WorkerShutdown',
      nonRetryable: false,
      message: 'The worker shut down.',
    },
  },
  ...(['timedOut', 'reset', 'paused'] as const).map((reason) => ({
    why: `the server takes it back (${reason})`,
    reason: { [reason]: true },
    failure: {
      name: 'ApplicationFailure',
      type: 'WorkerShutdown',
      nonRetryable: false,
      message: 'The attempt was taken back.',
    },
  })),
] as const;
