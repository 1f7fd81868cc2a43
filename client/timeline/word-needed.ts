/** Which tool calls wait for a person's word, by the agent as history has it: that may be of any version. */
import { needsApproval } from '../../agent/approval';
import type { JsonObject } from '../../agent/json';
import type { ReActAgent } from '../../agent/agent';
import { asFields, asList } from './values';

export interface AskedCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** What kind of word `call` needs, if it does and nothing said before stands for it. */
export function wordNeeded(agent: unknown, call: AskedCall): 'approval' | 'question' | undefined {
  const { tools, approval } = asFields(agent);
  const definition = asList(tools).find((tool) => asFields(tool).name === call.name);
  if (definition === undefined) return undefined;
  const tool = definition as ReActAgent['tools'][number];
  if (tool.answeredBy === 'user') return 'question';
  try {
    const ofAgent = approval as ReActAgent['approval'];
    return needsApproval(tool, call.arguments, ofAgent) ? 'approval' : undefined;
  } catch {
    return undefined;
  }
}
