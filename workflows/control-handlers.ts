/** The updates by which people steer a run: decisions, interruption, pause, and what is done to waiting messages. */
import { setHandler } from '@temporalio/workflow';
import * as contract from './contract';
import type { Conversation } from './conversation';
import type { Listing } from './listing';
import { parseCancelQueued, parseDecide, parseEditQueued, parseInterrupt } from './decision-guards';
import { handlerWords } from './handler-words';
import { refuse, total, valueOf } from './total';

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
    total((raw) => {
      const parsed = parseInterrupt(raw);
      return conversation.interrupt(parsed.ok ? parsed.value.turn : undefined);
    }),
    {
      description: handlerWords.interrupt,
      validator: total((raw) => void valueOf(parseInterrupt(raw))),
    },
  );
  setHandler(
    contract.pause,
    total(() => {
      const paused = conversation.pause(true);
      listing.update();
      return paused;
    }),
    { description: handlerWords.pause },
  );
  setHandler(
    contract.resume,
    total(() => {
      const paused = conversation.pause(false);
      listing.update();
      return paused;
    }),
    { description: handlerWords.resume },
  );
  setHandler(
    contract.cancelQueued,
    total((raw) => conversation.cancelQueued(valueOf(parseCancelQueued(raw)).messageIds)),
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
