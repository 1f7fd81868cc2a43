/** An agent's tools as the Messages API takes them: its own, and those that Anthropic runs. */
import type { ToolChoice } from '@anthropic-ai/sdk/resources/messages';
import type { ModelSettings, ReActAgent } from '../../agent/agent';
import type { JsonObject } from '../../agent/json';
import type { AnthropicRules } from './anthropic-families';
import { rulesFor } from './anthropic-families';
import { anthropicProvider } from './anthropic-replay';
import { toObjectSchema, withOptions } from './request-json';
import type { ToolNames } from './tool-names';
import { toolNamesFor } from './tool-names';

/** Anthropic's own tools have names too. */
export function toToolNames({ tools, providerTools = [] }: ReActAgent): ToolNames {
  return toolNamesFor([...tools.map(({ name }) => name), ...providerTools]);
}

export function toTools(agent: ReActAgent, names: ToolNames, model: string): JsonObject[] {
  return [...toFunctions(agent, names), ...toOwnTools(agent, model)];
}

function toFunctions({ tools }: ReActAgent, names: ToolNames): JsonObject[] {
  return tools.map(({ name, description, inputSchema, providerOptions }) =>
    withOptions(
      {
        name: names.toProvider(name),
        ...(description.trim() && { description }),
        input_schema: toObjectSchema(inputSchema),
      },
      providerOptions?.[anthropicProvider],
    ),
  );
}

function toOwnTools({ providerTools = [] }: ReActAgent, model: string): JsonObject[] {
  const { toolVersions } = rulesFor(model);
  return providerTools.map((name) => {
    const type = toolVersions[name];
    // Called by code of the model's, a search that pauses could go on in that code's container alone.
    const isDirect = type === 'web_search_20260209';
    return { type, name, ...(isDirect && { allowed_callers: ['direct'] }) };
  });
}

export function toToolChoice(
  { toolChoice, parallelToolCalls }: ModelSettings = {},
  names: ToolNames,
  { mayForceTools }: AnthropicRules,
): { readonly tool_choice?: ToolChoice } {
  if (toolChoice === 'none') return { tool_choice: { type: 'none' } };
  const oneByOne = parallelToolCalls === false && { disable_parallel_tool_use: true };
  // A model that cannot be forced refuses to be: it is left the choice.
  if (isForced(toolChoice) && mayForceTools) {
    return typeof toolChoice === 'object'
      ? { tool_choice: { type: 'tool', name: names.toProvider(toolChoice.tool), ...oneByOne } }
      : { tool_choice: { type: 'any', ...oneByOne } };
  }
  return toolChoice !== undefined || oneByOne ? { tool_choice: { type: 'auto', ...oneByOne } } : {};
}

export function isForced(toolChoice: ModelSettings['toolChoice']): boolean {
  return toolChoice === 'required' || typeof toolChoice === 'object';
}
