/** What an agent is: data. `defineAgent` (define-agent.ts) writes one down; a run is pinned to the `ReActAgent` it started with. */
import type { ApprovalPolicy } from './approval';
import { budgetsProblem } from './budget';
import type { Budgets } from './budget';
import { isConcluding } from './conclusion';
import type { JsonObject, JsonSchema } from './json';
import type { SystemMessage } from './messages';
import { systemMessage } from './messages';
import type { Message, ModelResponse } from './model';
import type { ProviderTool } from './provider-tools';
import { toolResultBytesRange } from './size-limits';
import type { Tool, ToolDefinition } from './tool';

/** In neutral terms; each provider's adapter translates them, and what is not set is not sent. */
export interface ModelSettings {
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
  readonly reasoning?: 'off' | 'low' | 'medium' | 'high';
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly tool: string };
  readonly parallelToolCalls?: boolean;
  /** Texts that end the answer where they would appear. OpenAI's Responses API knows none and is told none. */
  readonly stop?: readonly string[];
  /**
   * By the provider's name (`openai`, `anthropic` …): fields of its request, passed as they stand on top of
   * everything else. Objects are merged, lists appended to, `null` leaves out what would be sent.
   */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>;
}

export interface AgentLimits {
  /** Model calls in one turn. The turn fails with a `StepLimitError` at the first one too many. @default 50 */
  readonly maxSteps?: number;
  /** Tokens that a prompt and its answer may have together. @default what the price list knows of the model */
  readonly contextWindow?: number;
  /**
   * Before a prompt passes this share of the window, older messages give way to a summary. Above 0, up to 1: the rest
   * is room for the answer. Where no window is known, only a provider's refusal leads there. @default 0.75
   */
  readonly compactAt?: number;
  /**
   * UTF-8 bytes of a tool result's text that the model is shown in a durable conversation; of a longer one it is shown
   * the beginning and the end, and the tool `read_result` reads the rest. 1,024 to 524,288. More than 8 calls of one
   * answer share what 8 have. In process, where nobody keeps the rest, results stay whole. @default 65_536
   */
  readonly toolResultBytes?: number;
  /**
   * How long a question or an approval may wait for a person, in milliseconds, ten years at most; then it counts as no.
   * @default 604_800_000, a week
   */
  readonly decisionMs?: number;
  /** What a turn and the conversation may take. @default no limit but `maxSteps` */
  readonly budgets?: Budgets;
}

const dayMs = 24 * 60 * 60 * 1000;
export const defaultDecisionMs = 7 * dayMs;
/** What is far longer has no date. */
const longestDecisionMs = 3_650 * dayMs;

/** What of an agent's `limits` cannot be held. */
export function limitsProblem(limits: unknown): string | undefined {
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits)) {
    return 'must be an object.';
  }
  const {
    maxSteps = 1,
    contextWindow = 1,
    compactAt = 1,
    toolResultBytes = toolResultBytesRange.most,
    decisionMs = 1,
    budgets = {},
  } = limits as Record<string, unknown>;
  if (!isPositiveInteger(maxSteps)) return '`maxSteps` must be a whole number, 1 or more.';
  if (!isPositiveInteger(contextWindow)) {
    return '`contextWindow` must be a whole number of tokens, 1 or more.';
  }
  const isShare = typeof compactAt === 'number' && compactAt > 0 && compactAt <= 1;
  if (!isShare) return '`compactAt` must be a share: above 0, up to 1.';
  const { least, most } = toolResultBytesRange;
  const isInRange =
    isPositiveInteger(toolResultBytes) && toolResultBytes >= least && toolResultBytes <= most;
  if (!isInRange) return `\`toolResultBytes\` must be a whole number, ${least} to ${most}.`;
  if (!isPositiveInteger(decisionMs) || decisionMs > longestDecisionMs) {
    return `\`decisionMs\` must be a whole number of milliseconds, 1 to ${longestDecisionMs}.`;
  }
  const wrongBudgets = budgetsProblem(budgets);
  return wrongBudgets && `\`budgets\` ${wrongBudgets}`;
}

function isPositiveInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

export const defaultMaxSteps = 50;

export interface AgentFields {
  readonly name: string;
  /** What the agent is told first, as the system message of every prompt. */
  readonly instructions: string;
  /** An alias, `provider:model`, or a model's name. See `getModelForName`. */
  readonly model: string;
  readonly settings?: ModelSettings;
  readonly limits?: AgentLimits;
  /** Which tool calls wait for a person's word, where the tool itself does not say. @default 'never' */
  readonly approval?: ApprovalPolicy;
  /**
   * The JSON Schema of its final answers, an object's at the root. The model is told by its provider's own means where
   * there are any, every answer is checked, and one that is not as it should be is sent back once; the second fails
   * the turn with an `OutputError`. @default any text
   */
  readonly output?: JsonSchema;
  /**
   * Tools that the provider's servers run themselves. A model that has none fails with a `ModelError` of kind
   * `configuration`. @default none
   */
  readonly providerTools?: readonly ProviderTool[];
}

/** An agent as a caller writes it inline: its tools are names that the worker knows. */
export interface AgentDefinition extends AgentFields {
  readonly tools: readonly string[];
}

/** An agent with its tools' definitions: all that a prompt is made of, besides the messages. */
export interface ReActAgent extends AgentFields {
  readonly tools: readonly ToolDefinition[];
}

/** An agent with tools that can be executed. */
export interface ExecutableAgent extends AgentFields {
  readonly tools: readonly Tool[];
}

/**
 * The agent as one call of the model is to see it. A forced tool choice holds for the first step of a turn; were it for
 * all, no turn could end with an answer. Who is told to conclude has no tools to choose from.
 */
export function agentAtStep(
  agent: ReActAgent,
  step: number,
  messages: readonly Message[],
): ReActAgent {
  const choice = agent.settings?.toolChoice;
  if (agent.tools.length > 0 && isConcluding(messages)) return withToolChoice(agent, 'none');
  const isForced = choice === 'required' || typeof choice === 'object';
  return step > 1 && isForced ? withToolChoice(agent, 'auto') : agent;
}

function withToolChoice(agent: ReActAgent, toolChoice: 'none' | 'auto'): ReActAgent {
  return { ...agent, settings: { ...agent.settings, toolChoice } };
}

/** The prompt of one model call: the instructions, then the messages. */
export function toPrompt(
  agent: ReActAgent,
  messages: readonly Message[],
): readonly (SystemMessage | Message)[] {
  const shown = markInterruptions(messages);
  return agent.instructions ? [systemMessage(agent.instructions), ...shown] : shown;
}

/** The messages as a model is to read them: an interrupted answer says that it was. */
export function markInterruptions(messages: readonly Message[]): readonly Message[] {
  return messages.map((message) => (isInterrupted(message) ? marked(message) : message));
}

function isInterrupted(message: Message): message is ModelResponse {
  return message.role === 'assistant' && message.finishReason === 'interrupted';
}

/** It may have been interrupted before its first word, and no provider takes an empty message. */
function marked(response: ModelResponse): ModelResponse {
  const note = '[The user interrupted this answer.]';
  return { ...response, content: [response.content, note].filter(Boolean).join('\n\n') };
}
