/** From a generateContent request back to agent and messages. The names are in camel case already. */
import { takesOutputSchema } from '../../../activities/models/gemini-families';
import { toGeminiRequest } from '../../../activities/models/gemini-format';
import { geminiProvider } from '../../../activities/models/gemini-replay';
import { fromGeminiResponse } from '../../../activities/models/gemini-response';
import type { ToolNames } from '../../../activities/models/tool-names';
import { toolNamesFor } from '../../../activities/models/tool-names';
import type { ModelSettings } from '../../../agent/agent';
import type { JsonObject, JsonSchema } from '../../../agent/json';
import type { ContentBlock } from '../../../agent/messages';
import { text as textBlock } from '../../../agent/messages';
import type { ToolDefinition } from '../../../agent/tool';
import { list, record, records, text, type Json } from '../raw/raw-json';
import { Inexpressible } from './inexpressible';
import type { NeutralRequest } from './neutral-request';
import {
  MessageList,
  linkTo,
  requireOwnNames,
  settingsOf,
  toolOptions,
  type GivenResult,
} from './neutral-request';
import { readOutput, readProviderTools, withField, withWords } from './neutral-words';

/** @throws Inexpressible */
export function neutralOfGeminiRequest(body: Json, model: string): NeutralRequest {
  const { contents, systemInstruction, tools: given, ...settings } = body;
  const entries = records(given);
  const declared = entries.flatMap((entry) => records(entry['functionDeclarations']));
  const tools = requireOwnNames(declared.map(toTool));
  const plain = {
    name: 'recorded',
    model,
    instructions: instructionsOf(systemInstruction),
    tools,
  };
  const { words, others } = readProviderTools(
    entries.filter((entry) => !('functionDeclarations' in entry)),
    (agent) => toGeminiRequest({ ...plain, ...agent }, []),
  );
  const config = record(settings['generationConfig']);
  const { responseMimeType: type, responseJsonSchema: schema, ...unformed } = config;
  const isTaken = type === 'application/json' && takesOutputSchema(model, entries.length > 0);
  const output = readOutput({ schema }, () => (isTaken ? {} : undefined));
  const said = output ? withField(settings, 'generationConfig', unformed) : settings;
  return {
    agent: {
      ...plain,
      ...withWords(output, words),
      ...toSettings(said, { hasTools: tools.length > 0, others }),
    },
    messages: readContents(records(contents), {
      model,
      names: toolNamesFor(tools.map(({ name }) => name)),
    }),
  };
}

function toTool({ name, description, parametersJsonSchema, ...rest }: Json): ToolDefinition {
  return {
    name: text(name),
    description: text(description),
    inputSchema: record(parametersJsonSchema) as JsonSchema,
    ...toolOptions(geminiProvider, rest),
  };
}

function instructionsOf(instruction: unknown): string {
  const parts = records(record(instruction)['parts']);
  if (parts.length > 1) throw new Inexpressible('several instructions');
  return text(parts[0]?.['text']);
}

function readContents(
  contents: readonly Json[],
  { model, names }: { readonly model: string; readonly names: ToolNames },
) {
  const messages = new MessageList();
  for (const { role, parts: given } of contents) {
    const parts = list(given).map(record);
    if (role === 'model') {
      // Our own word for a call that Gemini did not sign: to us it is no signature.
      const answer = parts.map(({ thoughtSignature, ...part }) =>
        thoughtSignature === unsigned
          ? part
          : { ...part, ...(thoughtSignature ? { thoughtSignature } : {}) },
      );
      const candidate = { content: { role, parts: answer }, finishReason: 'STOP' };
      messages.answer(fromGeminiResponse({ candidates: [candidate] } as never, { model, names }));
      continue;
    }
    const results = parts.filter(({ functionResponse }) => functionResponse);
    for (const { functionResponse } of results) {
      const { id, name, response } = record(functionResponse);
      messages.result(
        { ...(id !== undefined && { providerId: text(id) }), name: text(name) },
        toResult(record(functionResponse), record(response)),
      );
    }
    const rest = parts.filter(({ functionResponse }) => !functionResponse);
    if (rest.length > 0) messages.user(rest.map(toBlock));
  }
  return messages.messages;
}

const unsigned = 'skip_thought_signature_validator';

/** `output` or `error` is the one text; any other object is what the tool returned. */
function toResult({ parts }: Json, response: Json): GivenResult {
  const media = records(parts).map(toBlock);
  const [[key, value] = [], ...more] = Object.entries(response);
  if (more.length === 0 && typeof value === 'string' && value !== '') {
    if (key === 'output') return { content: [textBlock(value), ...media] };
    if (key === 'error') return { content: [textBlock(value), ...media], isError: true };
  }
  return { content: media, structuredContent: response as JsonObject };
}

function toBlock(part: Json): ContentBlock {
  const { inlineData, fileData } = part;
  if (typeof part['text'] === 'string') return textBlock(part['text']);
  if (inlineData) {
    const { mimeType, data } = record(inlineData);
    const type = text(mimeType).split('/')[0];
    if (type === 'image' || type === 'audio') {
      return { type, mimeType: text(mimeType), data: text(data) };
    }
    const resource = { uri: 'file:///file', mimeType: text(mimeType), blob: text(data) };
    return { type: 'resource', resource };
  }
  if (fileData) {
    const { fileUri, mimeType } = record(fileData);
    return linkTo(text(fileUri), text(mimeType));
  }
  throw new Inexpressible('a part that nobody knows', Object.keys(part).join());
}

function toSettings(
  given: Json,
  { hasTools, others }: { readonly hasTools: boolean; readonly others: readonly Json[] },
) {
  const { generationConfig, toolConfig, ...options }: Record<string, unknown> = given;
  const { temperature, maxOutputTokens, stopSequences, ...rest } = record(generationConfig);
  const settings: { -readonly [Key in keyof ModelSettings]: ModelSettings[Key] } = {};
  if (typeof temperature === 'number') settings.temperature = temperature;
  if (typeof maxOutputTokens === 'number') settings.maxOutputTokens = maxOutputTokens;
  if (Array.isArray(stopSequences)) settings.stop = stopSequences as string[];
  const toolChoice = toToolChoice(record(toolConfig));
  if (hasTools && toolChoice) settings.toolChoice = toolChoice;
  else if (toolConfig !== undefined) options['toolConfig'] = toolConfig;
  if (Object.keys(rest).length > 0) options['generationConfig'] = rest;
  if (others.length > 0) options['tools'] = others;
  return settingsOf(settings, geminiProvider, options);
}

function toToolChoice({ functionCallingConfig, ...more }: Json): ModelSettings['toolChoice'] {
  const { mode, allowedFunctionNames: allowed, ...rest } = record(functionCallingConfig);
  if (Object.keys(more).length + Object.keys(rest).length > 0) return undefined;
  const names = list(allowed);
  if (mode === 'ANY' && names.length === 1) return { tool: text(names[0]) };
  if (names.length > 0) return undefined;
  if (mode === 'AUTO') return 'auto';
  if (mode === 'NONE') return 'none';
  return mode === 'ANY' ? 'required' : undefined;
}
