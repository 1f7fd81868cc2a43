/** A recorded conversation as it can be held again: who says what, what the tools return, what is answered. */
import type { ReActAgent } from '../../../agent/agent';
import type { ContentBlock, ToolExecutionResultMessage } from '../../../agent/messages';
import { jsonBytes } from '../../../agent/json';
import type { Message } from '../../../agent/model';
import type { ToolDefinition } from '../../../agent/tool';
import { messageLimitBytes } from '../../../workflows/contract';
import { modelOf } from '../decode-recordings';
import type { RecordedChain, RecordedStep } from './recorded-chain';

export interface ScriptedTurn {
  readonly message: string | readonly ContentBlock[];
  readonly steps: readonly RecordedStep[];
}

export interface ConversationScript {
  readonly id: string;
  readonly agent: ReActAgent;
  readonly model: string;
  readonly turns: readonly ScriptedTurn[];
  /** What the tools returned, by the call's id in our conversation. */
  readonly results: ReadonlyMap<string, ToolExecutionResultMessage>;
  /** The last answer asks for tools whose results were not recorded. */
  readonly endsInCalls: boolean;
}

/** @returns why `chain` cannot be held again, where it cannot. */
export function toScript({ id, steps }: RecordedChain): ConversationScript | string {
  const [first] = steps;
  if (!first) return 'it has no step';
  if (new Set(steps.map(({ exchange }) => `${exchange.wire} ${modelOf(exchange)}`)).size > 1) {
    return 'the model changes in mid-conversation';
  }
  if (JSON.stringify(first.request.agent.settings ?? {}).includes('streamFunctionCallArguments')) {
    return 'it asks for what Vertex AI alone can do';
  }
  const turns: { message: ScriptedTurn['message']; steps: RecordedStep[] }[] = [];
  const results = new Map<string, ToolExecutionResultMessage>();
  for (const [index, step] of steps.entries()) {
    const added = addedBy(step, steps[index - 1]);
    const users = added.filter((message) => message.role === 'user');
    const returned = added.filter((message) => message.role === 'tool_response');
    if (users.length + returned.length < added.length) return 'it begins in mid-conversation';
    if (users.length > 1) return 'several messages of the user in a row';
    const [user] = users;
    if (user && returned.length > 0) return 'the user speaks together with results';
    if (user) {
      if (jsonBytes(user) > messageLimitBytes) return 'a message larger than a conversation takes';
      turns.push({ message: user.content, steps: [step] });
      continue;
    }
    const turn = turns.at(-1);
    const asked = steps[index - 1]?.answer;
    if (!turn || !asked) return 'it begins without a message of the user';
    if (asked.toolCalls.length === 0 && asked.finishReason !== 'pause') {
      return 'it is asked again although it had answered';
    }
    for (const [at, result] of returned.entries()) {
      results.set(`t${turns.length}s${turn.steps.length}c${at}`, result);
    }
    turn.steps.push(step);
  }
  return {
    id,
    agent: { ...first.request.agent, tools: toolsOf(steps) },
    model: modelOf(first.exchange),
    turns,
    results,
    endsInCalls: (steps.at(-1)?.answer.toolCalls.length ?? 0) > 0,
  };
}

/** What stands in the request of `step` after the former one's and its answer. */
function addedBy(step: RecordedStep, former: RecordedStep | undefined): readonly Message[] {
  const { messages } = step.request;
  return former ? messages.slice(former.request.messages.length + 1) : messages;
}

/** Of all steps: recorded agents may offer other tools later. */
function toolsOf(steps: readonly RecordedStep[]): readonly ToolDefinition[] {
  const tools = new Map<string, ToolDefinition>();
  for (const tool of steps.flatMap(({ request }) => request.agent.tools)) {
    if (!tools.has(tool.name)) tools.set(tool.name, tool);
  }
  return [...tools.values()];
}
