/** An agent's tools as generateContent takes them: its own, and those that Google runs. */
import type { FunctionDeclaration, Tool, ToolConfig } from '@google/genai';
import { FunctionCallingConfigMode } from '@google/genai';
import type { ReActAgent } from '../../agent/agent';
import type { ProviderTool } from '../../agent/provider-tools';
import { combinesTools, hasOwnTools } from './gemini-families';
import { geminiProvider } from './gemini-replay';
import { noProviderTool, providerToolError } from './provider-tools';
import { toObjectSchema, withOptions } from './request-json';
import type { ToolNames } from './tool-names';
import { toolNamesFor } from './tool-names';

export function toToolNames({ tools }: ReActAgent): ToolNames {
  return toolNamesFor(tools.map(({ name }) => name));
}

export function toTools(
  { tools, providerTools = [], settings: { toolChoice } = {} }: ReActAgent,
  names: ToolNames,
  model: string,
): { readonly tools?: Tool[]; readonly toolConfig?: ToolConfig } {
  const own = toOwnTools(providerTools, model, tools.length > 0);
  if (tools.length === 0) return own.length > 0 ? { tools: own } : {};
  const functionDeclarations = tools.map(
    ({ name, description, inputSchema, providerOptions }): FunctionDeclaration =>
      withOptions(
        {
          name: names.toProvider(name),
          ...(description && { description }),
          parametersJsonSchema: toObjectSchema(inputSchema),
        },
        providerOptions?.[geminiProvider],
      ),
  );
  return {
    tools: [{ functionDeclarations }, ...own],
    ...((toolChoice !== undefined || own.length > 0) && {
      toolConfig: {
        ...(own.length > 0 && { includeServerSideToolInvocations: true }),
        ...(toolChoice !== undefined && {
          functionCallingConfig:
            typeof toolChoice === 'string'
              ? { mode: modes[toolChoice] }
              : {
                  mode: FunctionCallingConfigMode.ANY,
                  allowedFunctionNames: [names.toProvider(toolChoice.tool)],
                },
        }),
      },
    }),
  };
}

const ownTools: Readonly<Record<ProviderTool, Tool>> = {
  web_search: { googleSearch: {} },
  code_execution: { codeExecution: {} },
};

/** @throws ModelError where the model has them not, or not beside functions. */
function toOwnTools(names: readonly ProviderTool[], model: string, hasFunctions: boolean): Tool[] {
  const [first] = names;
  if (first && !hasOwnTools(model)) throw noProviderTool(geminiProvider, model, first);
  if (first && hasFunctions && !combinesTools(model)) {
    throw providerToolError(
      geminiProvider,
      `Model \`${model}\` cannot run \`${first}\` beside tools of the agent's own. Take a model from Gemini 3 on, or leave one of them out.`,
    );
  }
  return names.map((name) => ownTools[name]);
}

const modes = {
  auto: FunctionCallingConfigMode.AUTO,
  none: FunctionCallingConfigMode.NONE,
  required: FunctionCallingConfigMode.ANY,
};
