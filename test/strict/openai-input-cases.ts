/** The rules of the Responses API for the items of `input`. */
import type { JsonObject } from '../../agent/json';
import { Issued } from '../support/strict/strict-issued';
import { ask } from './openai-cases';
import type { RuleCase, SentRequest } from './rule-case';
import { pngData } from './rule-case';

const items = (...input: readonly JsonObject[]): SentRequest => ask({ model: 'gpt-5', input });
const user = (content: JsonObject[string]): JsonObject => ({ role: 'user', content });
const part = (type: string, more: JsonObject): JsonObject => ({ type, ...more });
const call = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'function_call',
  call_id: id,
  name: 'weather',
  arguments: '{}',
  ...more,
});
const output = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'function_call_output',
  call_id: id,
  output: 'sunny',
  ...more,
});
const image = (image_url: JsonObject[string]): SentRequest =>
  items(user([{ type: 'input_image', detail: 'auto', image_url }]));

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' };
const said = (text: string): JsonObject => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});

const issued = new Issued();
issued.rememberItem({
  item: reasoning,
  isStored: false,
  encryptions: new Set(['gAAAA']),
  followingId: 'msg_1',
});
issued.rememberItem({ item: said('Hello.'), isStored: false, reasoningId: 'rs_1' });
issued.rememberItem({ item: { id: 'msg_9' }, isStored: true });

const replay = (...input: readonly JsonObject[]): SentRequest => ({
  ...items(user('Hi'), ...input, user('And?')),
  options: { issued },
});

