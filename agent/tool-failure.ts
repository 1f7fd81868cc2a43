/** What the model is told of a tool whose attempts brought no result, as honestly as it is known. */
import type { ToolDefinition } from './tool';
import { mayRunAgain } from './tool';

/** How the last attempt ended. */
export interface ToolFailure {
  readonly message: string;
  /**
   * `timed_out`: it took longer than it may; `worker_lost`: nobody knows how far it came. Absent when it ended with an
   * error of its own.
   */
  readonly lost?: 'timed_out' | 'worker_lost';
}

export interface FailedTool {
  readonly tool: ToolDefinition;
  /** Of a tool that may run again. */
  readonly maxAttempts: number;
  readonly failure: ToolFailure;
}

export function explainToolFailure({ tool, maxAttempts, failure }: FailedTool): string {
  const { message, lost } = failure;
  if (!lost) return `\`${tool.name}\` failed: ${message}`;
  const why =
    lost === 'timed_out' ? 'it did not finish in time' : 'its worker was lost while it ran';
  return mayRunAgain(tool)
    ? `\`${tool.name}\` was tried ${maxAttempts} times without a result; the last time ${why}.`
    : `The outcome of \`${tool.name}\` is unknown: ${why}. It may or may not have taken effect, and it was not run again.`;
}

/** Of a tool that was at work when the user interrupted and brought no result. */
export function explainInterruption(tool: ToolDefinition): string {
  return mayRunAgain(tool)
    ? `\`${tool.name}\` was interrupted by the user before it had a result.`
    : `\`${tool.name}\` was interrupted by the user. Whether it took effect is unknown.`;
}
