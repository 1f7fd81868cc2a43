/** The rules of the Responses API for headers, parameters and tools. */
import type { JsonObject } from '../../agent/json';
import { Issued } from '../support/strict/strict-issued';
import type { RuleCase, SentRequest } from './rule-case';
import { objectSchema, times } from './rule-case';

export function ask(overrides: JsonObject = {}): SentRequest {
  return { body: { model: 'gpt-4o', input: 'Hi', ...overrides } };
}

const tool = { type: 'function', name: 'weather', parameters: objectSchema, strict: false };
const withTool = (overrides: JsonObject): SentRequest =>
  ask({ tools: [{ ...tool, ...overrides }] });
const strictly = (parameters: JsonObject): SentRequest => withTool({ strict: true, parameters });
const format = (overrides: JsonObject): SentRequest =>
  ask({
    text: { format: { type: 'json_schema', name: 'city', schema: objectSchema, ...overrides } },
  });
const encrypted = { include: ['reasoning.encrypted_content'] };
const key = (token: string) => ({ authorization: `Bearer ${token}` });

const issued = new Issued();
issued.rememberResponse('resp_1');

export const openAICases: readonly RuleCase[] = [
  {
    rule: 'needsApiKey',
    passes: ask(),
    refused: { ...ask(), headers: { 'x-api-key': 'key' } },
    says: "You didn't provide an API key.",
    status: 401,
  },
  {
    rule: 'apiKeyIsValid',
    passes: ask(),
    refused: { ...ask(), headers: { authorization: 'Bearer invalid-2345' } },
    says: 'Incorrect API key provided: invalid-*****2345.',
    status: 401,
  },
  {
    rule: 'textIsUnicode',
    passes: ask({ input: '\ud83d\ude00' }),
    refused: ask({ input: '\ude00' }),
  },
  {
    rule: 'parametersHaveTheNamesOfThisApi',
    passes: ask({ max_output_tokens: 100 }),
    refused: ask({ max_tokens: 100 }),
    says: "this parameter has moved to 'max_output_tokens'",
  },
  {
    rule: 'parametersAreKnown',
    passes: { ...ask({ stop: ['x'] }), options: { isCompatible: true } },
    refused: ask({ stop: ['x'] }),
    says: "Unknown parameter: 'stop'.",
  },
  {
    rule: 'parametersAreKnown',
    passes: ask({ stream: true, stream_options: { include_obfuscation: false } }),
    refused: ask({ stream: true, stream_options: { include_usage: true } }),
    says: "Unknown parameter: 'stream_options.include_usage'.",
  },
  {
    rule: 'modelExists',
    passes: ask({ model: 'gpt-6.1-sol' }),
    refused: ask({ model: 'gpt-5.2-proo' }),
    says: "The requested model 'gpt-5.2-proo' does not exist.",
  },
  {
    rule: 'parametersHaveTheirTypes',
    passes: ask({ stream: true }),
    refused: ask({ stream: 'true' }),
    says: "Invalid type for 'stream': expected a boolean, but got a string instead.",
  },
  {
    rule: 'numbersAreInRange',
    passes: ask({ temperature: 0 }),
    refused: ask({ temperature: -1 }),
    says: "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1",
  },
  {
    rule: 'reasoningModelsTakeNoSampling',
    passes: ask({ model: 'gpt-5.6-sol', temperature: 0.5, reasoning: { effort: 'none' } }),
    refused: ask({ model: 'gpt-5', temperature: 1 }),
    says: "Unsupported parameter: 'temperature' is not supported with this model.",
  },
  {
    rule: 'metadataIsSmall',
    passes: ask({ metadata: Object.fromEntries(times(16, (index) => [`k${index}`, 'v'])) }),
    refused: ask({ metadata: Object.fromEntries(times(17, (index) => [`k${index}`, 'v'])) }),
  },
  {
    rule: 'cacheKeyIsShort',
    passes: ask({ prompt_cache_key: 'k'.repeat(64) }),
    refused: ask({ prompt_cache_key: 'k'.repeat(65) }),
    says: 'Expected a string with maximum length 64, but got a string with length 65 instead.',
  },
  {
    rule: 'streamOptionsNeedAStream',
    passes: ask({ stream: true, stream_options: {} }),
    refused: ask({ stream_options: {} }),
  },
  {
    rule: 'reasoningFitsTheModel',
    passes: ask({ model: 'gpt-5', reasoning: { effort: 'minimal' } }),
    refused: ask({ model: 'o4-mini', reasoning: { effort: 'minimal' } }),
    says: "'minimal' is not supported with the 'o4-mini' model. Supported values are: 'low', 'medium', and 'high'.",
  },
  {
    rule: 'reasoningFitsTheModel',
    passes: ask({ model: 'gpt-5', reasoning: { effort: 'low' } }),
    refused: ask({ model: 'gpt-4o', reasoning: { effort: 'low' } }),
    says: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
  },
  {
    rule: 'reasoningSummaryIsKnown',
    passes: ask({ model: 'gpt-5', reasoning: { summary: 'auto' } }),
    refused: ask({ model: 'gpt-5', reasoning: { summary: 'long' } }),
  },
  {
    rule: 'includesAreKnown',
    passes: ask({ model: 'gpt-5', ...encrypted }),
    refused: ask({ model: 'gpt-5', include: ['reasoning'] }),
  },
  {
    rule: 'encryptedReasoningNeedsAReasoningModel',
    passes: ask({ model: 'gpt-5', ...encrypted }),
    refused: ask(encrypted),
    says: 'Encrypted content is not supported with this model.',
  },
  {
    rule: 'previousResponseIsStored',
    passes: { ...ask({ previous_response_id: 'resp_1' }), options: { issued } },
    refused: { ...ask({ previous_response_id: 'resp_2' }), options: { issued } },
    says: "Previous response with id 'resp_2' not found.",
  },
  {
    rule: 'toolsHaveTypes',
    passes: ask({ tools: [{ type: 'web_search' }] }),
    refused: ask({ tools: [{ name: 'weather' }] }),
    says: "Missing required parameter: 'tools[0].type'.",
  },
  {
    rule: 'toolNamesMatchThePattern',
    passes: withTool({ name: 'x'.repeat(64) }),
    refused: withTool({ name: 'x'.repeat(65) }),
    says: "Invalid 'tools[0].name': string too long.",
  },
  {
    rule: 'toolNamesMatchThePattern',
    passes: withTool({}),
    refused: ask({ tools: [{ type: 'function', function: tool }] }),
    says: "Missing required parameter: 'tools[0].name'.",
  },
  {
    rule: 'toolNamesMatchThePattern',
    passes: withTool({ name: 'files_read' }),
    refused: withTool({ name: 'files.read' }),
    says: "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
  },
  {
    rule: 'toolFieldsAreKnown',
    passes: withTool({ description: 'd' }),
    refused: withTool({ annotations: {} }),
    says: "Unknown parameter: 'tools[0].annotations'.",
  },
  {
    rule: 'toolNamesAreUnique',
    passes: ask({ tools: [tool, { ...tool, name: 'dice' }] }),
    refused: ask({ tools: [tool, tool] }),
  },
  {
    rule: 'toolsAreFewEnough',
    passes: ask({ tools: times(128, (index) => ({ ...tool, name: `t${index}` })) }),
    refused: ask({ tools: times(129, (index) => ({ ...tool, name: `t${index}` })) }),
  },
  {
    rule: 'toolSchemasAreObjects',
    passes: withTool({ parameters: { type: 'object', properties: {} } }),
    refused: withTool({ parameters: {} }),
    says: `schema must be a JSON Schema of 'type: "object"', got 'type: "None"'.`,
  },
  {
    rule: 'strictToolsFitTheSubset',
    passes: strictly(objectSchema),
    refused: strictly({ ...objectSchema, required: [] }),
    says: "to be an array including every key in properties. Missing 'city'.",
  },
  {
    rule: 'strictToolsFitTheSubset',
    passes: withTool({ parameters: { ...objectSchema, additionalProperties: true } }),
    refused: strictly({ ...objectSchema, additionalProperties: true }),
    says: "Invalid schema for function 'weather': In context=(), 'additionalProperties' is required to be supplied and to be false.",
  },
  {
    rule: 'strictToolsFitTheSubset',
    passes: strictly(objectSchema),
    refused: strictly({ ...objectSchema, properties: { city: { oneOf: [{ type: 'string' }] } } }),
    says: "In context=('properties', 'city'), 'oneOf' is not permitted.",
  },
  {
    rule: 'toolChoiceIsPossible',
    passes: ask({ tools: [tool], tool_choice: { type: 'function', name: 'weather' } }),
    refused: ask({ tools: [tool], tool_choice: { type: 'function', name: 'dice' } }),
    says: "Tool choice 'dice' not found in 'tools' parameter.",
  },
  {
    rule: 'outputFormatFitsTheSubset',
    passes: format({ strict: true }),
    refused: format({ strict: true, schema: { type: 'object', properties: {} } }),
    says: "Invalid schema for response_format 'city'",
  },
  {
    rule: 'jsonModeIsAskedForInWords',
    passes: ask({
      input: [{ role: 'user', content: 'As JSON.' }],
      text: { format: { type: 'json_object' } },
    }),
    refused: ask({
      input: [{ role: 'user', content: 'Hi' }],
      text: { format: { type: 'json_object' } },
    }),
    says: "must contain the word 'json' in some form",
  },
  {
    rule: 'apiKeyIsValid',
    passes: { ...ask(), headers: key('good'), options: { isKeyValid: (it) => it === 'good' } },
    refused: { ...ask(), headers: key('bad'), options: { isKeyValid: (it) => it === 'good' } },
    status: 401,
  },
];
