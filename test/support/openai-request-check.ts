/** What the Responses API refuses, and what a request owes to the answer before it. */
import type { JsonObject } from '../../agent/json';
import type { WireItem, WireRequest, WireTool } from './openai-wire';
import { wireText } from './openai-wire';

/** Why OpenAI would answer 400, in its words where they are recorded, or `undefined`. */
export function findFault({ model, input, tools, stream, store }: WireRequest): string | undefined {
  if (model === undefined) return "Missing required parameter: 'model'.";
  if (!input) return "Missing required parameter: 'input'.";
  if (!stream || store !== false) return 'Holdfast streams always and stores nothing.';
  return findToolFault(tools ?? []) ?? findItemFault(input) ?? findPairFault(input);
}

function findToolFault(tools: readonly WireTool[]): string | undefined {
  for (const { type, name, strict, parameters } of tools) {
    if (type !== 'function') continue;
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
      return `Invalid 'tools[0].name': string does not match pattern.`;
    }
    if (strict !== false) return `Tool '${name}' is made strict: it lacks \`strict: false\`.`;
    if (parameters['type'] !== 'object' || parameters['anyOf'] || parameters['oneOf']) {
      return `Invalid schema for function '${name}': schema must be of type "object".`;
    }
  }
  return undefined;
}

const idPrefixes: Readonly<Record<string, string>> = {
  message: 'msg_',
  function_call: 'fc_',
  reasoning: 'rs_',
};

function findItemFault(items: readonly WireItem[]): string | undefined {
  for (const [index, item] of items.entries()) {
    const { type = 'message', id, role, content, call_id: callId } = item;
    const prefix = idPrefixes[type];
    if (prefix && id !== undefined && !id.startsWith(prefix)) {
      return `Invalid 'input[${index}].id': expected an ID that begins with '${prefix}'.`;
    }
    if (type === 'reasoning' && !items[index + 1]) {
      return `Item '${id}' of type 'reasoning' was provided without its required following item.`;
    }
    const types = Array.isArray(content) ? content.map((part) => part.type) : [];
    const refused = role === 'assistant' ? 'input_text' : 'output_text';
    if (types.includes(refused)) return `Invalid value: '${refused}' in input[${index}].`;
    if (callId !== undefined && (callId === '' || callId.length > 64)) {
      return `Invalid 'input[${index}].call_id': string too long or empty.`;
    }
  }
  return undefined;
}

function findPairFault(items: readonly WireItem[]): string | undefined {
  const idsOf = (type: string) =>
    items.filter((item) => item.type === type).map((item) => item.call_id);
  const [calls, outputs] = [idsOf('function_call'), idsOf('function_call_output')];
  const unanswered = calls.find((id) => !outputs.includes(id));
  if (unanswered !== undefined) return `No tool output found for function call ${unanswered}.`;
  const orphan = outputs.find((id) => !calls.includes(id));
  if (orphan !== undefined) {
    return `No tool call found for function call output with call_id ${orphan}.`;
  }
  return new Set(calls).size < calls.length ? 'Duplicate call_id.' : undefined;
}

/** What a tool is expected to have returned, as OpenAI is told it. */
export type ExpectedOutput = (toolName: string, toolArguments: JsonObject) => string;

/** An answer given before: what stands in it, and in which encryptions its reasoning was given out. */
export interface GivenAnswer {
  readonly output: readonly WireItem[];
  readonly encryptedContents: ReadonlySet<string | null | undefined>;
}

/**
 * What `input` leaves out of an answer given before: its reasoning, texts and calls have to stand there in their
 * order, unchanged, and then the output of each call.
 */
export function findOmission(
  input: readonly WireItem[],
  answer: GivenAnswer,
  expectedOutput: ExpectedOutput,
): string | undefined {
  let from = 0;
  for (const item of answer.output) {
    const found = input.findIndex((sent, index) => index >= from && isReplay(sent, item, answer));
    if (found < 0) {
      return `The input lacks the ${item.type} item '${item.id}' of the previous answer, or has it changed or out of order.`;
    }
    from = found + 1;
  }
  for (const { call_id: id, name = '', arguments: raw = '' } of answer.output.filter(isCall)) {
    const sent = input.find((it) => it.type === 'function_call_output' && it.call_id === id);
    if (!sent) return `No tool output found for function call ${id}.`;
    const expected = expectedOutput(name, JSON.parse(raw) as JsonObject);
    if (sent.output !== expected) {
      return `The output of ${id} is ${JSON.stringify(sent.output)}; the tool returned ${JSON.stringify(expected)}.`;
    }
  }
  return undefined;
}

function isCall({ type }: WireItem): boolean {
  return type === 'function_call';
}

function isReplay(sent: WireItem, item: WireItem, { encryptedContents }: GivenAnswer): boolean {
  const { type = 'message' } = item;
  switch (type) {
    case 'message':
      return (
        sent.role === 'assistant' &&
        wireText(sent) === wireText(item) &&
        (sent.phase ?? undefined) === (item.phase ?? undefined)
      );
    case 'function_call':
      return (
        isCall(sent) &&
        sent.call_id === item.call_id &&
        sent.name === item.name &&
        sent.arguments === item.arguments
      );
    case 'reasoning':
      return sent.id === item.id && encryptedContents.has(sent.encrypted_content);
    default:
      return sent.type === type && sent.id === item.id;
  }
}