export const openAIInputCases: readonly RuleCase[] = [
  {
    rule: 'inputIsGiven',
    passes: ask({ input: [], previous_response_id: 'resp_1' }),
    refused: ask({ input: [] }),
    says: 'must be provided.',
  },
  {
    rule: 'itemTypesAreKnown',
    passes: items(user('Hi'), { type: 'web_search_call', id: 'ws_1', status: 'completed' }),
    refused: items({ type: 'tool_use', id: 'toolu_1' }),
  },
  {
    rule: 'rolesAreKnown',
    passes: items({ role: 'developer', content: 'Be brief.' }, user('Hi')),
    refused: items(user('Hi'), { role: 'tool', content: 'sunny' }),
    says: "Invalid value: 'tool'. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
  },
  {
    rule: 'itemFieldsAreKnown',
    passes: items(call('a', { id: 'fc_1' }), output('a')),
    refused: items(call('a', { parsed_arguments: {} }), output('a')),
    says: "Unknown parameter: 'input[0].parsed_arguments'.",
  },
  {
    rule: 'contentIsTextOrParts',
    passes: items(user('')),
    refused: items(user(null)),
    says: 'expected one of an array of objects or string, but got null instead.',
  },
  {
    rule: 'partsFitTheirRole',
    passes: items(user([part('input_text', { text: 'Hi' })])),
    refused: items(user([part('text', { text: 'Hi' })])),
    says: "Invalid value: 'text'. Supported values are: 'input_text', 'input_image', 'output_text',",
  },
  {
    rule: 'partsFitTheirRole',
    passes: items({ role: 'assistant', content: [part('output_text', { text: 'Hi' })] }),
    refused: items({ role: 'assistant', content: [part('input_text', { text: 'Hi' })] }),
    says: "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
  },
  {
    rule: 'partFieldsAreKnown',
    passes: items(user([part('input_text', { text: 'Hi' })])),
    refused: items(user([part('input_text', { text: 'Hi', cache_control: {} })])),
    says: "Unknown parameter: 'input[0].content[0].cache_control'.",
  },
  {
    rule: 'imagesAreReadable',
    passes: image(`data:image/png;base64,${pngData}`),
    refused: image(pngData),
    says: "but got a value without the 'data:' prefix.",
  },
  {
    rule: 'imagesAreReadable',
    passes: image('https://example.com/a.png'),
    refused: image(`data:image/png;base64,${pngData.slice(0, 40)}\n${pngData.slice(40)}`),
    says: 'but got an invalid base64-encoded value.',
  },
  {
    rule: 'imagesAreReadable',
    passes: image(`data:image/png;base64,${pngData}`),
    refused: image({ url: `data:image/png;base64,${pngData}` }),
    says: 'expected an image URL, but got an object instead.',
  },
  {
    rule: 'callsAreWellFormed',
    passes: items(call('a', { arguments: '' }), output('a')),
    refused: items(call('a', { arguments: {} }), output('a')),
    says: "Invalid type for 'input[0].arguments': expected a string, but got an object instead.",
  },
  {
    rule: 'outputsAreTextOrParts',
    passes: items(call('a'), output('a', { output: '' })),
    refused: items(call('a'), output('a', { output: { ok: true } })),
  },
  {
    rule: 'itemIdsHaveTheirPrefix',
    passes: items(call('a', { id: 'fc_1' }), output('a')),
    refused: items(call('a', { id: 'call_1' }), output('a')),
    says: "Invalid 'input[0].id': 'call_1'. Expected an ID that begins with 'fc'.",
  },
  {
    rule: 'callIdsAreShort',
    passes: items(call('c'.repeat(64)), output('c'.repeat(64))),
    refused: items(call('c'.repeat(65)), output('c'.repeat(65))),
    says: "Invalid 'input[0].call_id': string too long.",
  },
  {
    rule: 'itemsAreSingle',
    passes: items(call('a', { id: 'fc_1' }), output('a')),
    refused: items(call('a', { id: 'fc_1' }), output('a'), call('b', { id: 'fc_1' }), output('b')),
    says: 'Duplicate item found with id fc_1.',
  },
  {
    rule: 'outputsAreSingle',
    passes: items(call('a'), output('a')),
    refused: items(call('a'), output('a'), output('a')),
  },
  {
    rule: 'callsHaveOutputs',
    passes: items(call('a'), call('b'), output('b'), output('a')),
    refused: items(call('a'), call('b'), output('b')),
    says: 'No tool output found for function call a.',
  },
  {
    rule: 'outputsHaveCalls',
    passes: ask({ input: [output('a')], previous_response_id: 'resp_1' }),
    refused: items(output('a')),
    says: 'No tool call found for function call output with call_id a.',
  },
  {
    rule: 'reasoningHasASummary',
    passes: replay(reasoning, said('Hello.')),
    refused: replay({ ...reasoning, summary: undefined }, said('Hello.')),
    says: "Missing required parameter: 'input[1].summary'.",
  },
  {
    rule: 'referencedItemsAreStored',
    passes: replay({ type: 'item_reference', id: 'msg_9' }),
    refused: replay({ type: 'item_reference', id: 'msg_1' }),
    says: "Item with id 'msg_1' not found. Items are not persisted when `store` is set to false.",
    status: 404,
  },
  {
    rule: 'referencedItemsAreStored',
    passes: replay(reasoning, said('Hello.')),
    refused: replay({ type: 'reasoning', id: 'rs_1', summary: [] }, said('Hello.')),
    status: 404,
  },
  {
    rule: 'encryptedReasoningIsAsIssued',
    passes: replay(reasoning, said('Hello.')),
    refused: replay({ ...reasoning, encrypted_content: 'gAAAB' }, said('Hello.')),
    says: 'could not be verified',
  },
  {
    rule: 'reasoningHasItsFollowingItem',
    passes: replay(reasoning, said('Hello.')),
    refused: replay(reasoning, said('Hello!')),
    says: "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
  },
  {
    rule: 'reasoningHasItsFollowingItem',
    passes: items(user('Hi'), reasoning, call('a', { id: 'fc_1' }), output('a')),
    refused: items(user('Hi'), reasoning, { role: 'assistant', content: 'Hello.' }, user('And?')),
  },
  {
    rule: 'itemsHaveTheirReasoning',
    passes: replay({ role: 'assistant', content: 'Hello.' }),
    refused: replay(said('Hello.')),
    says: "Item 'msg_1' of type 'message' was provided without its required 'reasoning' item: 'rs_1'.",
  },
];
