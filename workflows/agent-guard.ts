/** The guard for agents that come in raw: in the input of a conversation, and with `adopt`. */
import { limitsProblem } from '../agent/agent';
import { approvalProblem } from '../agent/approval';
import { cut } from '../agent/json';
import { outputSchemaProblem } from '../agent/output';
import { providerToolsProblem } from '../agent/provider-tools';
import { asFields, isText } from './guard-values';

/** What `defineAgent` would refuse too, and what would fail every turn. */
export function agentProblem(value: unknown): string | undefined {
  if (typeof value === 'string' && value) return undefined;
  const fields = asFields(value) ?? {};
  const { name, model, instructions, tools, settings, limits, output, providerTools } = fields;
  const { approval } = fields;
  const isDefinition = isText(name) && isText(model) && typeof instructions === 'string';
  if (!isDefinition || !Array.isArray(tools) || !tools.every(isText)) {
    return '`agent` must be a name or { name, model, instructions, tools: names }.';
  }
  const twice = tools.find((tool, index) => tools.indexOf(tool) !== index);
  if (twice !== undefined) return `\`agent.tools\` names \`${cut(twice, 60)}\` twice.`;
  if (settings !== undefined && !asFields(settings)) return '`agent.settings` must be an object.';
  const wrongLimits = limits === undefined ? undefined : limitsProblem(limits);
  if (wrongLimits) return `\`agent.limits\`: ${wrongLimits}`;
  const wrongApproval = approval === undefined ? undefined : approvalProblem(approval);
  if (wrongApproval) return `\`agent.approval\` ${wrongApproval}`;
  const wrongTools =
    providerTools === undefined ? undefined : providerToolsProblem(providerTools, tools);
  if (wrongTools) return `\`agent.providerTools\` ${wrongTools}`;
  const wrongOutput = output === undefined ? undefined : outputSchemaProblem(output);
  return wrongOutput && `\`agent.output\` ${wrongOutput}`;
}
