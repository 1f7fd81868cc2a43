/** What the Responses API refuses, and what a request owes to the answer before it. */
import type { JsonObject, JsonValue } from '../../agent/json';

/** Why OpenAI would answer 400, in its words where they are recorded, or `undefined`. */
export function findFault(body: JsonObject): string | undefined {
  if (typeof body['model'] !== 'string') return "Missing required parameter: 'model'.";
  if (body['stream'] !== true || body['store'] !== false) return 'Always streamed, never stored.';
  const input = body['input'];
  if (!Array.isArray(input)) return "Missing required parameter: 'input'.";
  const items = input as readonly JsonObject[];
  return findToolFault(list(body['tools'])) ?? findItemFault(items) ?? findPairFault(items);
}

function findToolFault(tools: readonly JsonObject[]): string | undefined {
  for (const tool of tools.filter(({ type }) => type === 'function')) {
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(tool['name']))) {
      return `Invalid 'tools[0].name': string does not match pattern.`;
    }
    if (tool['strict'] !== false) return 'A tool without `strict: false` is made strict.';
    const parameters = tool['parameters'] as JsonObject;
    if (parameters['type'] !== 'object' || parameters['anyOf'] || parameters['oneOf']) {
      return `Invalid schema for function '${String(tool['name'])}': schema must be of type "object".`;
    }
  }
  return undefined;
}

const idPrefixes: Readonly<Record<string, string>> = {
  message: 'msg_',
  function_call: 'fc_',
  reasoning: 'rs_',
};

function findItemFault(items: readonly JsonObject[]): string | undefined {
  for (const [index, item] of items.entries()) {
    const prefix = idPrefixes[String(item['type'])];
    const { id } = item;
    if (prefix && id !== undefined && !String(id).startsWith(prefix)) {
      return `Invalid 'input[${index}].id': expected an ID that begins with '${prefix}'.`;
    }
    if (item['type'] === 'reasoning' && !items[index + 1]) {
      return `Item '${String(id)}' of type 'reasoning' was provided without its required following item.`;
    }
    const types = list(item['content']).map(({ type }) => type);
    if (item['role'] === 'assistant' && types.includes('input_text')) {
      return `Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.`;
    }
    if (item['role'] === 'user' && types.includes('output_text')) {
      return `Invalid value: 'output_text'.`;
    }
    const callId = item['call_id'];
    if (callId !== undefined && (callId === '' || String(callId).length > 64)) {
      return `Invalid 'input[${index}].call_id': string too long or empty.`;
    }
  }
  return undefined;
}

function findPairFault(items: readonly JsonObject[]): string | undefined {
  const ids = (type: string) => items.filter((item) => item['type'] === type).map(callIdOf);
  const [calls, outputs] = [ids('function_call'), ids('function_call_output')];
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

/**
 * What `input` leaves out of an answer given before: its reasoning, texts and calls have to stand there in their
 * order, unchanged, and then the output of each call.
 */
export function findOmission(
  input: readonly JsonObject[],
  output: readonly JsonObject[],
  encryptedContents: ReadonlySet<JsonValue | undefined>,
  expectedOutput: ExpectedOutput,
): string | undefined {
  let from = 0;
  for (const item of output) {
    const found = input.findIndex(
      (sent, index) => index >= from && isReplay(sent, item, encryptedContents),
    );
    if (found < 0) {
      return `The input lacks the ${String(item['type'])} item '${String(item['id'])}' of the previous answer, or has it changed or out of order.`;
    }
    from = found + 1;
  }
  for (const call of output.filter(({ type }) => type === 'function_call')) {
    const sent = input.find(
      (item) => item['type'] === 'function_call_output' && callIdOf(item) === callIdOf(call),
    );
    if (!sent) return `No tool output found for function call ${callIdOf(call)}.`;
    const toolArguments = JSON.parse(String(call['arguments'])) as JsonObject;
    const expected = expectedOutput(String(call['name']), toolArguments);
    if (sent['output'] !== expected) {
      return `The output of ${callIdOf(call)} is ${JSON.stringify(sent['output'])}; the tool returned ${JSON.stringify(expected)}.`;
    }
  }
  return undefined;
}

function isReplay(
  sent: JsonObject,
  item: JsonObject,
  encryptedContents: ReadonlySet<JsonValue | undefined>,
): boolean {
  switch (item['type']) {
    case 'reasoning':
      return (
        sent['type'] === 'reasoning' &&
        sent['id'] === item['id'] &&
        encryptedContents.has(sent['encrypted_content'])
      );
    case 'function_call':
      return (
        sent['type'] === 'function_call' &&
        callIdOf(sent) === callIdOf(item) &&
        sent['name'] === item['name'] &&
        sent['arguments'] === item['arguments']
      );
    case 'message':
      return (
        sent['role'] === 'assistant' &&
        textOf(sent) === textOf(item) &&
        (sent['phase'] ?? undefined) === (item['phase'] ?? undefined)
      );
    default:
      return sent['type'] === item['type'] && sent['id'] === item['id'];
  }
}

function textOf({ content }: JsonObject): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map(({ text }) => text)
    .join('');
}

function callIdOf(item: JsonObject): string {
  return String(item['call_id']);
}

function list(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}
