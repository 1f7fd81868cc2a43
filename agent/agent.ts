/** What an agent is: data. `defineAgent` writes one down; a run is pinned to the `ReActAgent` it started with. */
import type { JsonObject } from './json';
import type { SystemMessage } from './messages';
import { systemMessage } from './messages';
import type { Message } from './model';
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
}

export const defaultMaxSteps = 50;

interface AgentFields {
  readonly name: string;
  /** What the agent is told first, as the system message of every prompt. */
  readonly instructions: string;
  /** An alias, `provider:model`, or a model's name. See `getModelForName`. */
  readonly model: string;
  readonly settings?: ModelSettings;
  readonly limits?: AgentLimits;
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
 * Writes down an agent.
 *
 * @throws TypeError when a name is empty, or two tools share one.
 */
export function defineAgent(
  agent: Omit<ExecutableAgent, 'tools'> & { readonly tools?: readonly Tool[] },
): ExecutableAgent {
  if (!agent.name.trim()) throw new TypeError('An agent needs a `name`.');
  if (!agent.model.trim()) throw new TypeError(`Agent \`${agent.name}\` needs a \`model\`.`);
  const tools = agent.tools ?? [];
  const names = tools.map((tool) => tool.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new TypeError(`Agent \`${agent.name}\` has two tools named \`${twice}\`. Rename one.`);
  }
  return { ...agent, tools };
}

/** A forced tool choice holds for the first step of a turn; were it for all, no turn could end with an answer. */
export function agentAtStep(agent: ReActAgent, step: number): ReActAgent {
  const choice = agent.settings?.toolChoice;
  const isForced = choice === 'required' || typeof choice === 'object';
  return step > 1 && isForced
    ? { ...agent, settings: { ...agent.settings, toolChoice: 'auto' } }
    : agent;
}

/** The prompt of one model call: the instructions, then the messages. */
export function toPrompt(
  agent: ReActAgent,
  messages: readonly Message[],
): readonly (SystemMessage | Message)[] {
  return agent.instructions ? [systemMessage(agent.instructions), ...messages] : messages;
}
