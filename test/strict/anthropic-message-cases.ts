/** The rules of the Messages API for messages and content blocks. */
import type { JsonObject } from '../../agent/json';
import { ask, question, tool } from './anthropic-request-cases';
import type { RuleCase, SentRequest } from './rule-case';
import { pngData, times } from './rule-case';

const dated = { authorization: 'Bearer key', 'anthropic-version': '2026-10-21' };

const talk = (...messages: readonly JsonObject[]): SentRequest => ask({ tools: [tool], messages });
const user = (...content: readonly JsonObject[]): JsonObject => ({ role: 'user', content });
const assistant = (...content: readonly JsonObject[]): JsonObject => ({
  role: 'assistant',
  content,
});
const text = (said: string, more: JsonObject = {}): JsonObject => ({
  type: 'text',
  text: said,
  ...more,
});
const call = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'tool_use',
  id,
  name: 'weather',
  input: {},
  ...more,
});
const result = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content: 'sunny',
  ...more,
});
const image = (media_type: string, data: string): JsonObject => ({
  type: 'image',
  source: { type: 'base64', media_type, data },
});
const cached = (ttl?: string): JsonObject => ({
  cache_control: { type: 'ephemeral', ...(ttl && { ttl }) },
});
const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] };
const newest = (sent: SentRequest): SentRequest => ({
  body: { ...sent.body, model: 'claude-opus-4-8' },
});
const one = [question, assistant(call('a')), user(result('a'))];

