/** A conversation with an agent, as a workflow: the wiring of the loop, the door and the worker's activities. */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  proxySinks,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { PinnedAgent, TranscriptSinks } from '../activities/contract';
import type { AgentResponseMessage } from '../agent/agent-messages';
import { AgentRunner } from '../agent/agent-runner';
import { fits, hasGrown } from './carry-over';
import { Compactor } from './compactor';
import type { AgentWorkflowInput, TurnRecord } from './contract';
import { RejectionType } from './contract';
import { Conversation } from './conversation';
import { rememberLines, toDetails } from './details';
import { DurableModel } from './durable-model';
import { DurableTool } from './durable-tool';
import { parseWorkflowInput } from './guards';
import { setHandlers } from './handlers';
import { pinAgent } from './pin-agent';
import { Transcript } from './transcript';
import { spentInVain, toTurnError } from './turn-error';

/** @returns the last answer; in task mode the answer to the first messages. */
export async function agentWorkflow(
  input: AgentWorkflowInput,
): Promise<AgentResponseMessage | null> {
  const parsed = parseWorkflowInput(input);
  const {
    agent = '',
    mode = 'conversation',
    messages = [],
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
  const compactor = new Compactor({ conversation, transcript, onActivity });
  const lineOf = rememberLines();
  let fitsNoMore = false;
  // Before the handlers: setting them delivers at once what has been sent since the start.
  if (!carried) for (const message of messages) conversation.accept(message);
  setHandlers({ conversation, transcript, compactor, firstAgent: agent });
  if (!parsed.ok) throw invalidInput(parsed.reason);

  // An agent that cannot be resolved fails the workflow.
  conversation.pinned ??= await pinAgent({ agent }, 'pin the agent');
  transcript.pin(conversation.pinned);

  for (;;) {
    showDetails();
    await condition(
      () => conversation.hasWork || conversation.isClosing || conversation.isCompactionAsked,
    );
    conversation.openNextTurn();
    const turn = conversation.runningTurn;
    if (turn) await runTurn(turn);
    else if (conversation.isClosing) break;
    else await compactWhileIdle();
    if (mode === 'task' && conversation.inbox.isEmpty) break;
    await leaveGrownRun();
  }
  await condition(allHandlersFinished);
  return finalResponse();

  async function runTurn({ turn }: TurnRecord): Promise<void> {
    try {
      while (conversation.runningTurn) {
        if (compactor.isDue) {
          await compactor.compact();
          await leaveGrownRun();
        }
        await runStepsOrRecover(turn);
      }
    } catch (error) {
      const turnError = toTurnError(error);
      if (!turnError) throw error;
      conversation.failTurn(turnError, spentInVain(error));
    }
  }

  /** While nobody waits for an answer: what comes of it is told by the state. */
  async function compactWhileIdle(): Promise<void> {
    try {
      await compactor.compact();
    } catch (error) {
      conversation.compactionError = toTurnError(error);
      if (!conversation.compactionError) throw error;
    }
    conversation.activity = undefined;
  }

  /** A prompt that is too long is made shorter, and the step goes on from there. */
  async function runStepsOrRecover(turn: number): Promise<void> {
    try {
      await runSteps(turn, conversation.requirePinned());
    } catch (error) {
      await compactor.recover(error);
    }
  }

  /** To the end of the turn, or to the step from which on another agent is adopted or older messages give way. */
  async function runSteps(turn: number, pinned: PinnedAgent): Promise<void> {
    const { step, memory } = conversation;
    const runner = createRunner(turn, step, pinned);
    for await (const event of runner.run(pinned.agent, memory, { turn, step })) {
      conversation.observe(event);
      const leaving =
        event.type === 'step_finished' && !event.isFinal ? leaveGrownRun() : undefined;
      if (leaving) await leaving;
      if (conversation.pinned !== pinned) return;
      if (event.type === 'step_finished' && !event.isFinal && compactor.isDue) return;
    }
  }

  function createRunner(turn: number, firstStep: number, pinned: PinnedAgent): AgentRunner {
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
    const next = { ...lasting, carried: conversation.carry(runId) };
    if (fits(next.carried)) return continueAsNew<typeof agentWorkflow>(next);
    // What nothing can make smaller goes on in the run that it has.
    fitsNoMore = !compactor.shrinkCarry();
    return undefined;
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
