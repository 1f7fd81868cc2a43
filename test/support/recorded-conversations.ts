/** Whole tool-calling conversations that were recorded with OpenAI, told in Holdfast's words. */
import type { JsonObject, JsonSchema } from '../../agent/json';
import type { ToolDefinition } from '../../agent/tool';
import type { RecordedExchange } from './recordings';
import { readRecording, streamEvents } from './recordings';

export interface RecordedConversation {
  readonly name: string;
  /** Below `test/fixtures/recordings`. */
  readonly path: string;
  readonly exchanges: readonly RecordedExchange[];
  readonly model: string;
  readonly instructions: string;
  /** What the user said. */
  readonly message: string;
  readonly tools: readonly ToolDefinition[];
  /** What the recorded tool returned for these arguments. @throws Error for arguments that were not recorded. */
  readonly toolReturns: ToolReturns;
  readonly finalAnswer: string;
}

export type ToolReturns = (toolName: string, toolArguments: JsonObject) => string;

/** Streamed, with encrypted reasoning, commentary and one call. */
export const capitalOfPotatoLand = conversation(
  'capital of PotatoLand (pydantic-ai, gpt-5.5)',
  'pydantic-ai/test_openai_responses_phase_streamed_on_part_start.yaml',
);

/** Not streamed, with two parallel calls. */
export const secretsByPassword = conversation(
  'secrets by password (mirascope, gpt-4o)',
  'mirascope/test_call_with_tools-openai_gpt_4o_responses-sync.yaml',
);

/** Streamed, with encrypted reasoning and three calls, each about the result of the one before. */
export const calculation = conversation(
  'calculation in three steps (vercel-ai, gpt-5.1-codex-max)',
  'vercel-ai/openai-reasoning-encrypted-content.1.chunks.txt',
  // Only the answers were kept. Their arguments tell what the calculator returned.
  {
    message: 'Add 12 and 7, multiply the sum by 3, and that by 10. Use the calculator once a step.',
    toolReturns: (_toolName, { a, b, op }) => JSON.stringify({ result: calculate(a, b, op) }),
  },
);

/** Not streamed, with encrypted reasoning and one call. */
export const weatherInParis = conversation(
  'weather in Paris (pydantic-ai, gpt-5-mini)',
  'pydantic-ai/test_tool_choice_matrix_auto-openai_responses.yaml',
);

export const recordedConversations: readonly RecordedConversation[] = [
  capitalOfPotatoLand,
  secretsByPassword,
  calculation,
  weatherInParis,
];

/** The first conversation of `path`: the exchanges up to the first answer without a call. */
function conversation(
  name: string,
  path: string,
  unrecorded: Partial<Pick<RecordedConversation, 'message' | 'toolReturns'>> = {},
): RecordedConversation {
  const recorded = readRecording(path);
  const length = recorded.findIndex((exchange) => callsOf(exchange).length === 0) + 1;
  const exchanges = recorded.slice(0, length);
  const [first] = exchanges;
  const last = exchanges.at(-1);
  if (!first || !last) throw new Error(`The recording \`${path}\` holds no conversation.`);
  const request = requestOf(first);
  const response = responseOf(first);
  return {
    name,
    path,
    exchanges,
    model: (request['model'] ?? response['model']) as string,
    instructions: (request['instructions'] ?? contentOf(request, 'developer')) as string,
    message: contentOf(request, 'user'),
    tools: (response['tools'] as readonly JsonObject[]).map(toToolDefinition),
    toolReturns: recordedReturns(path, exchanges),
    finalAnswer: outputOf(last).map(textOf).join(''),
    ...unrecorded,
  };
}

function toToolDefinition(tool: JsonObject): ToolDefinition {
  return {
    name: tool['name'] as string,
    description: (tool['description'] ?? '') as string,
    inputSchema: tool['parameters'] as JsonSchema,
    annotations: { readOnlyHint: true },
  };
}

function recordedReturns(path: string, exchanges: readonly RecordedExchange[]): ToolReturns {
  const sent = exchanges.flatMap((exchange) => inputOf(requestOf(exchange)));
  const returned = new Map<string, string>();
  for (const call of exchanges.flatMap(callsOf)) {
    const output = sent.find(
      (item) => item['type'] === 'function_call_output' && item['call_id'] === call['call_id'],
    );
    const toolArguments = JSON.parse(call['arguments'] as string) as JsonObject;
    returned.set(keyOf(call['name'] as string, toolArguments), output?.['output'] as string);
  }
  return (toolName, toolArguments) => {
    const output = returned.get(keyOf(toolName, toolArguments));
    if (output !== undefined) return output;
    const known = [...returned.keys()].join(', ');
    throw new Error(`${keyOf(toolName, toolArguments)} is not in \`${path}\`, which has ${known}.`);
  };
}

function keyOf(toolName: string, toolArguments: JsonObject): string {
  return `${toolName}(${JSON.stringify(toolArguments)})`;
}

function calculate(a: unknown, b: unknown, op: unknown): number {
  const [left, right] = [Number(a), Number(b)];
  if (op === 'add') return left + right;
  if (op === 'multiply') return left * right;
  throw new Error(`The recorded calculator was not asked to ${String(op)}.`);
}

function requestOf({ request }: RecordedExchange): JsonObject {
  return (request ?? {}) as JsonObject;
}

function inputOf(request: JsonObject): readonly JsonObject[] {
  return (request['input'] ?? []) as readonly JsonObject[];
}

function contentOf(request: JsonObject, role: string): string {
  return (inputOf(request).find((item) => item['role'] === role)?.['content'] ?? '') as string;
}

function responseOf({ isStream, responseBody }: RecordedExchange): JsonObject {
  return isStream
    ? (streamEvents(responseBody).findLast((it) => it['response'])?.['response'] as JsonObject)
    : (JSON.parse(responseBody) as JsonObject);
}

function outputOf(exchange: RecordedExchange): readonly JsonObject[] {
  return responseOf(exchange)['output'] as readonly JsonObject[];
}

function callsOf(exchange: RecordedExchange): readonly JsonObject[] {
  return outputOf(exchange).filter(({ type }) => type === 'function_call');
}

function textOf({ type, content }: JsonObject): string {
  if (type !== 'message') return '';
  return (content as readonly JsonObject[]).map(({ text }) => text).join('');
}
