/** The lower bound's workflows. `streamed` is `turn`: there is nothing to read before the answer is whole. */
import {
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  ToolCallMessage,
  ToolExecutionResultMessage,
  UserMessage,
} from '../../agent/messages';
import type { ModelResponse } from '../../agent/model';
import type { TurnInput } from './contract';

export interface BareActivities {
  think(request: { readonly id: string; readonly question: string }): Promise<ModelResponse>;
  act(request: {
    readonly id: string;
    readonly call: ToolCallMessage;
  }): Promise<ToolExecutionResultMessage>;
}

type BareMessage = UserMessage | ModelResponse | ToolExecutionResultMessage;

const { think, act } = proxyActivities<BareActivities>({ startToCloseTimeout: '10 minutes' });
const end = defineSignal('end');

export async function turn({ question }: TurnInput): Promise<string> {
  return (await messagesOf(question)).answer;
}

export { turn as streamed };

/** One answer, then it waits, as a conversation does. */
export async function idle({ question }: TurnInput): Promise<number> {
  let isOver = false;
  setHandler(end, () => {
    isOver = true;
  });
  const { messages } = await messagesOf(question);
  await condition(() => isOver);
  return messages.length;
}

async function messagesOf(
  question: string,
): Promise<{ readonly messages: readonly BareMessage[]; readonly answer: string }> {
  const { workflowId: id } = workflowInfo();
  const messages: BareMessage[] = [{ role: 'user', content: question }];
  for (;;) {
    // The question is in history already; only the first request needs it.
    const response = await think({ id, question: messages.length === 1 ? question : '' });
    messages.push(response);
    const [call] = response.toolCalls;
    if (!call) return { messages, answer: response.content };
    messages.push(await act({ id, call }));
  }
}
