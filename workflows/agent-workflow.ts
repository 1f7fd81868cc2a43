/** A conversation with an agent, as a workflow: the wiring of the loop, the door and the worker's activities. */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  proxySinks,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { AgentActivities, PinnedAgent, TranscriptSinks } from '../activities/contract';
import type { AgentResponseMessage } from '../agent/agent-messages';
import { AgentRunner } from '../agent/agent-runner';
import { fits, hasGrown } from './carry-over';
import type { AgentWorkflowInput, TurnRecord } from './contract';
import { RejectionType } from './contract';
import { Conversation } from './conversation';
import { rememberLines, toDetails } from './details';
import { DurableModel } from './durable-model';
import { DurableTool } from './durable-tool';
import { parseWorkflowInput } from './guards';
import { setHandlers } from './handlers';
import { Transcript } from './transcript';
import { toTurnError } from './turn-error';

const { resolveAgent } = proxyActivities<Pick<AgentActivities, 'resolveAgent'>>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '5 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/** @returns the last answer; in task mode the answer to the first messages. */
export async function agentWorkflow(
  input: AgentWorkflowInput,
): Promise<AgentResponseMessage | null> {
  const parsed = parseWorkflowInput(input);
  const { mode = 'conversation', messages = [], carried } = parsed.ok ? parsed.value : {};
  if (carried && !workflowInfo().continuedFromExecutionRunId) {
    throw invalidInput('`carried` is written by continue-as-new alone. Leave it out.');
  }
  const conversation = new Conversation(mode, carried);
  const transcript = new Transcript(proxySinks<TranscriptSinks>().transcript);
  const lineOf = rememberLines();
  let fitsNoMore = false;
  // Before the handlers: setting them delivers at once what has been sent since the start.
  if (!carried) for (const message of messages) conversation.accept(message);
  setHandlers(conversation, transcript);
  if (!parsed.ok) throw invalidInput(parsed.reason);

  const pinned = (conversation.pinned ??= await pinAgent(input));
  transcript.pin(pinned);

  for (;;) {
    showDetails();
    await condition(() => conversation.hasWork || conversation.isClosing);
    conversation.openNextTurn();
    const turn = conversation.runningTurn;
    if (!turn) break;
    await runTurn(turn);
    if (mode === 'task' && conversation.inbox.isEmpty) break;
    await leaveGrownRun();
  }
  await condition(allHandlersFinished);
  return finalResponse();

  async function runTurn({ turn }: TurnRecord): Promise<void> {
    const firstStep = conversation.step;
    const runner = createRunner(turn, firstStep);
    try {
      for await (const event of runner.run(pinned.agent, conversation.memory, {
        turn,
        step: firstStep,
      })) {
        conversation.observe(event);
        const leaving =
          event.type === 'step_finished' && !event.isFinal ? leaveGrownRun() : undefined;
        if (leaving) await leaving;
      }
    } catch (error) {
      const turnError = toTurnError(error);
      if (!turnError) throw error;
      conversation.failTurn(turnError);
    }
  }

  function createRunner(turn: number, firstStep: number): AgentRunner {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const shared = { pinned, transcript, onActivity };
    return new AgentRunner({
      model: new DurableModel({ ...shared, turn, firstStep }),
      tools: pinned.agent.tools.map(
        (definition) =>
          new DurableTool({ ...shared, definition, messages: () => conversation.memory.messages }),
      ),
      conversationId: `${workflowId}/${firstExecutionRunId}`,
    });
  }

  function onActivity(label: string): void {
    conversation.activity = label;
    // A replay draws them once a turn; twice a step would be a tenth of its time.
    if (!workflowInfo().unsafe.isReplaying) showDetails();
  }

  function showDetails(): void {
    setCurrentDetails(toDetails(conversation, lineOf));
  }

  /** When it is time for a new run. Checked and left in one synchronous stretch, so that no handler is cut off. */
  function leaveGrownRun(): Promise<never> | undefined {
    const { continueAsNewSuggested, historyLength, runId } = workflowInfo();
    const limitEvents = input.continueAsNewAfterEvents;
    const size = { continueAsNewSuggested, historyEvents: historyLength, limitEvents };
    if (fitsNoMore || !hasGrown(size) || !allHandlersFinished()) return undefined;
    const { messages: _delivered, ...lasting } = input;
    const next = { ...lasting, carried: conversation.carry(pinned, runId) };
    // A conversation only grows: measured once too large, it goes on in the run that it has.
    fitsNoMore = !fits(next.carried);
    return fitsNoMore ? undefined : continueAsNew<typeof agentWorkflow>(next);
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

/** An agent that cannot be resolved fails the workflow, with the activity's own type and message. */
async function pinAgent({ agent }: AgentWorkflowInput): Promise<PinnedAgent> {
  try {
    return await resolveAgent.executeWithOptions({ summary: 'pin the agent' }, [{ agent }]);
  } catch (error) {
    const turnError = toTurnError(error);
    if (!turnError) throw error;
    throw ApplicationFailure.nonRetryable(turnError.message, turnError.type);
  }
}
