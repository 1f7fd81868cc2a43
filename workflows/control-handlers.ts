/** The updates by which people steer a run: decisions, interruption, pause, and what is done to waiting messages. */
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import * as contract from './contract';
import type { Conversation } from './conversation';
import type { Listing } from './listing';
import { parseCancelQueued, parseDecide, parseEditQueued } from './decision-guards';
import type { Parsed } from './guards';
import { handlerWords } from './handler-words';
import type { Rejection } from './message-door';
import { total } from './total';

export function setControlHandlers(conversation: Conversation, listing: Listing): void {
  setHandler(
    contract.decide,
    total((raw) => conversation.approvals.decide(valueOf(parseDecide(raw)))),
    {
      description: handlerWords.decide,
      validator: total((raw) =>
        refuse(conversation.approvals.rejection(valueOf(parseDecide(raw)))),
      ),
    },
  );
  setHandler(
    contract.interrupt,
    total(() => conversation.interrupt()),
    { description: handlerWords.interrupt },
  );
  setHandler(
    contract.pause,
    total(() => {
      conversation.isPaused = true;
      listing.update();
      return { isPaused: true };
    }),
    { description: handlerWords.pause },
  );
  setHandler(
    contract.resume,
    total(() => {
      conversation.isPaused = false;
      listing.update();
      return { isPaused: false };
    }),
    { description: handlerWords.resume },
  );
  setHandler(
    contract.cancelQueued,
    total((raw) => {
      const { messageIds } = valueOf(parseCancelQueued(raw));
      return { cancelled: conversation.inbox.cancel(messageIds) };
    }),
    {
      description: handlerWords.cancelQueued,
      validator: total((raw) => void valueOf(parseCancelQueued(raw))),
    },
  );
  setHandler(
    contract.editQueued,
    total((raw) => {
      const { messageId, message } = valueOf(parseEditQueued(raw));
      return { edited: conversation.inbox.edit(messageId, message) };
    }),
    {
      description: handlerWords.editQueued,
      validator: total((raw) => refuse(conversation.editRejection(valueOf(parseEditQueued(raw))))),
    },
  );
}

function valueOf<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw ApplicationFailure.nonRetryable(parsed.reason, contract.RejectionType.malformed);
}

function refuse(rejection: Rejection | undefined): void {
  if (rejection) throw ApplicationFailure.nonRetryable(rejection.message, rejection.type);
}
