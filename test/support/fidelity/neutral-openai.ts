/** From a request of the Responses API back to agent and messages. */
import { takesOutputSchema } from '../../../activities/models/openai-families';
import { toOpenAIRequest } from '../../../activities/models/openai-format';
import { toOpenAIOutputFormat } from '../../../activities/models/openai-schema';
import { openAIProvider } from '../../../activities/models/openai-replay';
import { toolNamesFor } from '../../../activities/models/tool-names';
import type { ModelSettings } from '../../../agent/agent';
import type { JsonSchema } from '../../../agent/json';
import type { ToolDefinition } from '../../../agent/tool';
import { isRecord, list, record, records, text, type Json } from '../raw/raw-json';
import { Inexpressible } from './inexpressible';
import { readOpenAIItems } from './neutral-openai-items';
import type { NeutralRequest } from './neutral-request';
import { requireOwnNames, settingsOf, toolOptions } from './neutral-request';
import { readOutput, readProviderTools, withField, withWords } from './neutral-words';

/** @throws Inexpressible */
export function neutralOfOpenAIRequest(body: Json): NeutralRequest {
  const { model, input, instructions, tools: _tools, stream: _stream, ...settings } = body;
  for (const key of ['previous_response_id', 'conversation']) {
    if (settings[key]) throw new Inexpressible('conversation kept at the provider', key);
  }
  const entries = records(body['tools']);
  const tools = requireOwnNames(entries.filter(isFunction).map(toTool));
  const items =
    typeof input === 'string' ? [{ role: 'user', content: input }] : list(input).map(record);
  const { leading, messages } = readOpenAIItems(items, {
    model: text(model),
    names: toolNamesFor(tools.map(({ name }) => name)),
  });
  const given = [text(instructions), ...leading].filter(Boolean);
  if (given.length > 1) throw new Inexpressible('several instructions');
  const plain = { name: 'recorded', model: text(model), instructions: given[0] ?? '', tools };
  const { words, others } = readProviderTools(
    entries.filter((entry) => !isFunction(entry)),
    (agent) => toOpenAIRequest({ ...plain, ...agent }, []),
  );
  const { text: form, ...unformed } = settings;
  const format = record(record(form)['format']);
  const output =
    format['type'] === 'json_schema'
      ? readOutput(format, (schema) =>
          takesOutputSchema(text(model))
            ? { type: 'json_schema', ...toOpenAIOutputFormat(schema, { takesPatterns: true }) }
            : undefined,
        )
      : undefined;
  const said = output
    ? withField(unformed, 'text', withField(record(form), 'format', output.rest))
    : settings;
  return {
    agent: {
      ...plain,
      ...withWords(output, words),
      ...toSettings(said, { hasTools: tools.length > 0, others }),
    },
    messages,
    ...(typeof settings['prompt_cache_key'] === 'string' && {
      conversationId: settings['prompt_cache_key'],
    }),
  };
}

function isFunction({ type }: Json): boolean {
  return type === 'function';
}

function toTool({ type: _type, name, description, parameters, ...rest }: Json): ToolDefinition {
  const { strict, ...others } = rest;
  return {
    name: text(name),
    description: text(description),
    inputSchema: record(parameters) as JsonSchema,
    ...toolOptions(openAIProvider, {
      ...others,
      // Ours says `false` where nothing is said, which means something else here.
      ...(strict !== false && { strict: strict ?? null }),
    }),
  };
}

function toSettings(
  given: Json,
  { hasTools, others }: { readonly hasTools: boolean; readonly others: readonly Json[] },
) {
  const { temperature, max_output_tokens: limit, reasoning, tool_choice: choice } = given;
  const { parallel_tool_calls: parallel, include, store, ...rest } = given;
  const options: Record<string, unknown> = { ...rest };
  const take = (key: string) => delete options[key];
  const settings: { -readonly [Key in keyof ModelSettings]: ModelSettings[Key] } = {};
  if (typeof temperature === 'number' && take('temperature')) settings.temperature = temperature;
  if (typeof limit === 'number' && take('max_output_tokens')) settings.maxOutputTokens = limit;
  if (isPlainEffort(reasoning) && take('reasoning')) settings.reasoning = reasoning.effort;
  const toolChoice = toToolChoice(choice);
  if (hasTools && toolChoice && take('tool_choice')) settings.toolChoice = toolChoice;
  if (hasTools && typeof parallel === 'boolean') settings.parallelToolCalls = parallel;
  else if (parallel !== undefined) options['parallel_tool_calls'] = parallel;
  const included = list(include).filter((it) => it !== 'reasoning.encrypted_content');
  if (included.length > 0) options['include'] = included;
  if (store === true) options['store'] = true;
  if (others.length > 0) options['tools'] = others;
  take('prompt_cache_key');
  return settingsOf(settings, openAIProvider, options);
}

function isPlainEffort(value: unknown): value is { effort: 'low' | 'medium' | 'high' } {
  return (
    isRecord(value) &&
    Object.keys(value).length === 1 &&
    /^(low|medium|high)$/.test(text(value['effort']))
  );
}

function toToolChoice(value: unknown): ModelSettings['toolChoice'] {
  if (value === 'auto' || value === 'none' || value === 'required') return value;
  const { type, name } = record(value);
  return type === 'function' ? { tool: text(name) } : undefined;
}
