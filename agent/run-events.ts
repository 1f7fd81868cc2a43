/** What a run tells while it goes on, what it comes to, and hooks for callers in process. */
import type { JsonValue } from './json';
import type { ToolExecutionResultMessage } from './messages';
import type { Message, ModelResponse, StreamEvent, Usage } from './model';

/** `partial`* `complete` `tool_result`* `step_finished`, once a step; the last `step_finished` is final. */
export type RunEvent =
  | StreamEvent
  | { readonly type: 'tool_result'; readonly result: ToolExecutionResultMessage }
  | { readonly type: 'step_finished'; readonly step: number; readonly isFinal: boolean };

/** A whole turn: the final answer and everything that led to it. */
export interface RunResult {
  readonly content: string;
  readonly response: ModelResponse;
  /** Of an agent with an `output`: the answer as a value, as its schema says. */
  readonly output?: JsonValue;
  /** All messages: the inputs, then what the turn added. */
  readonly messages: readonly Message[];
  /** Totals over the turn's model calls. */
  readonly usage: Usage;
  /** What they cost, in US dollars; `null` when the price of one of them is not known. */
  readonly costUsd: number | null;
}

/** Where a run stands. A new turn begins at step 1. */
export interface RunPosition {
  readonly turn: number;
  readonly step: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RunHooks {
  readonly onPartial?: (content: string) => void | Promise<void>;
  readonly onResponse?: (response: ModelResponse) => void | Promise<void>;
  readonly onToolResult?: (result: ToolExecutionResultMessage) => void | Promise<void>;
  readonly onStepFinished?: (step: number) => void | Promise<void>;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Told of each event before the caller is. */
  readonly hooks?: RunHooks;
}

/** Passes `events` on, telling `hooks` of each first. The loop never sees hooks. */
export async function* withHooks(
  events: AsyncIterable<RunEvent>,
  hooks: RunHooks,
): AsyncGenerator<RunEvent> {
  for await (const event of events) {
    switch (event.type) {
      case 'partial':
        // Some only tell what has been used so far.
        if (event.content) await hooks.onPartial?.(event.content);
        break;
      case 'complete':
        await hooks.onResponse?.(event.accumulated);
        break;
      case 'tool_result':
        await hooks.onToolResult?.(event.result);
        break;
      case 'step_finished':
        await hooks.onStepFinished?.(event.step);
        break;
    }
    yield event;
  }
}
