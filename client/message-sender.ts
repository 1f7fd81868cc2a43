/** Sends messages exactly once: the message id is the update id, one at a time per conversation, repeated with it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { Acknowledgement, SendMessageInput } from '../workflows/contract';
import * as contract from '../workflows/contract';
import type { ConversationReader } from './conversation-reader';
import {
  ConversationEndedError,
  MessageRejectedError,
  UnknownConversationError,
  WorkerCannotProcessError,
} from './errors';
import { sendVerdict } from './exactly-once';
import { requireMessageFits } from './size-check';

export const sendDeadlineMs = 10_000;
/** Workflow tasks that may fail under a send before the worker counts as unable. */
const failedTasksLimit = 8;
const pauseMs = 150;

export class MessageSender {
  /** The last send of each conversation: the next one waits for it. */
  private readonly lastSends = new Map<string, Promise<unknown>>();

  constructor(
    private readonly client: Client,
    private readonly reader: ConversationReader,
    /** Told of every conversation to which something was done. */
    private readonly onDone: (id: string) => void = () => undefined,
  ) {}

  async send(id: string, input: SendMessageInput): Promise<Acknowledgement> {
    requireUsableId(input.messageId);
    requireMessageFits(input);
    return this.inTurn(id, () =>
      this.repeat(id, () =>
        this.client.workflow
          .getHandle(id)
          .executeUpdate(contract.sendMessage, { updateId: input.messageId, args: [input] }),
      ),
    );
  }

  /** Any other update of the conversation, in turn with its messages. */
  update<Result>(id: string, definition: UpdateDefinition<Result>): Promise<Result>;
  update<Result, Input>(
    id: string,
    definition: UpdateDefinition<Result, [Input]> | UpdateDefinition<Result, [Input?]>,
    input: Input,
  ): Promise<Result>;
  update<Result>(
    id: string,
    definition: UpdateDefinition<Result, [unknown]> | UpdateDefinition<Result>,
    ...inputs: unknown[]
  ): Promise<Result> {
    const options = { updateId: randomUUID(), args: inputs as [unknown] };
    const update = definition as UpdateDefinition<Result, [unknown]>;
    return this.inTurn(id, () =>
      this.repeat(id, () => this.client.workflow.getHandle(id).executeUpdate(update, options)),
    );
  }

  private async inTurn<Result>(id: string, send: () => Promise<Result>): Promise<Result> {
    const before = this.lastSends.get(id) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(send);
    this.lastSends.set(id, mine);
    try {
      return await mine;
    } finally {
      this.onDone(id);
      if (this.lastSends.get(id) === mine) this.lastSends.delete(id);
    }
  }

  private async repeat<Result>(id: string, update: () => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + sendDeadlineMs;
    let failedTasks = 0;
    for (;;) {
      try {
        return await this.client.withDeadline(deadline, update);
      } catch (error) {
        const verdict = sendVerdict(error);
        switch (verdict.kind) {
          case 'repeat':
            break;
          case 'task_failed':
            if (++failedTasks > failedTasksLimit)
              throw new WorkerCannotProcessError(id, verdict.reason);
            break;
          case 'no_answer':
            break;
          case 'ended':
            throw new ConversationEndedError(id);
          case 'unknown_conversation':
            throw new UnknownConversationError(id);
          case 'rejected':
            throw new MessageRejectedError(verdict.type, verdict.message);
          case 'other':
            throw error;
        }
        if (Date.now() + pauseMs >= deadline)
          throw await this.reader.unanswered(id, sendDeadlineMs);
        await sleep(pauseMs);
      }
    }
  }
}

/** The message id is the update's id too, and the server's own error about that names neither. */
function requireUsableId(messageId: string): void {
  if (messageId.length >= 1 && messageId.length <= contract.messageIdLimit) return;
  throw new MessageRejectedError(
    contract.RejectionType.malformed,
    `A message id has 1 to ${contract.messageIdLimit} characters, not ${messageId.length}.`,
  );
}
