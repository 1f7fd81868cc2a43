/** The short names that the Temporal UI shows beside activities: at most 200 characters. */
import type { JsonObject } from '../agent/json';
import { cut, cutToBytes } from '../agent/json';

const summaryLimit = 200;
/** The server takes payloads of 400 bytes, of which the payload's own frame needs some; 你 alone is 3 of them. */
const summaryLimitBytes = 360;

/** `think · step 2 · gpt-5-mini` */
export function thinkLabel(step: number, model: string): string {
  return toSummary(`think · step ${step} · ${model}`);
}

/** `compact · 42 messages` */
export function compactLabel(messages: number): string {
  return `compact · ${messages} message${messages === 1 ? '' : 's'}`;
}

/** Of the timer by whose end nobody's word means no: `expiry · pay · t1s1c0` */
export function expiryLabel(tool: string, callId: string): string {
  return toSummary(`expiry · ${tool} · ${callId}`);
}

/** Of the timer that what was interrupted has left. */
export const graceLabel = 'interrupt · grace';

/** `calculator(2+3)`, or `move({"from":"a","to":"b"})` when there is more than one argument. */
export function toolLabel(name: string, toolArguments: JsonObject): string {
  const values = Object.values(toolArguments);
  const [only] = values;
  const isPlain = values.length === 1 && typeof only !== 'object';
  const shown = values.length === 0 ? '' : isPlain ? String(only) : JSON.stringify(toolArguments);
  return toSummary(`${name}(${shown})`);
}

function toSummary(text: string): string {
  return cutToBytes(cut(text, summaryLimit), summaryLimitBytes);
}
