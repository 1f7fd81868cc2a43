/** From a Chat Completions request back to agent and messages. */
import type { ChatEndpoint } from '../../../activities/models/openai-chat-endpoints';
import { toOpenAIChatRequest } from '../../../activities/models/openai-chat-format';
import { fromChatCompletion } from '../../../activities/models/openai-chat-response';
import { takesOutputSchema } from '../../../activities/models/openai-families';
import { toOpenAIOutputFormat } from '../../../activities/models/openai-schema';
import { toolNamesFor } from '../../../activities/models/tool-names';
import type { ModelSettings } from '../../../agent/agent';
import type { JsonSchema } from '../../../agent/json';
import type { ContentBlock } from '../../../agent/messages';
import { text as textBlock } from '../../../agent/messages';
import type { ToolDefinition } from '../../../agent/tool';
import { isRecord, list, record, records, text, type Json } from '../raw/raw-json';
import { Inexpressible } from './inexpressible';
import type { NeutralRequest } from './neutral-request';
import {
  MessageList,
  fromDataUrl,
  linkTo,
  requireOwnNames,
  settingsOf,
  toolOptions,
  withBlockOptions,
} from './neutral-request';
import { readOutput, readProviderTools, withField, withWords } from './neutral-words';

/** @throws Inexpressible */
export function neutralOfOpenAIChatRequest(body: Json, endpoint: ChatEndpoint): NeutralRequest {
  const { model, messages: given, tools: _tools, stream: _stream, ...rest } = body;
  const { stream_options: _usage, ...settings } = rest;
  const entries = records(body['tools']);
  const tools = requireOwnNames(
    entries.filter(isFunction).map((entry) => toTool(entry, endpoint.name)),
  );
  const names = toolNamesFor(tools.map(({ name }) => name));
  const messages = new MessageList();
  const instructions: string[] = [];
  for (const [index, message] of records(given).entries()) {
    const { role, content, tool_call_id: callId } = message;
    switch (role) {
      case 'system':
      case 'developer':
        if (index > instructions.length)
          throw new Inexpressible('instructions in mid-conversation');
        instructions.push(plainText(content));
        break;
      case 'user':
        messages.user(
          typeof content === 'string'
            ? content
            : list(content).map((part) => toBlock(record(part), endpoint.name)),
        );
        break;
      case 'tool':
        messages.result({ providerId: text(callId) }, { content: [textBlock(plainText(content))] });
        break;
      case 'assistant': {
        const finish = records(message['tool_calls']).length > 0 ? 'tool_calls' : 'stop';
        const completion = {
          model: text(model),
          choices: [{ index: 0, finish_reason: finish, message: message as never }],
        };
        messages.answer(fromChatCompletion(completion, { names, endpoint, model: text(model) }));
        break;
      }
      default:
        throw new Inexpressible('a part that nobody knows', text(role));
    }
  }
  if (instructions.length > 1) throw new Inexpressible('several instructions');
  const plain = {
    name: 'recorded',
    model: text(model),
    instructions: instructions[0] ?? '',
    tools,
  };
  const { words, others } = readProviderTools(
    entries.filter((entry) => !isFunction(entry)),
    (agent) => toOpenAIChatRequest({ ...plain, ...agent }, [], endpoint),
  );
  const format = record(settings['response_format']);
  const isTaken = endpoint.outputSchemas === 'shown' && takesOutputSchema(text(model));
  const output = readOutput(record(format['json_schema']), (schema) =>
    isTaken ? toOpenAIOutputFormat(schema, { takesPatterns: true }) : undefined,
  );
  const said = output
    ? withField(settings, 'response_format', withField({}, 'json_schema', output.rest))
    : settings;
  return {
    agent: {
      ...plain,
      ...withWords(output, words),
      ...toSettings(said, { endpoint, hasTools: tools.length > 0, others }),
    },
    messages: messages.messages,
  };
}

function isFunction({ type }: Json): boolean {
  return type === 'function';
}

function toTool(
  { type: _type, function: declared, ...more }: Json,
  provider: string,
): ToolDefinition {
  const { name, description, parameters, ...rest } = record(declared);
  return {
    name: text(name),
    description: text(description),
    inputSchema: record(parameters) as JsonSchema,
    ...toolOptions(provider, {
      ...more,
      ...(Object.keys(rest).length > 0 && { function: rest }),
    }),
  };
}

function toSettings(
  given: Json,
  {
    endpoint,
    hasTools,
    others,
  }: {
    readonly endpoint: ChatEndpoint;
    readonly hasTools: boolean;
    readonly others: readonly Json[];
  },
) {
  const options: Record<string, unknown> = { ...given };
  const take = (key: string) => delete options[key];
  const settings: { -readonly [Key in keyof ModelSettings]: ModelSettings[Key] } = {};
  const { temperature, stop, tool_choice: choice, parallel_tool_calls: parallel } = given;
  const limit = given[endpoint.maxTokensField];
  if (typeof temperature === 'number' && take('temperature')) settings.temperature = temperature;
  if (typeof limit === 'number' && take(endpoint.maxTokensField)) settings.maxOutputTokens = limit;
  if (Array.isArray(stop) && take('stop')) settings.stop = stop as string[];
  const effort = given['reasoning_effort'];
  const isSaid = effort === 'low' || effort === 'medium' || effort === 'high';
  if (endpoint.name === 'openai-chat' && isSaid && take('reasoning_effort')) {
    settings.reasoning = effort;
  }
  const toolChoice = toToolChoice(choice);
  if (hasTools && toolChoice && take('tool_choice')) settings.toolChoice = toolChoice;
  if (hasTools && typeof parallel === 'boolean' && take('parallel_tool_calls')) {
    settings.parallelToolCalls = parallel;
  }
  if (others.length > 0) options['tools'] = others;
  return settingsOf(settings, endpoint.name, options);
}

function toToolChoice(value: unknown): ModelSettings['toolChoice'] {
  if (value === 'auto' || value === 'none' || value === 'required') return value;
  const { type, function: named } = record(value);
  return type === 'function' ? { tool: text(record(named)['name']) } : undefined;
}

function plainText(content: unknown): string {
  if (typeof content === 'string') return content;
  return records(content)
    .map((part) => text(part['text']))
    .join('');
}

function toBlock(part: Json, provider: string): ContentBlock {
  const { type, text: words, image_url: image, input_audio: _audio, file: _file, ...more } = part;
  const options = withBlockOptions(provider, more);
  switch (type) {
    case 'text':
      return { ...textBlock(text(words)), ...options };
    case 'image_url': {
      const { url, ...rest } = record(image);
      const file = fromDataUrl(text(url));
      return {
        ...(file ? { type: 'image', ...file } : linkTo(text(url), 'image/*')),
        ...(Object.keys(rest).length > 0 && withBlockOptions(provider, { image_url: rest })),
      };
    }
    case 'input_audio': {
      const { data, format } = record(part['input_audio']);
      return {
        type: 'audio',
        data: text(data),
        mimeType: format === 'mp3' ? 'audio/mpeg' : 'audio/wav',
      };
    }
    case 'file': {
      const file = isRecord(part['file']) ? part['file'] : {};
      const content = fromDataUrl(text(file['file_data']));
      if (!content) throw new Inexpressible('a part that nobody knows', 'file');
      const uri = `file:///${text(file['filename'])}`;
      return {
        type: 'resource',
        resource: { uri, mimeType: content.mimeType, blob: content.data },
      };
    }
    default:
      throw new Inexpressible('a part that nobody knows', text(type));
  }
}
