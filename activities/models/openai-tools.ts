/** An agent's tools as the Responses API takes them: its own, and those that OpenAI runs. */
import type {
  FunctionTool,
  ResponseCreateParamsStreaming,
  Tool,
} from 'openai/resources/responses/responses';
import type { ReActAgent } from '../../agent/agent';
import type { ProviderTool } from '../../agent/provider-tools';
import type { ToolDefinition } from '../../agent/tool';
import { toOpenAIFormat } from '../../agent/tool';
import { openAIProvider } from './openai-replay';
import { toOpenAIParameters } from './openai-schema';
import { withOptions } from './request-json';
import type { ToolNames } from './tool-names';
import { toolNamesFor } from './tool-names';

export function toToolNames({ tools }: ReActAgent): ToolNames {
  return toolNamesFor(tools.map(({ name }) => name));
}

const ownTools: Readonly<Record<ProviderTool, Tool>> = {
  web_search: { type: 'web_search' },
  code_execution: { type: 'code_interpreter', container: { type: 'auto' } },
};

export function toTools(
  { tools, providerTools = [], settings: { toolChoice, parallelToolCalls } = {} }: ReActAgent,
  names: ToolNames,
): Partial<ResponseCreateParamsStreaming> {
  if (tools.length + providerTools.length === 0) return {};
  return {
    tools: [
      ...tools.map((tool) => toFunction(tool, names)),
      ...providerTools.map((name) => ownTools[name]),
    ],
    ...(toolChoice !== undefined && {
      tool_choice:
        typeof toolChoice === 'string'
          ? toolChoice
          : { type: 'function', name: names.toProvider(toolChoice.tool) },
    }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
}

function toFunction(tool: ToolDefinition, names: ToolNames): FunctionTool {
  const { name, description, parameters } = toOpenAIFormat(tool).function;
  const entry = {
    type: 'function',
    name: names.toProvider(name),
    ...(description && { description }),
    parameters: toOpenAIParameters(parameters),
    // Left out, it means `true`: every optional argument would become a required one.
    strict: false,
  };
  return withOptions(entry, tool.providerOptions?.[openAIProvider]) as unknown as FunctionTool;
}
