/** The short names that the Temporal UI shows beside activities. The server takes 400 bytes; 200 characters fit. */
import type { JsonObject } from '../agent/json';
import { cut } from '../agent/json';

const summaryLimit = 200;

/** `think · step 2 · gpt-5-mini` */
export function thinkLabel(step: number, model: string): string {
  return cut(`think · step ${step} · ${model}`, summaryLimit);
}

/** `calculator(2+3)`, or `move({"from":"a","to":"b"})` when there is more than one argument. */
export function toolLabel(name: string, toolArguments: JsonObject): string {
  const values = Object.values(toolArguments);
  const [only] = values;
  const isPlain = values.length === 1 && typeof only !== 'object';
  const shown = values.length === 0 ? '' : isPlain ? String(only) : JSON.stringify(toolArguments);
  return cut(`${name}(${shown})`, summaryLimit);
}
