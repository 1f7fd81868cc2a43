/** What a tool returned, where the model was shown a part of it. */
import type { Message } from '../../agent/model';
import type { ToolResult } from '../../agent/tool';
import type { RecordedTool } from './recorded-items';

export type WholeResult = Pick<ToolResult, 'content' | 'structuredContent'>;

/** Undefined where Memory took all of it. `tools`: those of the step, by the id of the call. */
export function wholeResult(
  message: Message,
  tools: ReadonlyMap<string, RecordedTool>,
): WholeResult | undefined {
  if (message.role !== 'tool_response') return undefined;
  const outcome = tools.get(message.toolCallId)?.outcome;
  if (!outcome || !('result' in outcome)) return undefined;
  const { content, structuredContent } = outcome.result;
  const isWhole = content === message.content && structuredContent === message.structuredContent;
  return isWhole ? undefined : { content, ...(structuredContent && { structuredContent }) };
}
