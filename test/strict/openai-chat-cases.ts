/** The rules of Chat Completions. */
import type { JsonObject } from '../../agent/json';
import type { RuleCase, SentRequest } from './rule-case';
import { objectSchema, pngData, times } from './rule-case';

const user = (content: JsonObject[string] = 'Hi'): JsonObject => ({ role: 'user', content });

function ask(overrides: JsonObject = {}): SentRequest {
  return { body: { model: 'gpt-4o', messages: [user()], ...overrides } };
}

const weather = { name: 'weather', parameters: objectSchema };
const tool = { type: 'function', function: weather };
const withTool = (overrides: JsonObject): SentRequest =>
  ask({ tools: [{ type: 'function', function: { ...weather, ...overrides } }] });
const talk = (...messages: readonly JsonObject[]): SentRequest => ask({ messages });
const called = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: '{}', ...more },
});
const assistant = (...tool_calls: readonly JsonObject[]): JsonObject => ({
  role: 'assistant',
  content: null,
  tool_calls,
});
const answer = (tool_call_id: string, content: JsonObject[string] = 'sunny'): JsonObject => ({
  role: 'tool',
  tool_call_id,
  content,
});
const image = (url: string): JsonObject => ({ type: 'image_url', image_url: { url } });
const png = `data:image/png;base64,${pngData}`;
const format = (overrides: JsonObject): SentRequest =>
  ask({
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'city', schema: objectSchema, ...overrides },
    },
  });
const jsonMode = { response_format: { type: 'json_object' } };

