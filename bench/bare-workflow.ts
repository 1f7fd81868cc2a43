/** The lower bound: a loop of two activities a step on the same server. Inputs carry ids, results carry the payload. */
import {
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { ReActAgent } from '../agent/agent';
import type { UserMessage } from '../agent/messages';
import type { ModelResponse } from '../agent/model';
import type { ToolResult } from '../agent/tool';

export interface BareInput {
  readonly steps: number;
  readonly agent: ReActAgent;
  readonly message: UserMessage;
}

export interface BareActivities {
  think(request: { readonly step: number; readonly steps: number }): Promise<ModelResponse>;
  act(request: { readonly step: number }): Promise<ToolResult>;
  /** When it began, in milliseconds since 1970. */
  begin(): Promise<number>;
}

type BareMessage = UserMessage | ModelResponse | ToolResult;

const { think, act, begin } = proxyActivities<BareActivities>({
  startToCloseTimeout: '10 minutes',
});
const end = defineSignal('end');
const say = defineUpdate<void, [string]>('say');
const begun = defineQuery<readonly number[]>('begun');

export async function bareLoop({ steps, message }: BareInput): Promise<string> {
  const messages: BareMessage[] = [message];
  for (let step = 1; ; step++) {
    const response = await think({ step, steps });
    messages.push(response);
    if (response.toolCalls.length === 0) return response.content;
    messages.push(await act({ step }));
  }
}

/** One answer, then it waits, as a conversation does. */
export async function bareIdle({ steps, message }: BareInput): Promise<number> {
  const messages: BareMessage[] = [message];
  let isOver = false;
  setHandler(end, () => {
    isOver = true;
  });
  messages.push(await think({ step: steps, steps }));
  await condition(() => isOver);
  return messages.length;
}

/** An activity for each update, as a message is for a model. */
export async function bareTurns(): Promise<void> {
  const waiting: string[] = [];
  const times: number[] = [];
  let isOver = false;
  setHandler(say, (message) => void waiting.push(message));
  setHandler(begun, () => times);
  setHandler(end, () => {
    isOver = true;
  });
  for (;;) {
    await condition(() => isOver || waiting.length > 0);
    if (isOver) return;
    waiting.shift();
    times.push(await begin());
  }
}
