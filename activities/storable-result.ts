/** What history keeps of a tool's result: all of it or, where it is too large, its beginning, its end and the reason. */
import { ApplicationFailure } from '@temporalio/common';
import { jsonBytes } from '../agent/json';
import { text } from '../agent/messages';
import { shortenResult } from '../agent/shorten-result';
import type { ResultLimits } from '../agent/size-limits';
import { utf8Bytes } from '../agent/text-ends';
import type { ToolResult } from '../agent/tool';
import { toolStateLimitBytes } from '../agent/tool';
import { FailureType } from './contract';
import { requireShallow } from './failures';

export interface ResultOf {
  readonly tool: string;
  readonly callId: string;
  readonly limits: ResultLimits;
}

/** @throws ApplicationFailure `TooDeep`, `StateTooLarge` */
export function storableResult(result: ToolResult, of: ResultOf): ToolResult {
  requireShallow(result, `The result of \`${of.tool}\``);
  requireSmallState(result, of.tool);
  const bytes = jsonBytes(result);
  return bytes <= of.limits.keptBytes ? result : endsAndReason(result, of, bytes);
}

/** The tool did run: its model is told so, and what can be shown. */
function endsAndReason(
  result: ToolResult,
  { tool, callId, limits }: ResultOf,
  bytes: number,
): ToolResult {
  const reason = `ResultTooLarge: \`${tool}\` was executed, but its result has ${bytes} bytes of JSON, and at most ${limits.keptBytes} are kept. What is left out below is lost. Ask for less at a time.`;
  const shortening = { callId, rest: 'lost' } as const;
  // One character may take six bytes of JSON: halves, until it fits.
  for (let share = 1; share > 1 / 64; share /= 2) {
    const textBytes = Math.floor(limits.textBytes * share) - utf8Bytes(`${reason}\n`);
    const mediaBytes = Math.floor(limits.mediaBytes * share);
    const short = shortenResult(result, { ...shortening, textBytes, mediaBytes });
    const kept = { ...short, content: [text(reason), ...short.content] };
    if (jsonBytes(kept) <= limits.keptBytes) return kept;
  }
  const { isError, state } = result;
  return {
    content: [text(reason)],
    ...(isError !== undefined && { isError }),
    ...(state !== undefined && { state }),
  };
}

function requireSmallState({ state }: ToolResult, tool: string): void {
  const bytes = state === undefined ? 0 : jsonBytes(state);
  if (bytes <= toolStateLimitBytes) return;
  throw ApplicationFailure.nonRetryable(
    `The \`state\` that \`${tool}\` returned has ${bytes} bytes of JSON; the limit is ${toolStateLimitBytes}.`,
    FailureType.stateTooLarge,
  );
}
