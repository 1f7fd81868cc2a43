/** Reads a conversation: queries with a deadline, and what the server itself knows of the run. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  QueryNotRegisteredError,
  type WorkflowExecutionStatusName,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  type QueryDefinition,
  defaultPayloadConverter,
} from '@temporalio/common';
import { type DeltaSnapshot } from '../wire/delta-channel';
import { parseDeltaSnapshot } from '../wire/heartbeat-deltas';
import type { AgentResponseMessage } from '../agent/agent-messages';
import type {
  ConversationState,
  MessagesPage,
  MessagesRequest,
  SequencedMessage,
} from '../workflows/contract';
import * as contract from '../workflows/contract';
import { decodeDescription } from '../wire/decode-payloads';
import {
  DeadlineError,
  NoWorkerError,
  RunFailedError,
  UnknownConversationError,
  WorkerCannotProcessError,
} from './errors';
import { isDeadline, isFailingTask, isNoPoller } from './exactly-once';

const queryDeadlineMs = 5_000;
const describeDeadlineMs = 5_000;
/**
 * Then it is asked anew. A query that comes while a run is left goes to that run, which a worker has to replay as a whole
 * before it can answer; the next run answers at once.
 */
const firstTryMs = 1_000;
/** A worker is seen by the server some milliseconds after it has started. */
const justAnsweredMs = 30_000;
const answersRemembered = 1_000;
const workerPatienceMs = 2_000;
const workerPollMs = 100;

/** An activity that is at work or waits to be tried again. */
export interface PendingActivity {
  readonly activityId: string;
  readonly type: string;
  readonly attempt: number;
  readonly isStarted: boolean;
  /** Identity of the worker that has it, or had it last. */
  readonly worker?: string;
  readonly deltas?: DeltaSnapshot;
}

/** What the server knows of a run without asking a worker. */
export interface RunDescription {
  /** The ids of another run's activities begin anew. */
  readonly runId: string;
  readonly status: WorkflowExecutionStatusName;
  readonly historyEvents: number;
  readonly historyBytes: number;
  readonly taskQueue: string;
  /** Tries of the workflow task that is open now; 0 when none is. More than one: workers fail on it or die of it. */
  readonly workflowTaskAttempt: number;
  readonly pending: readonly PendingActivity[];
}

export class ConversationReader {
  /** When a worker answered for a conversation, the latest last. */
  private readonly answers = new Map<string, number>();

  constructor(private readonly client: Client) {}

  /** Whether a worker has answered for it within the last 30 s: who wants to send need not look for one. */
  hasJustAnswered(id: string): boolean {
    return performance.now() - (this.answers.get(id) ?? -Infinity) < justAnsweredMs;
  }

  state(id: string, messageId?: string): Promise<ConversationState> {
    const request = messageId === undefined ? {} : { messageId };
    return this.query<ConversationState, [contract.StateRequest?]>(id, contract.state, [request]);
  }

  messages(id: string, request: MessagesRequest = {}): Promise<MessagesPage> {
    return this.query<MessagesPage, [MessagesRequest?]>(id, contract.messages, [request]);
  }

  async allMessages(id: string): Promise<readonly SequencedMessage[]> {
    const all: SequencedMessage[] = [];
    for (let from: number | undefined = 0; from !== undefined;) {
      const page: MessagesPage = await this.messages(id, { from });
      all.push(...page.messages);
      from = page.next;
    }
    return all;
  }

  /** @throws UnknownConversationError */
  async describe(id: string): Promise<RunDescription> {
    try {
      const description = await this.client.withDeadline(Date.now() + describeDeadlineMs, () =>
        this.client.workflow.getHandle(id).describe(),
      );
      await decodeDescription(this.client, description.raw);
      return {
        runId: description.runId,
        status: description.status.name,
        historyEvents: description.historyLength,
        historyBytes: description.historySize ?? 0,
        taskQueue: description.taskQueue,
        workflowTaskAttempt: description.raw.pendingWorkflowTask?.attempt ?? 0,
        pending: (description.raw.pendingActivities ?? []).map(toPendingActivity),
      };
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? new UnknownConversationError(id) : error;
    }
  }

