/** The activities of a worker, made from what the worker has. */
import type { ExecutableAgent } from '../agent/agent';
import type { ModelBase } from '../agent/model';
import type { Tool } from '../agent/tool';
import type { ContextWindows } from './context-windows';
import type { AgentActivities, ExecutionSettings } from './contract';
import { createExecuteTool } from './execute-tool';
import { genaiContextWindows } from './genai-prices';
import { createGetResponse } from './get-response';
import type { Prices } from './prices';
import { createResolveAgent } from './resolve-agent';
import { createSummarize } from './summarize';
import type { DeltaChannel } from '../wire/delta-channel';
import type { Transcripts } from './transcripts';

export interface ActivityDependencies {
  readonly agents: readonly ExecutableAgent[];
  readonly execution: ExecutionSettings;
  readonly modelForName: (name: string) => ModelBase;
  readonly prices?: Prices | undefined;
  /** @default genaiContextWindows() */
  readonly contextWindows?: ContextWindows | undefined;
  readonly transcripts: Transcripts;
  /** @default on heartbeats */
  readonly deltas?: DeltaChannel | undefined;
}

/** @throws TypeError when two agents share a name, or two different tools do. */
export function createActivities(dependencies: ActivityDependencies): AgentActivities {
  const { agents, execution, modelForName, prices, transcripts, deltas } = dependencies;
  const { contextWindows = genaiContextWindows() } = dependencies;
  const tools = collectTools(agents);
  return {
    getResponse: createGetResponse({ transcripts, modelForName, prices, deltas }),
    summarize: createSummarize({ transcripts, modelForName, prices }),
    executeTool: createExecuteTool({ transcripts, tools }),
    resolveAgent: createResolveAgent({ agents, tools, execution, modelForName, contextWindows }),
  };
}

/** There is no other registry of tools than the agents that name them. */
function collectTools(agents: readonly ExecutableAgent[]): ReadonlyMap<string, Tool> {
  const names = new Set<string>();
  const tools = new Map<string, Tool>();
  for (const agent of agents) {
    if (names.has(agent.name))
      throw new TypeError(`Two agents are named \`${agent.name}\`. Rename one.`);
    names.add(agent.name);
    for (const tool of agent.tools) {
      const known = tools.get(tool.name);
      if (known && known !== tool) {
        throw new TypeError(
          `Two different tools are named \`${tool.name}\` (one of them in agent \`${agent.name}\`). Rename one.`,
        );
      }
      tools.set(tool.name, tool);
    }
  }
  return tools;
}
