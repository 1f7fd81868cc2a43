import type { Client } from '@temporalio/client';
import { ConversationReader } from '../../client/conversation-reader';
import { DeadlineError } from '../../client/errors';
import { grpcError } from '../support/update-errors';

const deadlineExceeded = () => grpcError(4, 'Deadline exceeded');

/** Answers the nth query with the nth outcome; the ones after the last get no answer. */
class FakeTemporal {
  /** How long each query may take, in milliseconds. */
  readonly patience: number[] = [];
  private readonly startedAt = Date.now();
  private deadline = 0;

  constructor(private readonly outcomes: readonly unknown[]) {}

  get client(): Client {
    const client = {
      options: { namespace: 'default', loadedDataConverter: { payloadCodecs: [] } },
      withDeadline: (deadline: number, call: () => Promise<unknown>) => {
        this.deadline = deadline;
        return call();
      },
      workflow: {
        getHandle: () => ({
          query: async () => {
            this.patience.push(this.deadline - this.startedAt);
            const outcome = this.outcomes[this.patience.length - 1] ?? deadlineExceeded();
            if (outcome instanceof Error) throw outcome;
            return outcome;
          },
          describe: async () => ({
            status: { name: 'RUNNING' },
            taskQueue: 'queue',
            raw: { pendingActivities: [] },
          }),
        }),
      },
      workflowService: { describeTaskQueue: async () => ({ pollers: [{}] }) },
    };
    return client as unknown as Client;
  }
}

test('a query that meets the end of a run is asked anew, of the next one', async () => {
  const temporal = new FakeTemporal([deadlineExceeded(), { turn: 3 }]);
  const reader = new ConversationReader(temporal.client);

  expect(await reader.state('chat')).toEqual({ turn: 3 });
  expect(temporal.patience.map((ms) => Math.round(ms / 1_000))).toEqual([1, 5]);
});

test('one that nobody answers ends after five seconds in all; other errors are not repeated', async () => {
  const silent = new FakeTemporal([]);
  await expect(new ConversationReader(silent.client).state('chat')).rejects.toThrow(DeadlineError);
  expect(silent.patience).toHaveLength(2);

  const broken = new FakeTemporal([new Error('It is broken.')]);
  await expect(new ConversationReader(broken.client).state('chat')).rejects.toThrow('broken');
  expect(broken.patience).toHaveLength(1);
});
