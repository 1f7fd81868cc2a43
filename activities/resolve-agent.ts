/** Pins a conversation to its agent: the definition as this worker has it now, recorded once, with its hash. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ContextWindows } from './context-windows';
import type { AgentDefinition, ExecutableAgent, ReActAgent } from '../agent/agent';
import { sha256Hex } from '../agent/digest';
import { cut } from '../agent/json';
import type { ModelBase } from '../agent/model';
import { agentLimitBytes } from '../agent/size-limits';
import type { Tool, ToolDefinition } from '../agent/tool';
import { toToolDefinition } from '../agent/tool';
import type { ExecutionSettings, PinnedAgent, ResolveAgentInput } from './contract';
import { FailureType } from './contract';
import { storable, toModelFailure } from './failures';
import { startHeartbeat } from './heartbeat';
import { schemaFault } from './models/output-check';

export interface ResolveAgentDependencies {
  readonly agents: readonly ExecutableAgent[];
  readonly tools: ReadonlyMap<string, Tool>;
  readonly execution: ExecutionSettings;
  readonly modelForName: (name: string) => ModelBase;
  readonly contextWindows: ContextWindows;
}

export function createResolveAgent(dependencies: ResolveAgentDependencies) {
  const { agents, tools, execution, modelForName, contextWindows } = dependencies;
  return async function resolveAgent(input: ResolveAgentInput): Promise<PinnedAgent> {
    const context = Context.current();
    const heartbeat = startHeartbeat({ beat: (details) => context.heartbeat(details) });
    try {
      const own = typeof input.agent === 'string' ? named(input.agent) : inline(input.agent);
      const chosen = input.model === undefined ? own : { ...own, model: known(input.model) };
      const agent = storable(chosen, {
        what: `Agent \`${cut(own.name, 60)}\` with the definitions of its ${own.tools.length} tools`,
        limitBytes: agentLimitBytes,
        type: FailureType.agentTooLarge,
        cure: 'Shorten its instructions or give it fewer tools.',
      });
      const contextWindow = windowOf(agent.model);
      return {
        agent,
        hash: sha256Hex(JSON.stringify(agent)),
        execution,
        ...(contextWindow !== undefined && { contextWindow }),
      };
    } finally {
      heartbeat.stop();
    }
  };

  /** A model that cannot be had says so when it is asked. */
  function windowOf(model: string): number | undefined {
    try {
      const { identity } = modelForName(model);
      return identity && contextWindows.windowOf(identity);
    } catch {
      return undefined;
    }
  }

  function known(model: string): string {
    try {
      modelForName(model);
      return model;
    } catch (error) {
      throw toModelFailure(error);
    }
  }

  function named(name: string): ReActAgent {
    const agent = agents.find((candidate) => candidate.name === name);
    if (agent) return toData(agent, agent.tools);
    const known = agents.map((candidate) => candidate.name).join(', ') || 'none';
    throw ApplicationFailure.nonRetryable(
      `Unknown agent \`${name}\`. This worker knows: ${known}.`,
      FailureType.unknownAgent,
    );
  }

  function inline(definition: AgentDefinition): ReActAgent {
    const twice = definition.tools.find((name, index) => definition.tools.indexOf(name) !== index);
    if (twice !== undefined) {
      throw ApplicationFailure.nonRetryable(
        `Agent \`${definition.name}\` names the tool \`${twice}\` twice.`,
        FailureType.invalidAgent,
      );
    }
    return toData(
      definition,
      definition.tools.map((name) => {
        const tool = tools.get(name);
        if (tool) return tool;
        throw ApplicationFailure.nonRetryable(
          `Agent \`${definition.name}\` names an unknown tool \`${name}\`. This worker has: ${[...tools.keys()].join(', ') || 'none'}.`,
          FailureType.unknownTool,
        );
      }),
    );
  }
}

function toData(
  agent: AgentDefinition | ExecutableAgent,
  tools: readonly ToolDefinition[],
): ReActAgent {
  const { name, instructions, model, settings, limits, approval, output, providerTools } = agent;
  const fault = output && schemaFault(output);
  if (fault) {
    throw ApplicationFailure.nonRetryable(
      `The \`output\` of agent \`${name}\` is no usable JSON Schema: ${fault}`,
      FailureType.invalidAgent,
    );
  }
  return {
    name,
    model,
    instructions,
    tools: tools.map(toToolDefinition),
    ...(settings && { settings }),
    ...(limits && { limits }),
    ...(approval !== undefined && { approval }),
    ...(output && { output }),
    ...(providerTools && { providerTools }),
  };
}
