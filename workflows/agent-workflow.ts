/** A conversation with an agent, as a workflow: the wiring of the loop, the door and the worker's activities. */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  proxySinks,
  workflowInfo,
} from '@temporalio/workflow';
import type { TranscriptSinks } from '../activities/contract';
import type { AgentResponseMessage } from '../agent/agent-messages';
import type { AgentWorkflowInput } from './contract';
import { RejectionType } from './contract';
import { Conversation } from './conversation';
import { showDetails } from './details';
import { parseWorkflowInput } from './guards';
import { setHandlers } from './handlers';
import { Listing } from './listing';
import { pinAgent } from './pin-agent';
import { Transcript } from './transcript';
import { TurnHost } from './turn-host';

/** @returns the last answer; in task mode the answer to the first messages. */
export async function agentWorkflow(
  input: AgentWorkflowInput,
): Promise<AgentResponseMessage | null> {
  const parsed = parseWorkflowInput(input);
  const {
    agent = '',
    mode = 'conversation',
    messages = [],
    listed,
    carried,
  } = parsed.ok ? parsed.value : {};
  if (carried && !workflowInfo().continuedFromExecutionRunId) {
    throw invalidInput('`carried` is written by continue-as-new alone. Leave it out.');
  }
  const conversation = new Conversation(mode, carried);
  const transcript = new Transcript(
    proxySinks<TranscriptSinks>().transcript,
    conversation.compactions,
  );
  const host = new TurnHost({ input, conversation, transcript, onActivity });
  const { compactor, exit } = host;
  if (!carried) conversation.listed = listed;
  const listing = new Listing(conversation);
  showDetails(conversation, workflowInfo().workflowId);
  // Before the handlers: setting them delivers at once what has been sent since the start.
  if (!carried) for (const message of messages) conversation.accept(message);
  setHandlers({ conversation, transcript, compactor, listing, firstAgent: agent });
  if (!parsed.ok) throw invalidInput(parsed.reason);

  // An agent that cannot be resolved fails the workflow.
  conversation.pinned ??= await pinAgent({ agent }, 'pin the agent');
  transcript.pin(conversation.pinned);

  for (;;) {
    listing.update();
    await condition(
      () =>
        conversation.hasWork ||
        conversation.isClosing ||
        (conversation.isCompactionAsked && !conversation.isPaused),
    );
    conversation.openNextTurn();
    if (conversation.runningTurn) await host.runTurn();
    else if (conversation.isClosing) break;
    else await host.compactWhileIdle();
    if (mode === 'task' && conversation.inbox.isEmpty) break;
    await exit.leave();
  }
  // While others finish, a task takes no message that nobody would answer.
  conversation.isClosing = true;
  await condition(allHandlersFinished);
  listing.update('closed');
  return finalResponse();

  function onActivity(label: string): void {
    conversation.activity = label;
    listing.update();
  }

  function finalResponse(): AgentResponseMessage | null {
    const last = conversation.turns.at(-1);
    if (!last) return null;
    if (mode === 'task' && last.error) {
      throw ApplicationFailure.nonRetryable(last.error.message, last.error.type);
    }
    return conversation.responseOf(last);
  }
}

function invalidInput(reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, RejectionType.invalidInput);
}
