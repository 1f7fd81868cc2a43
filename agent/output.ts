/**
 * Structured output: which final answers an agent gives, how one is read, and what the model is told of one that is
 * not as it should be. Answers are checked where the schema's validator is (activities/models/output-check.ts).
 */
import type { ReActAgent } from './agent';
import { OutputError } from './errors';
import type { JsonValue } from './json';
import { isTooDeep, nestingLimit } from './json';
import type { UserMessage } from './messages';
import type { Message, ModelResponse } from './model';

/** What of a JSON Schema keeps it from being an agent's `output`. */
export function outputSchemaProblem(schema: unknown): string | undefined {
  const isObject = typeof schema === 'object' && schema !== null && 'type' in schema;
  if (!isObject || schema.type !== 'object') {
    return 'must be the schema of an object (`type: "object"`): every provider asks for one. Put anything else into a field of it.';
  }
  return isTooDeep(schema) ? `is nested more than ${nestingLimit} levels deep.` : undefined;
}

/** Whether `response` is an answer that an `output` speaks of: a final one, and whole. */
export function isWholeAnswer({ finishReason, toolCalls }: ModelResponse): boolean {
  return finishReason === 'stop' && toolCalls.length === 0;
}

/** The JSON of an answer, which may stand in one code fence, or be said twice. Undefined where there is none. */
export function parseOutput(content: string): JsonValue | undefined {
  try {
    return JSON.parse(withoutFence(withoutEcho(content.trim()))) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Some models of OpenAI give the same answer as two messages; in an answer they stand below each other. */
function withoutEcho(content: string): string {
  const first = content.slice(0, content.length / 2).trimEnd();
  return first === content.slice(content.length / 2).trimStart() ? first : content;
}

const fence = '```';

/** The fence's first line may name a language. */
function withoutFence(content: string): string {
  const isFenced = content.startsWith(fence) && content.endsWith(fence);
  return isFenced ? content.slice(content.indexOf('\n') + 1, -fence.length) : content;
}

/** The value of an answer that was checked and found to be as its agent's `output` says. */
export function outputOf({
  outputProblem,
  content,
}: Pick<ModelResponse, 'outputProblem' | 'content'>): JsonValue | undefined {
  return outputProblem === null ? parseOutput(content) : undefined;
}

/**
 * `outputOf` in process, where nobody but the caller can have the answers checked.
 *
 * @throws TypeError when they are not.
 */
export function requireOutput(
  { name, output }: Pick<ReActAgent, 'name' | 'output'>,
  response: ModelResponse,
): JsonValue | undefined {
  if (output && isWholeAnswer(response) && response.outputProblem === undefined) {
    throw new TypeError(
      `Agent \`${name}\` has an \`output\`, but nobody checks its model's answers. Give the runner \`withOutputCheck(model)\`.`,
    );
  }
  return outputOf(response);
}

/**
 * What the model is told when its answer is not as it should be. The last user message of `messages`, which end with
 * the answer, says whether it was told before, or that no budget was left for another answer.
 *
 * @throws OutputError when it was so.
 */
export function toRepair(
  { outputProblem }: ModelResponse,
  messages: readonly Message[],
): UserMessage | undefined {
  if (typeof outputProblem !== 'string') return undefined;
  const last = messages.findLast((message) => message.role === 'user');
  if (last?.isRepair || last?.isConclusion) throw new OutputError(outputProblem);
  const content = `Your answer was not accepted: ${outputProblem}\nAnswer again, with the corrected JSON and nothing else.`;
  return { role: 'user', content, isRepair: true };
}
