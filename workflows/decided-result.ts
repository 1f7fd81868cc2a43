/** What the model reads where a person's word took the place of a tool's result. Pure. */
import type { JsonObject } from '../agent/json';
import { cutToBytes } from '../agent/json';
import { text } from '../agent/messages';
import type { ToolDefinition, ToolResult } from '../agent/tool';
import { mayRunAgain } from '../agent/tool';
import type { AskedItem } from './approvals';
import type { Decision } from './contract';

/** @returns undefined for a call that is allowed: then it is carried out. */
export function toDecidedResult(item: AskedItem, decision: Decision): ToolResult | undefined {
  const { approved, reason, answer } = decision;
  if (item.kind === 'question') {
    return approved ? { content: [text(answer ?? '')] } : refusal(noAnswer(decision));
  }
  if (approved) return undefined;
  const because = reason?.trim() ? ` Their reason: ${reason.trim()}` : '';
  switch (decision.by) {
    case 'user':
      return refusal(
        `The user did not allow this call of \`${item.tool}\`. It was not executed.${because}`,
      );
    case 'expiry':
      return refusal(`Nobody allowed this call of \`${item.tool}\` in time. It was not executed.`);
    case 'interrupt':
      return refusal('Not executed: the user interrupted.');
  }
}

function noAnswer({ by, reason }: Decision): string {
  switch (by) {
    case 'user':
      return reason?.trim()
        ? `The user did not answer. Their reason: ${reason.trim()}`
        : 'The user did not want to answer.';
    case 'expiry':
      return 'Nobody answered in time.';
    case 'interrupt':
      return 'Not answered: the user interrupted.';
  }
}

export function refusal(reason: string): ToolResult {
  return { content: [text(reason)], isError: true };
}

/** What a person who allows a call should know of it. */
export function effectOf(tool: ToolDefinition): string {
  const { readOnlyHint, destructiveHint } = tool.annotations ?? {};
  if (readOnlyHint) return 'reads only';
  const change = destructiveHint === false ? 'adds' : 'changes things';
  return `${change}, ${mayRunAgain(tool) ? 'may be tried again' : 'is tried once'}`;
}

/** Of a question as it is shown: the arguments beside it have all of it. */
const questionLimitBytes = 4 * 1024;

/** By the name that `ask_user` gives it; any other tool's arguments as they are. */
export function questionOf(toolArguments: JsonObject): string {
  const { question } = toolArguments;
  const asked = typeof question === 'string' ? question : JSON.stringify(toolArguments);
  return cutToBytes(asked, questionLimitBytes);
}
