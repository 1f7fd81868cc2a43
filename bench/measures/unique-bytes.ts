/** What has to be kept of a turn, as UTF-8 JSON, and what Holdfast's history takes beyond it. */
import { OpenAIModel } from '../../activities/models/openai-model';
import type { ReActAgent } from '../../agent/agent';
import { AgentRunner } from '../../agent/agent-runner';
import { jsonBytes } from '../../agent/json';
import { userMessage } from '../../agent/messages';
import { toToolDefinition } from '../../agent/tool';
import { clerk } from '../contenders/holdfast';
import { entryText, instructions, question } from '../text';
import { type Arena, model } from './arena';

/**
 * For each step with its tool call, of a turn of `steps` steps whose history has `bytes`. What a turn of one step takes
 * beyond its JSON (the start of the workflow, resolving the agent) is taken off: `bytesOfOne` is its history.
 */
export async function overheadBytes(
  arena: Arena,
  { steps, bytes, bytesOfOne }: { steps: number; bytes: number; bytesOfOne: number },
): Promise<number> {
  const fixed = bytesOfOne - (await uniqueBytes(arena, 1));
  return (bytes - fixed - (await uniqueBytes(arena, steps))) / (steps - 1);
}

/** The agent once, and every message once, as the loop makes them in one process. */
async function uniqueBytes({ provider }: Arena, steps: number): Promise<number> {
  const baseURL = `${provider.urlFor('holdfast')}/v1`;
  const agent = clerk({ model, instructions, entryText });
  const runner = new AgentRunner({
    model: new OpenAIModel({ model, baseURL, apiKey: 'sk-of-nobody' }),
    tools: agent.tools,
  });
  const definition: ReActAgent = { ...agent, tools: agent.tools.map(toToolDefinition) };
  const { messages } = await runner.getResponse(definition, [userMessage(question(steps))]);
  return [definition, ...messages].reduce((total, value) => total + jsonBytes(value), 0);
}