  /** Whether anything polls `taskQueue` for workflow tasks, as far as the server remembers (some minutes). */
  async hasWorker(taskQueue: string): Promise<boolean> {
    const { pollers } = await this.client.workflowService.describeTaskQueue({
      namespace: this.client.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: 1,
    });
    return (pollers?.length ?? 0) > 0;
  }

  /** Waits a moment for a worker that is just starting. @throws NoWorkerError */
  async requireWorker(taskQueue: string): Promise<void> {
    const deadline = Date.now() + workerPatienceMs;
    while (!(await this.hasWorker(taskQueue))) {
      if (Date.now() >= deadline) throw new NoWorkerError(taskQueue);
      await sleep(workerPollMs);
    }
  }

  /** What a run that is over came to. @throws RunFailedError when it failed. */
  async result(id: string): Promise<AgentResponseMessage | null> {
    try {
      return (await this.client.workflow.getHandle(id).result()) as AgentResponseMessage | null;
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { cause } = error;
      const type =
        cause instanceof ApplicationFailure ? (cause.type ?? 'Failed') : (cause?.name ?? 'Failed');
      throw new RunFailedError(type, cause?.message ?? error.message);
    }
  }

  private async query<Result, Parameters extends unknown[]>(
    id: string,
    definition: QueryDefinition<Result, Parameters>,
    parameters: Parameters,
  ): Promise<Result> {
    const handle = this.client.workflow.getHandle(id);
    const startedAt = Date.now();
    const askWithin = (ms: number) =>
      this.client.withDeadline(startedAt + ms, () => handle.query(definition, ...parameters));
    try {
      const answer = await askWithin(firstTryMs).catch((error: unknown) => {
        if (isDeadline(error)) return askWithin(queryDeadlineMs);
        throw error;
      });
      this.noteAnswer(id);
      return answer;
    } catch (error) {
      throw await this.explain(id, error);
    }
  }

  private noteAnswer(id: string): void {
    this.answers.delete(id);
    this.answers.set(id, performance.now());
    if (this.answers.size <= answersRemembered) return;
    const [oldest] = this.answers.keys();
    if (oldest !== undefined) this.answers.delete(oldest);
  }

  private async explain(id: string, error: unknown): Promise<unknown> {
    if (error instanceof WorkflowNotFoundError) return new UnknownConversationError(id);
    if (error instanceof QueryNotRegisteredError) {
      return new WorkerCannotProcessError(id, 'it is no conversation of Holdfast');
    }
    if (isFailingTask(error)) return new WorkerCannotProcessError(id, (error as Error).message);
    if (isNoPoller(error)) return new NoWorkerError((await this.describe(id)).taskQueue);
    return isDeadline(error) ? this.unanswered(id, queryDeadlineMs) : error;
  }

  /** Why nothing came back within `deadlineMs`. */
  async unanswered(id: string, deadlineMs: number): Promise<Error> {
    const { taskQueue, workflowTaskAttempt } = await this.describe(id);
    if (!(await this.hasWorker(taskQueue))) return new NoWorkerError(taskQueue);
    return workflowTaskAttempt > 1
      ? new WorkerCannotProcessError(id, `its workflow task is at attempt ${workflowTaskAttempt}`)
      : new DeadlineError(`Conversation \`${id}\` (task queue \`${taskQueue}\`)`, deadlineMs);
  }
}

type RawPendingActivity = NonNullable<
  Awaited<
    ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>
  >['raw']['pendingActivities']
>[number];

function toPendingActivity(raw: RawPendingActivity): PendingActivity {
  const payload = raw.heartbeatDetails?.payloads?.[0];
  const deltas = payload && parseDeltaSnapshot(decode(payload));
  return {
    activityId: raw.activityId ?? '',
    type: raw.activityType?.name ?? '',
    attempt: raw.attempt ?? 1,
    isStarted: raw.state === 2,
    ...(raw.lastWorkerIdentity && { worker: raw.lastWorkerIdentity }),
    ...(deltas && { deltas }),
  };
}

/** Heartbeats are read past the data converter: what cannot be read is no delta. */
function decode(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0]): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}
