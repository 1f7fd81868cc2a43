/** From a request of the Messages API back to agent and messages. */
import { rulesFor } from '../../../activities/models/anthropic-families';
import { toAnthropicRequest } from '../../../activities/models/anthropic-format';
import { toAnthropicOutputFormat } from '../../../activities/models/anthropic-output';
import { anthropicProvider } from '../../../activities/models/anthropic-replay';
import { fromAnthropicMessage } from '../../../activities/models/anthropic-response';
import { toolNamesFor } from '../../../activities/models/tool-names';
import type { ModelSettings } from '../../../agent/agent';
import type { JsonSchema } from '../../../agent/json';
import type { ToolDefinition } from '../../../agent/tool';
import { list, record, records, text, type Json } from '../raw/raw-json';
import { Inexpressible } from './inexpressible';
import { readAnthropicUser } from './neutral-anthropic-user';
import type { NeutralRequest } from './neutral-request';
import { MessageList, requireOwnNames, settingsOf, toolOptions } from './neutral-request';
import { readOutput, readProviderTools, withField, withWords } from './neutral-words';

/** @throws Inexpressible */
export function neutralOfAnthropicRequest(body: Json): NeutralRequest {
  const { model: given, messages: turns, system, stream: _stream, ...settings } = body;
  const model = text(given);
  const entries = records(body['tools']);
  const tools = requireOwnNames(entries.filter(isOurs).map(toTool));
  const names = toolNamesFor(tools.map(({ name }) => name));
  const messages = new MessageList();
  for (const { role, content } of records(turns)) {
    const blocks =
      typeof content === 'string' ? [{ type: 'text', text: content }] : list(content).map(record);
    if (role === 'system') {
      throw new Inexpressible(
        blocks.some(({ type }) => type === 'tool_addition')
          ? 'tools that change in mid-conversation'
          : 'instructions in mid-conversation',
      );
    }
    if (role === 'assistant') {
      const stopReason = blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
      const plain = blocks.map(({ cache_control: _cache, ...block }) => block);
      const message = { content: plain, stop_reason: stopReason, model };
      messages.answer(fromAnthropicMessage(message as never, { model, names }));
    } else {
      readAnthropicUser(blocks, messages);
    }
  }
  const plain = { name: 'recorded', model, instructions: instructionsOf(system), tools };
  const { words, others } = readProviderTools(
    entries.filter((entry) => !isOurs(entry)),
    (agent) => toAnthropicRequest({ ...plain, ...agent, instructions: 'Any.' }, []),
  );
  const config = record(settings['output_config']);
  const output = readOutput(record(config['format']), (schema) =>
    toAnthropicOutputFormat(schema, model),
  );
  const said = output
    ? withField(settings, 'output_config', withField(config, 'format', output.rest))
    : settings;
  return {
    agent: {
      ...plain,
      ...withWords(output, words),
      ...toSettings(said, {
        model,
        hasTools: tools.length > 0,
        others,
        breakpoint: firstBreakpoint(body),
      }),
    },
    messages: messages.messages,
  };
}

/** Some tools are declared by Anthropic and run by the client: it knows their schema. */
function isOurs({ input_schema: schema, type }: Json): boolean {
  return schema !== undefined || /^(memory|bash|text_editor|computer)_\d/.test(text(type));
}

function toTool({ name, description, input_schema: schema, ...rest }: Json): ToolDefinition {
  return {
    name: text(name),
    description: text(description),
    inputSchema: record(schema) as JsonSchema,
    ...toolOptions(anthropicProvider, {
      ...rest,
      ...(schema === undefined && { input_schema: null }),
    }),
  };
}

function instructionsOf(system: unknown): string {
  if (typeof system === 'string') return system;
  const blocks = records(system);
  if (blocks.length > 1) throw new Inexpressible('several instructions');
  return text(blocks[0]?.['text']);
}

/** What our breakpoints are to say: what the recorded ones do. */
function firstBreakpoint({ system, messages, cache_control: whole }: Json): unknown {
  const blocks = [...records(system), ...records(messages).flatMap((it) => records(it['content']))];
  return blocks.map((block) => block['cache_control']).find(Boolean) ?? whole;
}

function toSettings(
  given: Json,
  at: {
    readonly model: string;
    readonly hasTools: boolean;
    readonly others: readonly Json[];
    readonly breakpoint: unknown;
  },
) {
  const { max_tokens: limit, temperature, stop_sequences: stop, tool_choice: choice } = given;
  const { tools: _tools, cache_control: _cache, ...options }: Record<string, unknown> = given;
  const take = (key: string) => delete options[key];
  const settings: { -readonly [Key in keyof ModelSettings]: ModelSettings[Key] } = {};
  if (typeof limit === 'number' && take('max_tokens')) settings.maxOutputTokens = limit;
  if (typeof temperature === 'number' && rulesFor(at.model).takesTemperature) {
    take('temperature');
    settings.temperature = temperature;
  }
  if (Array.isArray(stop) && take('stop_sequences')) settings.stop = stop as string[];
  const toolChoice = toToolChoice(record(choice));
  const mayBeSaid = at.hasTools && (rulesFor(at.model).mayForceTools || toolChoice === 'auto');
  if (mayBeSaid && toolChoice && take('tool_choice')) {
    settings.toolChoice = toolChoice;
    const isSerial = record(choice)['disable_parallel_tool_use'];
    if (isSerial === true) settings.parallelToolCalls = false;
    if (isSerial === false) options['tool_choice'] = { disable_parallel_tool_use: false };
  }
  if (at.breakpoint) options['cache_control'] = at.breakpoint;
  if (at.others.length > 0) options['tools'] = at.others;
  return settingsOf(settings, anthropicProvider, options);
}

function toToolChoice({ type, name }: Json): ModelSettings['toolChoice'] {
  if (type === 'auto' || type === 'none') return type;
  if (type === 'any') return 'required';
  return type === 'tool' ? { tool: text(name) } : undefined;
}
