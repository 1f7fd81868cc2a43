/** Which words of the agent's own say what a request says in its provider's terms: its output, tools that its provider runs. */
import { isDeepStrictEqual } from 'node:util';
import type { ReActAgent } from '../../../agent/agent';
import { isModelError } from '../../../agent/errors';
import type { JsonSchema } from '../../../agent/json';
import type { ProviderTool } from '../../../agent/provider-tools';
import { providerTools } from '../../../agent/provider-tools';
import { isRecord, records, type Json } from '../raw/raw-json';

export interface ReadOutput {
  readonly output: JsonSchema;
  /** What the recorded format says besides, or leaves out: for `providerOptions`. */
  readonly rest: Json;
}

/**
 * `recorded` as the agent's `output`, where the adapter makes a format of it.
 *
 * @param toFormat the adapter's own way from `output` to the format; `undefined` where the model takes none
 */
export function readOutput(
  recorded: Json,
  toFormat: (output: JsonSchema) => object | undefined,
): ReadOutput | undefined {
  const { schema } = recorded;
  if (!isRecord(schema) || schema['type'] !== 'object') return undefined;
  // An agent's `output` has none: it is what every provider reads.
  const { $schema: _dialect, ...output } = schema as JsonSchema;
  const ours = toFormat(output) as Json | undefined;
  if (!ours) return undefined;
  const keys = new Set([...Object.keys(recorded), ...Object.keys(ours)]);
  keys.delete('schema');
  const rest = [...keys]
    .filter((key) => recorded[key] !== ours[key])
    .map((key) => [key, recorded[key] ?? null]);
  return { output, rest: Object.fromEntries(rest) as Json };
}

/** The words as an agent has them. */
export function withWords(
  read: ReadOutput | undefined,
  words: readonly ProviderTool[],
): Pick<ReActAgent, 'output' | 'providerTools'> {
  return {
    ...(read && { output: read.output }),
    ...(words.length > 0 && { providerTools: words }),
  };
}

/** `value` at `key`, where it says anything; without `key` where not. */
export function withField(body: Json, key: string, value: Json): Json {
  const { [key]: _former, ...rest } = body;
  return Object.keys(value).length > 0 ? { ...rest, [key]: value } : rest;
}

export interface ReadProviderTools {
  readonly words: readonly ProviderTool[];
  /** Entries that no word makes. */
  readonly others: readonly Json[];
}

/** @param toRequest the adapter's own way from an agent with one such tool to a request */
export function readProviderTools(
  entries: readonly Json[],
  toRequest: (agent: Pick<ReActAgent, 'providerTools'>) => object,
): ReadProviderTools {
  const known = providerTools.flatMap((word) => {
    const entry = entryOf(() => toRequest({ providerTools: [word] }) as Json);
    return entry ? [{ word, entry }] : [];
  });
  const isKnown = (entry: Json) => known.some((it) => isDeepStrictEqual(it.entry, entry));
  return {
    words: known
      .filter(({ entry }) => entries.some((it) => isDeepStrictEqual(it, entry)))
      .map(({ word }) => word),
    others: entries.filter((entry) => !isKnown(entry)),
  };
}

function entryOf(makeRequest: () => Json): Json | undefined {
  try {
    return records(makeRequest()['tools']).at(-1);
  } catch (error) {
    if (isModelError(error)) return undefined;
    throw error;
  }
}
