/** Writing an agent down. Apart from what an agent is: no running conversation needs it. */
import type { AgentFields, ExecutableAgent } from './agent';
import { limitsProblem } from './agent';
import { approvalProblem } from './approval';
import type { JsonSchema } from './json';
import { outputSchemaProblem } from './output';
import { providerToolsProblem } from './provider-tools';
import type { Tool } from './tool';

/** An agent as it is written down. */
export interface AgentOptions extends Omit<AgentFields, 'output'> {
  /** @default [] */
  readonly tools?: readonly Tool[];
  /** What its final answers are: a zod object (4.2 or newer), or the JSON Schema of one. @default any text */
  readonly output?: SchemaSource | JsonSchema;
}

/**
 * Writes an agent down.
 *
 * @throws TypeError when a name is empty, two tools share one, a provider's tool is not known, a limit is none, or JSON
 * Schema cannot express `output`.
 */
export function defineAgent({ output, ...agent }: AgentOptions): ExecutableAgent {
  if (!agent.name.trim()) throw new TypeError('An agent needs a `name`.');
  if (!agent.model.trim()) throw new TypeError(`Agent \`${agent.name}\` needs a \`model\`.`);
  const tools = agent.tools ?? [];
  const names = tools.map((tool) => tool.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new TypeError(`Agent \`${agent.name}\` has two tools named \`${twice}\`. Rename one.`);
  }
  const wrongLimits = agent.limits && limitsProblem(agent.limits);
  if (wrongLimits) throw new TypeError(`\`limits\` of agent \`${agent.name}\`: ${wrongLimits}`);
  const wrongApproval = agent.approval === undefined ? undefined : approvalProblem(agent.approval);
  if (wrongApproval)
    throw new TypeError(`\`approval\` of agent \`${agent.name}\` ${wrongApproval}`);
  const wrong = agent.providerTools && providerToolsProblem(agent.providerTools, names);
  if (wrong) throw new TypeError(`\`providerTools\` of agent \`${agent.name}\` ${wrong}`);
  return { ...agent, tools, ...(output && { output: toOutputSchema(agent.name, output) }) };
}

/** A schema that can say itself as JSON Schema (Standard JSON Schema): zod's can from version 4.2 on. */
export interface SchemaSource {
  readonly '~standard': {
    readonly jsonSchema: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
    };
  };
}

/**
 * The data of an `output`.
 *
 * @throws TypeError when it is no schema, JSON Schema cannot express it, or it is no object's.
 */
export function toOutputSchema(agentName: string, output: SchemaSource | JsonSchema): JsonSchema {
  const what = `The \`output\` of agent \`${agentName}\``;
  const { $schema: _dialect, ...schema } = toData(what, output);
  const problem = outputSchemaProblem(schema);
  if (problem) throw new TypeError(`${what} ${problem}`);
  return schema;
}

function toData(what: string, output: SchemaSource | JsonSchema): JsonSchema {
  const standard = (output as Partial<SchemaSource>)['~standard'];
  // Without types anything may be passed, an older zod's schema for one.
  const { jsonSchema } = (standard ?? {}) as Partial<SchemaSource['~standard']>;
  if (standard && !jsonSchema) {
    throw new TypeError(
      `${what} cannot say itself as JSON Schema. Use zod 4.2 or newer, or pass a JSON Schema.`,
    );
  }
  try {
    const schema = jsonSchema ? jsonSchema.input({ target: 'draft-2020-12' }) : output;
    return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`${what} cannot be expressed as JSON Schema: ${reason}`, { cause: error });
  }
}
