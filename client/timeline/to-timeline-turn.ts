/** A collected turn, as a timeline tells it. */
import { cut } from '../../agent/json';
import { addSpending, nothingSpent, spendingOf } from '../../agent/usage';
import type { StepRecord, ToolRecord, TurnContext, TurnRecord } from './turn';
import { spendingsOf } from './turn';
import type { TimelineStep, TimelineThink, TimelineToolCall, TimelineTurn } from './types';
import { shortText, textLimit } from './values';
import { toTimelineWait } from './waits';
import { between, toIso, toTimelineWork } from './work';

export function toTimelineTurn(turn: TurnRecord, context: TurnContext): TimelineTurn {
  const { userMessages, startedAtMs, endedAtMs, status, answer, error } = turn;
  const spent = spendingsOf(turn);
  return {
    turn: turn.turn,
    userMessages,
    startedAt: toIso(startedAtMs),
    durationMs: between(startedAtMs, endedAtMs ?? context.untilMs),
    status,
    ...spent.reduce(addSpending, turn.carriedSpent ?? nothingSpent),
    steps: turn.steps.map((step) => toTimelineStep(turn, step, context)),
    compactions: turn.compactions.map(({ step, work, response }) => ({
      ...toTimelineWork(work, context),
      step,
      ...(response && spendingOf(response)),
    })),
    waits: turn.waits.map((wait) => toTimelineWait(wait, endedAtMs ?? context.untilMs)),
    ...(answer !== undefined && { answer }),
    ...(error && { error }),
  };
}

function toTimelineStep(turn: TurnRecord, step: StepRecord, context: TurnContext): TimelineStep {
  return {
    step: step.step,
    think: toTimelineThink(step, context),
    act: [
      ...requestedCalls(turn, step, context),
      // The response that asked for these could not be read.
      ...(step.response ? [] : step.tools.map((tool) => toTimelineToolCall(tool, context))),
    ],
  };
}

function toTimelineThink(step: StepRecord, context: TurnContext): TimelineThink {
  const { response, partialText } = step;
  const text = response ? response.content : partialText;
  return {
    ...toTimelineWork(step.think, context),
    ...(response?.model && { model: response.model }),
    ...(response && { finishReason: response.finishReason, ...spendingOf(response) }),
    ...(response?.promptDigest && { promptDigest: response.promptDigest }),
    ...(text !== undefined && { text: shortText(text) }),
  };
}

/** Every call that the model asked for, in its order, whether or not it was run. */
function requestedCalls(
  { turn, waits }: TurnRecord,
  { step, think, response, tools }: StepRecord,
  context: TurnContext,
): readonly TimelineToolCall[] {
  const askedAtMs = think.endedAtMs ?? think.scheduledAtMs;
  const hasActed = context.lastTaskMs >= askedAtMs;
  return (response?.toolCalls ?? []).map((call, index) => {
    const callId = `t${turn}s${step}c${index}`;
    const run = tools.find((tool) => tool.callId === callId);
    if (run) return toTimelineToolCall(run, context);
    const outcome = waits.find((wait) => wait.callId === callId)?.outcome;
    const isDecided = hasActed && outcome !== 'waiting';
    return {
      startedAt: toIso(askedAtMs),
      durationMs: 0,
      beforeLastAttemptMs: 0,
      status: isDecided ? 'not_run' : 'running',
      attempts: 0,
      lostWorkers: [],
      callId,
      tool: call.name,
      label: cut(`${call.name}(${JSON.stringify(call.arguments)})`, textLimit),
      isError: isDecided && outcome !== 'answered',
    };
  });
}

function toTimelineToolCall(tool: ToolRecord, context: TurnContext): TimelineToolCall {
  const { callId, tool: name, label, work, isError } = tool;
  return { ...toTimelineWork(work, context), callId, tool: name, label, isError };
}
