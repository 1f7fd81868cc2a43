/** Checks final answers against their agent's `output`. */
import type * as Ajv from 'ajv/dist/2020';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020';
import type { ReActAgent } from '../../agent/agent';
import { ModelError } from '../../agent/errors';
import type { JsonSchema } from '../../agent/json';
import { cutToBytes, isTooDeep, nestingLimit } from '../../agent/json';
import type { Message, ModelCallOptions, ModelResponse, StreamEvent } from '../../agent/model';
import { ModelBase, complete } from '../../agent/model';
import { isWholeAnswer, parseOutput } from '../../agent/output';
import { errorLimitBytes } from '../../agent/size-limits';

/** Problems that a model is told of at once. */
const problemsTold = 5;

/** `response` with its verdict, where its agent asks for one. */
export function withVerdict(
  { name, output }: Pick<ReActAgent, 'name' | 'output'>,
  response: ModelResponse,
): ModelResponse {
  if (!output || !isWholeAnswer(response)) return response;
  const validate = toValidator(name, output);
  return { ...response, outputProblem: problemOf(response.content, validate) };
}

/**
 * `model`, with a verdict on every final answer of an agent with an `output`. For `AgentRunner` in process; a worker
 * checks by itself.
 */
export function withOutputCheck(model: ModelBase): ModelBase {
  return new CheckedModel(model);
}

class CheckedModel extends ModelBase {
  constructor(private readonly model: ModelBase) {
    super();
    if (model.toRequest) this.toRequest = model.toRequest.bind(model);
  }

  override get identity(): ModelBase['identity'] {
    return this.model.identity;
  }

  override async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    options?: ModelCallOptions,
  ): AsyncGenerator<StreamEvent, void, undefined> {
    for await (const event of this.model.streamResponse(agent, inputs, options)) {
      yield event.isFinal ? complete(withVerdict(agent, event.accumulated)) : event;
    }
  }
}

/** Why `schema` cannot be checked against, if it cannot. */
export function schemaFault(schema: JsonSchema): string | undefined {
  try {
    compile(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function toValidator(agentName: string, schema: JsonSchema): ValidateFunction {
  try {
    return compile(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The \`output\` of agent \`${agentName}\` is no usable JSON Schema: ${reason}`;
    throw new ModelError({ provider: 'none', kind: 'configuration', message, retryable: false });
  }
}

/** By a validator of its own each time: schemas may share an `$id`. `format` is a note, as the standard has it. */
function compile({ $schema: _dialect, ...schema }: JsonSchema): ValidateFunction {
  const options = {
    strict: false,
    allErrors: true,
    validateFormats: false,
    logger: false,
  } as const;
  // Few agents have an `output`, and loading it takes time.
  const { Ajv2020 } = require('ajv/dist/2020') as typeof Ajv;
  return new Ajv2020(options).compile(schema);
}

function problemOf(content: string, validate: ValidateFunction): string | null {
  const value = parseOutput(content);
  if (value === undefined) return 'It is not JSON.';
  if (isTooDeep(value)) return `It is nested more than ${nestingLimit} levels deep.`;
  if (validate(value)) return null;
  const problems = validate.errors ?? [];
  const told = problems.slice(0, problemsTold).map(toText);
  const more = problems.length - told.length;
  const problem = `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
  // A path is as long as the answer's keys are.
  return cutToBytes(problem, errorLimitBytes);
}

/** `/city/name must be string`, by the path in the value and the rule that it breaks. */
function toText({
  instancePath,
  message = 'is not allowed',
  keyword,
  params,
}: ErrorObject): string {
  const given = params as Readonly<Record<string, unknown>>;
  const detail = keyword === 'additionalProperties' ? given['additionalProperty'] : undefined;
  const allowed = keyword === 'enum' ? given['allowedValues'] : given['allowedValue'];
  const shown = detail ?? allowed;
  return `\`${instancePath || '/'}\` ${message}${shown === undefined ? '' : `: ${JSON.stringify(shown)}`}`;
}
