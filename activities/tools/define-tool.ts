import { z } from 'zod';
import type { ApprovalPolicy } from '../../agent/approval';
import { approvalProblem } from '../../agent/approval';
import { isToolError } from '../../agent/errors';
import type { JsonObject, JsonSchema, JsonValue } from '../../agent/json';
import { jsonBytes } from '../../agent/json';
import { text } from '../../agent/messages';
import type { Tool, ToolAnnotations, ToolContext, ToolResult } from '../../agent/tool';
import { toToolDefinition, toolStateLimitBytes } from '../../agent/tool';

/** What a tool may return: text, any JSON (an object also becomes `structuredContent`), or a whole `ToolResult`. */
export type ToolOutput = JsonValue | ToolResult;

export interface ToolOptions<Input extends z.ZodObject> {
  /** What the model calls it by: 1 to 128 of the characters `a-z A-Z 0-9 _ . - /`, unique in its agent. */
  readonly name: string;
  /** What it does and when to use it. The model chooses by this. */
  readonly description: string;
  /** The arguments. The model is given it as JSON Schema; `execute` only ever gets what it accepts. */
  readonly input: Input;
  /** What happens when a worker dies while the tool runs; undeclared, the tool is not run again. @default {} */
  readonly annotations?: ToolAnnotations;
  /** How long one attempt may take, in milliseconds. @default 120_000 */
  readonly timeoutMs?: number;
  /**
   * Which of its calls wait for a person's word: `always`, `never`, `by_annotations`, or `{ when }` with a JSON Schema
   * that their arguments match. @default what its agent says
   */
  readonly approval?: ApprovalPolicy;
  /** Fields of the tool's entry in a provider's request, by the provider's name. See `ToolDefinition`. @default {} */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>;
  /**
   * Does it. Throw a `ToolError` to say no: the model reads its message and nothing is retried. Any other error
   * means that the world failed: the call is tried again where the annotations allow it.
   */
  execute(toolArguments: z.output<Input>, context: ToolContext): ToolOutput | Promise<ToolOutput>;
}

/**
 * Makes a tool from a zod schema and a function. Nobody else needs to validate its arguments.
 *
 * @throws TypeError when the name or the schema cannot be given to a model.
 */
export function defineTool<Input extends z.ZodObject>(options: ToolOptions<Input>): Tool {
  const { name, input, approval } = options;
  if (!/^[a-zA-Z0-9_.\-/]{1,128}$/.test(name)) {
    throw new TypeError(
      `Invalid tool name \`${name}\`. A name is 1 to 128 of the characters a-z A-Z 0-9 _ . - /`,
    );
  }
  const wrongApproval = approval === undefined ? undefined : approvalProblem(approval);
  if (wrongApproval) throw new TypeError(`The \`approval\` of tool \`${name}\` ${wrongApproval}`);
  const inputSchema = toJsonSchema(name, input);
  return {
    ...toToolDefinition({ ...options, inputSchema }),
    async execute(toolArguments, context) {
      const parsed = await parseArguments(input, toolArguments);
      if (!parsed.accepted) return invalidArguments(name, parsed.problems, inputSchema);
      try {
        return checkState(name, toToolResult(name, await options.execute(parsed.value, context)));
      } catch (error) {
        if (isToolError(error)) return refusal(error.message);
        throw error;
      }
    },
  };
}

function toJsonSchema(name: string, input: z.ZodObject): JsonSchema {
  try {
    const { $schema: _dialect, ...schema } = z.toJSONSchema(input, { io: 'input' });
    return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch (error) {
    throw new TypeError(
      `The \`input\` of tool \`${name}\` is not a zod 4 object that JSON Schema can express: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

type Parsed<Value> =
  | { readonly accepted: true; readonly value: Value }
  | { readonly accepted: false; readonly problems: readonly string[] };

async function parseArguments<Input extends z.ZodObject>(
  input: Input,
  toolArguments: JsonObject,
): Promise<Parsed<z.output<Input>>> {
  try {
    const { success, data, error } = await input.safeParseAsync(toolArguments);
    if (success) return { accepted: true, value: data };
    const problems = error.issues.map(
      ({ path, message }) => `- ${path.length > 0 ? `\`${path.join('.')}\`: ` : ''}${message}`,
    );
    return { accepted: false, problems };
  } catch (error) {
    // A refinement or a transformation of the schema threw: it does not accept these arguments.
    return { accepted: false, problems: [`- ${messageOf(error)}`] };
  }
}

function invalidArguments(
  name: string,
  problems: readonly string[],
  inputSchema: JsonSchema,
): ToolResult {
  const lines = [
    `Invalid arguments for \`${name}\`:`,
    ...problems,
    `Expected: ${JSON.stringify(inputSchema)}`,
  ];
  return refusal(lines.join('\n'));
}

function refusal(reason: string): ToolResult {
  return { content: [text(reason)], isError: true };
}

function toToolResult(name: string, output: ToolOutput): ToolResult {
  if (isToolResult(output)) return output;
  if (typeof output === 'string') return { content: [text(output)] };
  const json = JSON.stringify(output) as string | undefined;
  if (json === undefined) {
    throw new TypeError(
      `Tool \`${name}\` returned ${typeof output}. Return text, JSON or a \`ToolResult\`.`,
    );
  }
  const value = JSON.parse(json) as JsonValue;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return {
    content: [text(json)],
    ...(isObject && { structuredContent: value as JsonObject }),
  };
}

const resultKeys: ReadonlySet<string> = new Set([
  'content',
  'isError',
  'structuredContent',
  'state',
]);
const blockTypes: ReadonlySet<unknown> = new Set([
  'text',
  'image',
  'audio',
  'resource',
  'resource_link',
]);

function isToolResult(output: ToolOutput): output is ToolResult {
  if (typeof output !== 'object' || output === null || !('content' in output)) return false;
  return (
    Array.isArray(output.content) &&
    output.content.every((block: { type?: unknown } | null) => blockTypes.has(block?.type)) &&
    Object.keys(output).every((key) => resultKeys.has(key))
  );
}

function checkState(name: string, result: ToolResult): ToolResult {
  const bytes = result.state === undefined ? 0 : jsonBytes(result.state);
  if (bytes <= toolStateLimitBytes) return result;
  throw new Error(
    `Tool \`${name}\` returned a \`state\` of ${bytes} bytes. The limit is ${toolStateLimitBytes} bytes of JSON.`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
