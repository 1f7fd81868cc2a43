/**
 * The messages of Google's API and their fields. Its JSON is that of protocol buffers: a field that is not declared is
 * refused, and a declared one may be written `functionCall` or `function_call`.
 */
import type { JsonObject, JsonValue } from '../../../agent/json';
import { findIn, isObject, toSnakeCase } from './strict-json';

/** Field → the message that it holds; `''` for values and for JSON that Google does not read by fields. */
type Fields = Readonly<Record<string, string>>;

const fields = (names: string, messages: Fields = {}): Fields => ({
  ...Object.fromEntries(names.split(' ').map((name) => [name, ''])),
  ...messages,
});

const messages: Readonly<Record<string, Fields>> = {
  GenerateContentRequest: fields(
    'model safetySettings cachedContent serviceTier store labels modelArmorConfig continuationToken',
    {
      contents: 'Content',
      systemInstruction: 'Content',
      tools: 'Tool',
      toolConfig: 'ToolConfig',
      generationConfig: 'GenerationConfig',
    },
  ),
  Content: fields('role', { parts: 'Part' }),
  Part: fields(
    'text thought thoughtSignature executableCode codeExecutionResult toolCall toolResponse audioTranscription mediaResolution videoMetadata partMetadata mediaProcessing speechMetadata',
    {
      functionCall: 'FunctionCall',
      functionResponse: 'FunctionResponse',
      inlineData: 'Blob',
      fileData: 'FileData',
    },
  ),
  FunctionCall: fields('id name args partialArgs willContinue'),
  FunctionResponse: fields('id name response willContinue scheduling', {
    parts: 'FunctionResponsePart',
  }),
  FunctionResponsePart: fields('mediaProcessing', { inlineData: 'Blob', fileData: 'FileData' }),
  Blob: fields('mimeType data displayName'),
  FileData: fields('mimeType fileUri displayName'),
  Tool: fields(
    'googleSearch googleSearchRetrieval codeExecution urlContext computerUse fileSearch googleMaps mcpServers retrieval enterpriseWebSearch',
    { functionDeclarations: 'FunctionDeclaration' },
  ),
  FunctionDeclaration: fields('name description behavior parametersJsonSchema responseJsonSchema', {
    parameters: 'Schema',
    response: 'Schema',
  }),
  ToolConfig: fields('retrievalConfig includeServerSideToolInvocations', {
    functionCallingConfig: 'FunctionCallingConfig',
  }),
  FunctionCallingConfig: fields('mode allowedFunctionNames streamFunctionCallArguments'),
  GenerationConfig: fields(
    'stopSequences responseMimeType responseJsonSchema responseModalities candidateCount maxOutputTokens temperature topP topK seed presencePenalty frequencyPenalty responseLogprobs logprobs enableEnhancedCivicAnswers speechConfig mediaResolution imageConfig responseFormat translationConfig audioTimestamp routingConfig modelSelectionConfig enableAffectiveDialog audioTranscriptionConfig',
    { thinkingConfig: 'ThinkingConfig', responseSchema: 'Schema' },
  ),
  ThinkingConfig: fields('includeThoughts thinkingBudget thinkingLevel'),
  Schema: fields(
    'type format title description nullable enum maxItems minItems minProperties maxProperties minLength maxLength pattern example propertyOrdering required minimum maximum default',
    { items: 'Schema', anyOf: 'Schema', properties: 'map of Schema' },
  ),
};

/** An undeclared field and the message that holds it: `tools[0].function_declarations[0].parameters`. */
export interface UnknownField {
  readonly name: string;
  readonly path: string;
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function findUnknownField(
  value: JsonValue | undefined,
  message = 'GenerateContentRequest',
  path = '',
): UnknownField | undefined {
  if (Array.isArray(value)) {
    return findIn(value as readonly JsonValue[], (element, index) =>
      findUnknownField(element, message, `${path}[${index}]`),
    );
  }
  if (message === '' || !isObject(value)) return undefined;
  return findIn(Object.entries(value), ([key, inner]) => {
    const field = fieldOf(message, key);
    if (!field) return { name: key, path };
    const step = message.startsWith('map of ') ? `${key}.value` : toSnakeCase(field.name);
    return findUnknownField(inner, field.message, path === '' ? step : `${path}.${step}`);
  });
}

function fieldOf(message: string, key: string): { name: string; message: string } | undefined {
  if (message.startsWith('map of ')) return { name: key, message: message.slice('map of '.length) };
  const name = toCamelCase(key);
  const inner = messages[message]?.[name];
  return inner === undefined ? undefined : { name, message: inner };
}

/** The same with every declared field in camel case, so that the rules read one spelling. */
export function inCamelCase(value: JsonValue, message = 'GenerateContentRequest'): JsonValue {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).map((element) => inCamelCase(element, message));
  }
  if (message === '' || !isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner = null]) => {
    const field = fieldOf(message, key);
    return field ? [field.name, inCamelCase(inner, field.message)] : [key, inner];
  });
  return Object.fromEntries(entries) as JsonObject;
}
