/** One turn, as it is collected step by step. */
import type { AgentError } from '../../agent/errors';
import { CompactionError, OutputError } from '../../agent/errors';
import type { TurnError } from '../../agent/agent-messages';
import { noUsage } from '../../agent/model';
import type { FailedAttempts, Spending } from '../../agent/usage';
import { nothingSpent, spendingOf } from '../../agent/usage';
import type { TurnStatus } from '../../workflows/contract';
import type { ActivityEnded, FailureFact, RunEnded } from './facts';
import type { TimelineMessage } from './types';
import type { ReadResponse } from './values';
import { readResponse } from './values';
import type { WaitRecord } from './waits';
import type { WorkContext, WorkRecord } from './work';

export interface TurnRecord {
  readonly turn: number;
  userMessages: readonly TimelineMessage[];
  readonly startedAtMs: number;
  endedAtMs?: number;
  status: TurnStatus;
  readonly steps: StepRecord[];
  readonly compactions: CompactionRecord[];
  readonly waits: WaitRecord[];
  /** Somebody has stopped it; what was at work may still have brought something. */
  interruptedAtMs?: number;
  answer?: string;
  error?: TurnError;
  /** By the steps whose history is gone. */
  readonly carriedSpent?: Spending;
}

/** What a model call came to. */
interface CallRecord {
  readonly step: number;
  response?: ReadResponse;
  /** By one that failed for good. */
  spentInVain?: FailedAttempts;
}

export interface CompactionRecord extends CallRecord {
  readonly work: WorkRecord;
}

export interface StepRecord extends CallRecord {
  readonly think: WorkRecord;
  /** What the last heartbeat told of an answer that is being generated. */
  partialText?: string;
  /** It was interrupted, and could not say how far it came. */
  isSilent?: true;
  readonly tools: ToolRecord[];
}

export interface ToolRecord {
  readonly callId: string;
  readonly tool: string;
  readonly label: string;
  readonly work: WorkRecord;
  isError: boolean;
}

export interface TurnContext extends WorkContext {
  /** When the conversation last acted: what it had not asked for by then, it will not. */
  readonly lastTaskMs: number;
  readonly maxSteps: number;
}

/** When the last of a turn's work ended, as far as it has. */
export function lastEndMs({ startedAtMs, steps }: TurnRecord): number {
  const works = steps.flatMap(({ think, tools }) => [think, ...tools.map(({ work }) => work)]);
  return works.reduce((latest, { endedAtMs }) => Math.max(latest, endedAtMs ?? 0), startedAtMs);
}

/** Without its summary a turn that needs one fails; what was too long is tried again with less. */
export function endSummary(turn: TurnRecord, record: CompactionRecord, ended: ActivityEnded): void {
  endCall(record, ended);
  const needsIt = turn.status === 'running' || turn.error?.type === contextLength;
  if (ended.outcome !== 'failed' || ended.failure?.type === contextLength || !needsIt) return;
  failTurn(turn, toTurnError(new CompactionError(thinkError(ended.failure))), ended.atMs);
}

/** Type of the failure of a model call whose prompt was too long. */
const contextLength = 'ModelError.context_length';

function endCall(call: CallRecord, { failure, result }: ActivityEnded): void {
  const response = readResponse(result);
  if (response) call.response = response;
  if (failure?.spent) call.spentInVain = failure.spent;
}

/** The model has answered or failed; with an answer that asks for nothing more, the turn is over. */
export function endThink(turn: TurnRecord, step: StepRecord, ended: ActivityEnded): void {
  endCall(step, ended);
  if (ended.outcome === 'failed') return failTurn(turn, thinkError(ended.failure), ended.atMs);
  if (ended.outcome === 'cancelled' && turn.interruptedAtMs !== undefined) step.isSilent = true;
  const { response } = step;
  if (!response) return;
  if (response.toolCalls.length > 0 || response.finishReason === 'pause') return;
  if (response.finishReason === 'interrupted') {
    turn.status = 'interrupted';
    if (response.content !== '') turn.answer = response.content;
    turn.endedAtMs = ended.atMs;
    return;
  }
  const { outputProblem } = response;
  if (outputProblem !== undefined) {
    // The first is sent back to the model.
    const isFirst = turn.steps.every((it) => it === step || !it.response?.outputProblem);
    if (!isFirst) failTurn(turn, toTurnError(new OutputError(outputProblem)), ended.atMs);
    return;
  }
  turn.status = 'answered';
  turn.answer = response.content;
  turn.endedAtMs = ended.atMs;
}

export function failTurn(turn: TurnRecord, error: TurnError, endedAtMs = lastEndMs(turn)): void {
  turn.status = 'failed';
  turn.error = error;
  turn.endedAtMs = endedAtMs;
}

/** A turn that is asked for another step was not over, whatever its last one came to. */
export function goOn(turn: TurnRecord): TurnRecord {
  turn.status = 'running';
  delete turn.interruptedAtMs;
  delete turn.error;
  delete turn.answer;
  delete turn.endedAtMs;
  return turn;
}

export function endWithConversation(turn: TurnRecord, { outcome, failure, atMs }: RunEnded): void {
  if (outcome === 'completed') {
    // It does so with every turn over: the answer is one that could not be read.
    turn.status = 'answered';
    turn.endedAtMs = lastEndMs(turn);
    return;
  }
  const message = failure?.message ?? `The conversation ended (${outcome}) before the answer.`;
  failTurn(turn, { type: failure?.type ?? outcome, message }, atMs);
}

function toTurnError({ name, message }: AgentError): TurnError {
  return { type: name, message };
}

function thinkError(failure: FailureFact | undefined): TurnError {
  return failure?.timeout
    ? {
        type: 'ModelTimeout',
        message: 'The model did not answer: every attempt was lost or took too long.',
      }
    : { type: failure?.type ?? 'ActivityFailed', message: failure?.message ?? '' };
}

/** Of each model call. */
export function spendingsOf({ steps, compactions }: TurnRecord): readonly Spending[] {
  const calls: readonly (CallRecord & { readonly isSilent?: true })[] = [...steps, ...compactions];
  return calls.map(({ response, spentInVain = nothingSpent, isSilent }) => {
    if (response) return spendingOf(response);
    return isSilent ? { usage: noUsage, costUsd: null } : spentInVain;
  });
}
