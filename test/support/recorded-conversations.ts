/** Whole tool-calling conversations that were recorded with OpenAI, told in Holdfast's words. */
import type { JsonObject } from '../../agent/json';
import type { ToolDefinition } from '../../agent/tool';
import type { WireItem, WireRequest, WireTool } from './openai-wire';
import { wireResponse, wireText } from './openai-wire';
import type { RecordedExchange } from './recordings';
import { readRecording } from './recordings';

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
  const { model, instructions, input = [] } = requestOf(first);
  const saidBy = (role: string) => wireText(input.find((item) => item.role === role) ?? {});
  const response = wireResponse(first);
  return {
    name,
    path,
    exchanges,
    model: model ?? response.model,
    instructions: instructions ?? saidBy('developer'),
    message: saidBy('user'),
    tools: response.tools.map(toToolDefinition),
    toolReturns: recordedReturns(path, exchanges),
    finalAnswer: wireResponse(last).output.map(wireText).join(''),
    ...unrecorded,
  };
}

function toToolDefinition({ name, description, parameters }: WireTool): ToolDefinition {
  const annotations = { readOnlyHint: true };
  return { name, description: description ?? '', inputSchema: parameters, annotations };
}

function recordedReturns(path: string, exchanges: readonly RecordedExchange[]): ToolReturns {
  const sent = exchanges.flatMap((exchange) => requestOf(exchange).input ?? []);
  const returned = new Map<string, unknown>();
  for (const { call_id: id, name = '', arguments: raw = '' } of exchanges.flatMap(callsOf)) {
    const result = sent.find((it) => it.type === 'function_call_output' && it.call_id === id);
    returned.set(keyOf(name, JSON.parse(raw) as JsonObject), result?.output);
  }
  return (toolName, toolArguments) => {
    const output = returned.get(keyOf(toolName, toolArguments));
    if (typeof output === 'string') return output;
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

function requestOf({ request }: RecordedExchange): WireRequest {
  return (request ?? {}) as WireRequest;
}

function callsOf(exchange: RecordedExchange): readonly WireItem[] {
  return wireResponse(exchange).output.filter(({ type }) => type === 'function_call');
}
