/**
 * The conversation's signals, queries and updates. Each is total: bad input is an answer, never a failed workflow
 * task. All are set before the workflow's first await, for an update that arrives earlier would be refused.
 */
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { adopt, adoptRejection } from './adoption';
import type { AgentWorkflowInput } from './contract';
import type { Compactor } from './compactor';
import type { Listing } from './listing';
import * as contract from './contract';
import { setControlHandlers } from './control-handlers';
import type { Conversation } from './conversation';
import { handlerWords } from './handler-words';
import { parseMessagesRequest, parseStateRequest, parseTranscriptRequest } from './guards';
import { promptTokensOf } from './prompt-size';
import { refuse, total } from './total';
import type { Transcript } from './transcript';
import { viewMessages, viewState } from './views';

export interface HandlerParts {
  readonly conversation: Conversation;
  readonly transcript: Transcript;
  readonly compactor: Compactor;
  readonly listing: Listing;
  /** What the conversation was started with. */
  readonly firstAgent: AgentWorkflowInput['agent'];
}

export function setHandlers({
  conversation,
  transcript,
  compactor,
  listing,
  firstAgent,
}: HandlerParts): void {
  setHandler(
    contract.sendMessage,
    total((input) => conversation.accept(input)),
    {
      description: handlerWords.sendMessage,
      validator: total((input) => refuse(conversation.rejection(input))),
    },
  );
  setHandler(
    contract.adopt,
    (input?: unknown) => adopt({ conversation, transcript, listing, firstAgent }, input),
    {
      description: handlerWords.adopt,
      validator: total((input) => refuse(adoptRejection(conversation, input))),
    },
  );
  setHandler(
    contract.compact,
    total((): contract.Compacted => {
      const canCompact = compactor.canCompact;
      conversation.isCompactionAsked ||= canCompact;
      const compaction = canCompact ? 'accepted' : 'nothing';
      return { compaction, promptTokens: promptTokensOf(conversation) };
    }),
    { description: handlerWords.compact },
  );
  setHandler(
    contract.close,
    total(() => {
      conversation.isClosing = true;
      return { closed: true } as const;
    }),
    { description: handlerWords.close },
  );
  setControlHandlers(conversation, listing);
  setHandler(
    contract.userMessage,
    (input: unknown) => {
      try {
        conversation.acceptOrPutAside(input);
      } catch (error) {
        conversation.inbox.putAside(String(error));
      }
    },
    { description: handlerWords.userMessage },
  );
  setQueryHandlers({ conversation, transcript });
}

function setQueryHandlers({
  conversation,
  transcript,
}: Pick<HandlerParts, 'conversation' | 'transcript'>): void {
  setHandler(contract.state, (request) => viewState(conversation, parseStateRequest(request)), {
    description: handlerWords.state,
  });
  setHandler(
    contract.messages,
    (request) => viewMessages(conversation, parseMessagesRequest(request)),
    { description: handlerWords.messages },
  );
  setHandler(
    contract.transcript,
    (request) => {
      const parsed = parseTranscriptRequest(request);
      const page = parsed.ok && transcript.page(conversation.memory.messages, parsed.value);
      if (page && parsed.ok && parsed.value.withAgent && conversation.pinned)
        return { ...page, pinned: conversation.pinned };
      if (page) return page;
      const reason = parsed.ok ? 'This conversation has no such transcript.' : parsed.reason;
      throw ApplicationFailure.nonRetryable(reason, contract.RejectionType.transcriptGone);
    },
    { description: handlerWords.transcript },
  );
  setHandler(
    contract.pinnedAgent,
    () => {
      if (conversation.pinned) return conversation.pinned;
      throw ApplicationFailure.nonRetryable(
        'The agent is not resolved yet.',
        contract.RejectionType.transcriptGone,
      );
    },
    { description: handlerWords.pinnedAgent },
  );
}
