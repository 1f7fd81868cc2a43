/** The rules of the Messages API for headers, parameters, tools and thinking. */
import type { JsonObject } from '../../agent/json';
import { Issued } from '../support/strict/strict-issued';
import type { RuleCase, SentRequest } from './rule-case';
import { objectSchema } from './rule-case';

export const question = { role: 'user', content: 'Hi' } as const;
export const tool = { name: 'weather', input_schema: objectSchema } as const;

/** To a model of the middle generation, which takes the most. */
export function ask(overrides: JsonObject = {}): SentRequest {
  const base = { model: 'claude-sonnet-4-5', max_tokens: 4096, messages: [question] };
  return { body: { ...base, ...overrides } };
}

const old = { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' };
const dated = { authorization: 'Bearer key', 'anthropic-version': '2026-10-21' };
const withSchema = (input_schema: JsonObject): SentRequest =>
  ask({ tools: [{ name: 'weather', input_schema }] });
const withTool = (overrides: JsonObject): SentRequest =>
  ask({ tools: [{ ...tool, ...overrides }] });
const strictly = (city: JsonObject): SentRequest =>
  withTool({ strict: true, input_schema: { ...objectSchema, properties: { city } } });

const enabled = { type: 'enabled', budget_tokens: 2000 };
const call = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} };
const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] };
const thought = { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' };
const issued = new Issued();
issued.rememberThinking('claude-sonnet-4-5', 'Hm.', 'c2lnbmVk');
issued.rememberThoughtfulToolUse('toolu_1');

function loop(blocks: readonly JsonObject[], thinking: JsonObject, model = 'claude-sonnet-4-5') {
  const messages = [question, { role: 'assistant', content: blocks }, result];
  return { ...ask({ model, thinking, tools: [tool], messages }), options: { issued } };
}

export const anthropicRequestCases: readonly RuleCase[] = [
  {
    rule: 'needsApiKey',
    passes: { ...ask(), headers: dated },
    refused: { ...ask(), headers: { 'anthropic-version': '2026-10-21' } },
    status: 401,
  },
  {
    rule: 'apiKeyIsValid',
    passes: { ...ask(), headers: old },
    refused: { ...ask(), headers: { ...old, 'x-api-key': 'invalid-1' } },
    says: 'invalid x-api-key',
    status: 401,
  },
  {
    rule: 'versionIsKnown',
    passes: { ...ask(), headers: dated },
    refused: { ...ask(), headers: { 'x-api-key': 'key' } },
    says: 'anthropic-version: header is required',
  },
  {
    rule: 'textIsUnicode',
    passes: ask({ system: 'smile \ud83d\ude00' }),
    refused: ask({ system: 'half \ud83d' }),
    says: 'no low surrogate in string at system',
  },
  {
    rule: 'requiredParametersAreGiven',
    passes: ask(),
    refused: { body: { model: 'claude-sonnet-4-5', messages: [question] } },
    says: 'max_tokens: Field required',
  },
  {
    rule: 'parametersAreKnown',
    passes: { ...ask({ temperature: 1 }), headers: old },
    refused: { ...ask({ temperature: 1 }), headers: dated },
    says: 'temperature: Extra inputs are not permitted',
  },
  {
    rule: 'modelExists',
    passes: ask({ model: 'claude-opus-5-5' }),
    refused: ask({ model: 'claude-sonet-4-5' }),
    says: 'model: claude-sonet-4-5',
    status: 404,
  },
  {
    rule: 'outputLimitIsPossible',
    passes: ask({ max_tokens: 64_000 }),
    refused: ask({ max_tokens: 64_001 }),
    says: 'max_tokens: 64001 > 64000',
  },
  {
    rule: 'samplingIsInRange',
    passes: { ...ask({ temperature: 1 }), headers: old },
    refused: { ...ask({ temperature: 1.5 }), headers: old },
    says: 'temperature: range: 0..1',
  },
  {
    rule: 'samplingFitsTheModel',
    passes: { ...ask({ temperature: 0.5 }), headers: old },
    refused: { ...ask({ temperature: 0.5, top_p: 0.5 }), headers: old },
    says: 'cannot both be specified',
  },
  {
    rule: 'effortFitsTheModel',
    passes: ask({ model: 'claude-opus-4-7', output_config: { effort: 'xhigh' } }),
    refused: ask({ model: 'claude-opus-4-6', output_config: { effort: 'xhigh' } }),
    says: "does not support effort level 'xhigh'. Supported levels: high, low, max, medium.",
  },
  {
    rule: 'stopSequencesSaySomething',
    passes: ask({ stop_sequences: ['END'] }),
    refused: ask({ stop_sequences: ['\n'] }),
  },
  {
    rule: 'metadataIsKnown',
    passes: ask({ metadata: { user_id: 'u' } }),
    refused: ask({ metadata: { tenant: 't' } }),
    says: 'metadata.tenant: Extra inputs',
  },
  {
    rule: 'toolFieldsAreKnown',
    passes: withTool({ description: 'd' }),
    refused: withTool({ parameters: {} }),
    says: 'tools.0.custom.parameters: Extra inputs',
  },
  {
    rule: 'toolNamesMatchThePattern',
    passes: withTool({ name: 'x'.repeat(128) }),
    refused: withTool({ name: 'files.read' }),
    says: 'tools.0.custom.name: String should match pattern',
  },
  {
    rule: 'toolNamesAreUnique',
    passes: ask({ tools: [tool, { type: 'web_search_20250305', name: 'web_search' }] }),
    refused: ask({
      tools: [
        { ...tool, name: 'web_search' },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
    }),
  },
  {
    rule: 'toolSchemasAreObjects',
    passes: withSchema({ type: 'object' }),
    refused: withSchema({}),
    says: 'tools.0.custom.input_schema.type: Field required',
  },
  {
    rule: 'toolSchemasHaveNoRootUnion',
    passes: withSchema({ type: 'object', properties: { a: { anyOf: [{ type: 'null' }] } } }),
    refused: withSchema({ type: 'object', anyOf: [{ required: ['a'] }] }),
  },
  {
    rule: 'propertyNamesMatchThePattern',
    passes: withSchema({ type: 'object', properties: { 'a.b': {} } }),
    refused: withSchema({ type: 'object', properties: { 'a b': {} } }),
  },
  {
    rule: 'toolSchemasAreDraft2020',
    passes: withSchema({ type: 'object', properties: { a: { prefixItems: [{}] } } }),
    refused: withSchema({ type: 'object', properties: { a: { items: [{}] } } }),
    says: 'draft 2020-12',
  },
  {
    rule: 'strictToolsFitTheSubset',
    passes: strictly({ type: 'string', format: 'date' }),
    refused: strictly({ type: 'string', minLength: 1 }),
    says: "For 'string' type, properties minLength are not supported",
  },
  {
    rule: 'outputFormatFitsTheSubset',
    passes: ask({ output_config: { format: { type: 'json_schema', schema: objectSchema } } }),
    refused: ask({
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
    }),
    says: "'additionalProperties' must be explicitly set to false",
  },
  {
    rule: 'toolChoiceIsPossible',
    passes: ask({ tools: [tool], tool_choice: { type: 'tool', name: 'weather' } }),
    refused: ask({ tools: [tool], tool_choice: { type: 'tool', name: 'dice' } }),
    says: "Tool 'dice' not found in provided tools",
  },
  {
    rule: 'thinkingIsWellFormed',
    passes: ask({ thinking: { ...enabled, display: 'omitted' } }),
    refused: ask({ thinking: { type: 'adaptive', budget_tokens: 2000 } }),
    says: 'thinking.adaptive.budget_tokens: Extra inputs',
  },
  {
    rule: 'thinkingTypeFitsTheModel',
    passes: ask({ model: 'claude-opus-4-7', thinking: { type: 'adaptive' } }),
    refused: ask({ model: 'claude-opus-4-7', thinking: enabled }),
    says: '"thinking.type.enabled" is not supported for this model.',
  },
  {
    rule: 'thinkingBudgetIsLargeEnough',
    passes: ask({ thinking: { type: 'enabled', budget_tokens: 1024 } }),
    refused: ask({ thinking: { type: 'enabled', budget_tokens: 1023 } }),
  },
  {
    rule: 'thinkingLeavesRoomForTheAnswer',
    passes: ask({ max_tokens: 2001, thinking: enabled }),
    refused: ask({ max_tokens: 2000, thinking: enabled }),
  },
  {
    rule: 'manualThinkingForcesNoTool',
    passes: ask({ thinking: enabled, tools: [tool], tool_choice: { type: 'auto' } }),
    refused: ask({ thinking: enabled, tools: [tool], tool_choice: { type: 'any' } }),
    says: 'Thinking may not be enabled when tool_choice forces tool use.',
  },
  {
    rule: 'thinkingIsAsIssued',
    passes: loop([thought, call], enabled),
    refused: loop([{ ...thought, thinking: 'Aha.' }, call], enabled),
    says: 'blocks in the latest assistant message cannot be modified',
  },
  {
    rule: 'thinkingIsAsIssued',
    passes: loop([thought, call], enabled, 'claude-sonnet-4-5-20250929'),
    refused: loop([thought, call], enabled, 'claude-opus-4-5'),
    says: 'Invalid `signature` in `thinking` block',
  },
  {
    rule: 'thinkingLeadsTheToolUse',
    passes: loop([thought, call], enabled),
    refused: loop([call], enabled),
    says: 'Expected `thinking` or `redacted_thinking`, but found `tool_use`',
  },
  {
    rule: 'thinkingLeadsTheToolUse',
    passes: loop([{ ...call, id: 'toolu_1' }], { type: 'disabled' }, 'claude-opus-4-7'),
    refused: loop([call], { type: 'adaptive' }, 'claude-opus-4-7'),
    says: 'messages.1.content.0.type',
  },
  {
    rule: 'thinkingStaysOnInAToolLoop',
    passes: loop([thought, call], enabled),
    refused: loop([thought, call], { type: 'disabled' }),
    says: 'When thinking is disabled',
  },
];