export const openAIChatCases: readonly RuleCase[] = [
  { rule: 'needsApiKey', passes: ask(), refused: { ...ask(), headers: {} }, status: 401 },
  {
    rule: 'apiKeyIsValid',
    passes: ask(),
    refused: { ...ask(), headers: { authorization: 'Bearer invalid' } },
    says: 'Incorrect API key provided',
    status: 401,
  },
  { rule: 'textIsUnicode', passes: talk(user('\ud83d\ude00')), refused: talk(user('\ud83d')) },
  {
    rule: 'parametersAreKnown',
    passes: { ...ask({ reasoning: {} }), options: { isCompatible: true } },
    refused: ask({ reasoning: {}, input: 'x' }),
    says: 'Unrecognized request arguments supplied: reasoning, input',
  },
  {
    rule: 'modelExists',
    passes: { ...ask({ model: 'llama3.2' }), options: { isCompatible: true } },
    refused: ask({ model: 'llama3.2' }),
    says: 'The model `llama3.2` does not exist or you do not have access to it.',
    status: 404,
  },
  { rule: 'parametersHaveTheirTypes', passes: ask({ stream: true }), refused: ask({ stream: 1 }) },
  {
    rule: 'numbersAreInRange',
    passes: ask({ temperature: 2 }),
    refused: ask({ temperature: 2.5 }),
    says: 'decimal above maximum value. Expected a value <= 2, but got 2.5 instead.',
  },
  {
    rule: 'outputLimitFitsTheModel',
    passes: ask({ model: 'gpt-5', max_completion_tokens: 500 }),
    refused: ask({ model: 'gpt-5', max_tokens: 500 }),
    says: "Use 'max_completion_tokens' instead.",
  },
  {
    rule: 'reasoningModelsTakeNoSampling',
    passes: ask({ model: 'gpt-5', temperature: 1 }),
    refused: ask({ model: 'gpt-5', temperature: 0.5 }),
    says: "'temperature' does not support 0.5 with this model. Only the default (1) value",
  },
  {
    rule: 'stopFitsTheModel',
    passes: ask({ model: 'o3-mini', stop: ['Paris'] }),
    refused: ask({ model: 'gpt-5-mini', stop: ['4242'] }),
    says: "Unsupported parameter: 'stop' is not supported with this model.",
  },
  {
    rule: 'reasoningFitsTheModel',
    passes: ask({ model: 'gpt-5', reasoning_effort: 'minimal' }),
    refused: ask({ model: 'gpt-4o', reasoning_effort: 'low' }),
    says: 'Unrecognized request argument supplied: reasoning_effort',
  },
  {
    rule: 'searchFitsTheModel',
    passes: ask({ model: 'gpt-4o-search-preview', web_search_options: {} }),
    refused: ask({ web_search_options: {} }),
    says: 'Web search options not supported with this model.',
  },
  {
    rule: 'metadataIsSmall',
    passes: ask({ metadata: { key: 'v'.repeat(512) } }),
    refused: ask({ metadata: { key: 'v'.repeat(513) } }),
  },
  {
    rule: 'cacheKeyIsShort',
    passes: ask({ prompt_cache_key: 'k' }),
    refused: ask({ prompt_cache_key: 'k'.repeat(65) }),
  },
  {
    rule: 'streamOptionsNeedAStream',
    passes: ask({ stream: true, stream_options: { include_usage: true } }),
    refused: ask({ stream_options: { include_usage: true } }),
  },
  {
    rule: 'toolsAreFunctions',
    passes: ask({ tools: [tool] }),
    refused: ask({ tools: [{ type: 'function', ...weather }] }),
    says: "Missing required parameter: 'tools[0].function'.",
  },
  {
    rule: 'toolNamesMatchThePattern',
    passes: withTool({ name: 'files-read' }),
    refused: withTool({ name: 'files/read' }),
    says: "Invalid 'tools[0].function.name'",
  },
  {
    rule: 'toolNamesAreUnique',
    passes: ask({ tools: [tool] }),
    refused: ask({ tools: [tool, tool] }),
  },
  {
    rule: 'toolsAreFewEnough',
    passes: ask({ tools: [tool] }),
    refused: ask({
      tools: times(129, (index) => ({ type: 'function', function: { name: `t${index}` } })),
    }),
  },
  {
    rule: 'toolSchemasAreObjects',
    passes: withTool({ parameters: { type: 'object', properties: {} } }),
    refused: withTool({ parameters: { type: 'string' } }),
    says: `got 'type: "string"'.`,
  },
  {
    rule: 'strictToolsFitTheSubset',
    passes: withTool({ strict: true }),
    refused: withTool({ strict: true, parameters: { type: 'object', properties: {} } }),
  },
  {
    rule: 'toolChoiceIsPossible',
    passes: ask({ tools: [tool], tool_choice: 'required' }),
    refused: ask({ tool_choice: 'auto' }),
    says: "'tool_choice' is only allowed when 'tools' are specified.",
  },
  {
    rule: 'parallelCallsNeedTools',
    passes: ask({ tools: [tool], parallel_tool_calls: false }),
    refused: ask({ parallel_tool_calls: false }),
  },
  {
    rule: 'outputFormatFitsTheSubset',
    passes: format({ strict: true }),
    refused: format({ name: 'the city' }),
    says: "Invalid 'response_format.json_schema.name'",
  },
  { rule: 'messagesAreGiven', passes: ask(), refused: ask({ messages: [] }) },
  {
    rule: 'rolesAreKnown',
    passes: talk({ role: 'developer', content: 'Be brief.' }, user()),
    refused: ask({ model: 'o1-mini', messages: [{ role: 'developer', content: 'x' }, user()] }),
    says: "'messages[0].role' does not support 'developer' with this model.",
  },
  {
    rule: 'messageFieldsAreKnown',
    passes: talk({ ...user(), name: 'ann' }),
    refused: talk({ ...user(), id: 'msg_1' }),
  },
  {
    rule: 'contentIsTextOrParts',
    passes: talk(user(), assistant(called('a')), answer('a')),
    refused: talk(user(null)),
    says: "Invalid value for 'content': expected a string, got null.",
  },
  {
    rule: 'partsFitTheirRole',
    passes: talk(user([image(png)])),
    refused: talk(user(), assistant(called('a')), answer('a', [image(png)])),
    says: "Image URLs are only allowed for messages with role 'user', but this message with role 'tool' contains",
  },
  {
    rule: 'imagesAreReadable',
    passes: talk(user([image(png)])),
    refused: talk(user([image(png.replace('png', 'bmp'))])),
    says: 'You uploaded an unsupported image.',
  },
  {
    rule: 'callsAreWellFormed',
    passes: talk(user(), assistant(called('a')), answer('a')),
    refused: talk(user(), assistant(called('a', { arguments: {} })), answer('a')),
    says: "Invalid type for 'messages[1].tool_calls[0].function.arguments'",
  },
  {
    rule: 'toolMessagesNameTheirCall',
    passes: talk(user(), assistant(called('a')), answer('a')),
    refused: talk(user(), assistant(called('a')), { role: 'tool', content: 'sunny' }),
    says: "Missing required parameter: 'messages[2].tool_call_id'.",
  },
  {
    rule: 'callsHaveAnswers',
    passes: talk(user(), assistant(called('a'), called('b')), answer('b'), answer('a')),
    refused: talk(user(), assistant(called('a'), called('b')), answer('b'), user()),
    says: 'The following tool_call_ids did not have response messages: a',
  },
  {
    rule: 'toolMessagesHaveCalls',
    passes: talk(user(), assistant(called('a')), answer('a')),
    refused: talk(user(), answer('a')),
    says: "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
  },
  {
    rule: 'answersAreSingle',
    passes: talk(user(), assistant(called('a')), answer('a')),
    refused: talk(user(), assistant(called('a')), answer('a'), answer('a')),
  },
  {
    rule: 'jsonModeIsAskedForInWords',
    passes: ask({ ...jsonMode, messages: [user('As JSON.')] }),
    refused: ask(jsonMode),
  },
];