export const anthropicMessageCases: readonly RuleCase[] = [
  { rule: 'conversationIsNotEmpty', passes: talk(question), refused: talk() },
  {
    rule: 'rolesAreKnown',
    passes: newest(talk(question, { role: 'system', content: 'Be brief.' })),
    refused: talk(question, { role: 'system', content: 'Be brief.' }),
    says: 'Unexpected role "system"',
  },
  {
    rule: 'contentIsTextOrBlocks',
    passes: talk(question),
    refused: talk({ role: 'user', content: null }),
    says: 'messages.0.content: Input should be a valid list',
  },
  {
    rule: 'contentIsNotEmpty',
    passes: talk(question, assistant()),
    refused: talk({ role: 'user', content: '' }),
    says: 'messages.0: all messages must have non-empty content except for the optional final',
  },
  {
    rule: 'blockTypesAreKnown',
    passes: talk(user(text('Hi'))),
    refused: talk(user({ type: 'input_text', text: 'Hi' })),
    says: "Input tag 'input_text' found using 'type'",
  },
  {
    rule: 'blockFieldsAreKnown',
    passes: talk(question, assistant(call('a', { caller: { type: 'direct' } })), user(result('a'))),
    refused: talk(question, assistant(call('a', { index: 0 })), user(result('a'))),
    says: 'messages.1.content.0.tool_use.index: Extra inputs',
  },
  {
    rule: 'blocksStandInTheirRole',
    passes: talk(...one),
    refused: talk(user(call('a'))),
    says: '`tool_use` blocks can only be in `assistant` messages',
  },
  {
    rule: 'cacheControlIsWellFormed',
    passes: talk(user(text('Hi', cached('1h')))),
    refused: talk(user(text('Hi', cached('2h')))),
  },
  {
    rule: 'cachedTextsAreNotEmpty',
    passes: talk(user(text('Hi', cached()))),
    refused: talk(user(text('', cached()))),
    says: 'messages.0.content.0.text: cache_control cannot be set for empty text blocks',
  },
  {
    rule: 'cacheBreakpointsAreFewEnough',
    passes: talk(user(...times(4, () => text('Hi', cached())))),
    refused: talk(user(...times(5, () => text('Hi', cached())))),
    says: 'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  },
  {
    rule: 'longCachesComeFirst',
    passes: talk(user(text('Hi', cached('1h')), text('you', cached('5m')))),
    refused: talk(user(text('Hi', cached('5m')), text('you', cached('1h')))),
  },
  {
    rule: 'textsAreNotEmpty',
    passes: talk(user(text('Hi'))),
    refused: talk(question, assistant(call('a')), user(result('a', { content: [text('')] }))),
    says: 'messages: text content blocks must be non-empty',
  },
  {
    rule: 'textsAreNotBlank',
    passes: talk(user(text(' Hi '))),
    refused: talk(user(text(' \n'))),
    says: 'text content blocks must contain non-whitespace text',
  },
  {
    rule: 'userTextsHaveNoCitations',
    passes: { ...talk(user(text('Hi', { citations: [] }))), headers: dated },
    refused: { ...talk(user(text('Hi', { citations: [{}] }))), headers: dated },
  },
  {
    rule: 'toolUsesAreWellFormed',
    passes: talk(...one),
    refused: talk(question, assistant(call('t1.s1')), user(result('t1.s1'))),
    says: "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
  },
  {
    rule: 'toolUsesAreWellFormed',
    passes: talk(...one),
    refused: talk(question, assistant(call('a', { input: '{}' })), user(result('a'))),
    says: 'tool_use.input: Input should be a valid dictionary',
  },
  {
    rule: 'toolResultsHoldContent',
    passes: talk(question, assistant(call('a')), user(result('a', { content: '' }))),
    refused: talk(question, assistant(call('a')), user(result('a', { content: { a: 1 } }))),
  },
  {
    rule: 'inlineFilesAreWhatTheySay',
    passes: talk(user(image('image/png', pngData))),
    refused: talk(user(image('image/jpeg', pngData))),
    says: 'specified using the image/jpeg media type, but the image appears to be a image/png image',
  },
  {
    rule: 'inlineFilesAreWhatTheySay',
    passes: talk(user(image('image/png', pngData))),
    refused: talk(user(image('image/png', `data:image/png;base64,${pngData}`))),
    says: 'messages.0.content.0.image.source.base64: invalid base64 data',
  },
  {
    rule: 'inlineFilesAreWhatTheySay',
    passes: talk(user(image('image/png', pngData))),
    refused: talk(user(image('image/bmp', pngData))),
    says: "media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
  },
  {
    rule: 'toolUseIdsAreUnique',
    passes: talk(question, assistant(call('a'), call('b')), user(result('a'), result('b'))),
    refused: talk(question, assistant(call('a'), call('a')), user(result('a'))),
  },
  {
    rule: 'toolUsesHaveResults',
    passes: talk(question, assistant(call('a')), user(result('a'), text('And?'))),
    refused: talk(question, assistant(call('a')), user(text('And?'), result('a'))),
    says: '`tool_use` ids were found without `tool_result` blocks immediately after: a.',
  },
  {
    rule: 'toolUsesHaveResults',
    passes: talk(
      question,
      assistant(call('a')),
      assistant(call('b')),
      user(result('a'), result('b')),
    ),
    refused: talk(question, assistant(call('a'), call('b')), user(result('b'))),
    says: 'immediately after: a.',
  },
  {
    rule: 'toolResultsHaveUses',
    passes: talk(...one),
    refused: talk(user(result('a'))),
    says: 'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: a.',
  },
  {
    rule: 'toolResultsAreSingle',
    passes: talk(...one),
    refused: talk(question, assistant(call('a')), user(result('a'), result('a'))),
    says: 'Found multiple `tool_result` blocks with id: a',
  },
  {
    rule: 'serverToolUsesHaveResults',
    passes: talk(question, assistant(search, found, text('Found.')), question),
    refused: talk(question, assistant(search, text('Found.')), question),
    says: 'was found without a corresponding `web_search_tool_result` block',
  },
  {
    rule: 'serverToolResultsHaveUses',
    passes: talk(question, assistant(search, found, text('Found.')), question),
    refused: talk(question, assistant(found, text('Found.')), question),
    says: 'Each `web_search_tool_result` block must have a corresponding `server_tool_use` block',
  },
  {
    rule: 'prefillIsSupported',
    passes: talk(question, assistant(text('The answer is'))),
    refused: newest(talk(question, assistant(text('The answer is')))),
    says: 'This model does not support assistant message prefill.',
  },
  {
    rule: 'prefillIsSupported',
    passes: newest(talk(question, assistant(search, found))),
    refused: newest(talk(question, assistant(search, found, text('So:')))),
  },
  {
    rule: 'prefillDoesNotEndInBlanks',
    passes: talk(question, assistant(text('The answer is'))),
    refused: talk(question, assistant(text('The answer is '))),
    says: 'messages: final assistant content cannot end with trailing whitespace',
  },
];
