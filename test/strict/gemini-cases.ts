/** The rules of generateContent for the key, for fields, and for contents. */
import type { JsonObject } from '../../agent/json';
import { Issued } from '../support/strict/strict-issued';
import type { RuleCase, SentRequest } from './rule-case';
import { pngData, times } from './rule-case';

export const question = { role: 'user', parts: [{ text: 'Hi' }] };

/** To gemini-3-flash-preview, or to `model`. */
export function ask(overrides: JsonObject = {}, model?: string): SentRequest {
  const body = { contents: [question], ...overrides };
  const path = `/v1beta/models/${model}:generateContent`;
  return model === undefined ? { body } : { body, options: { path } };
}

const configured = (generationConfig: JsonObject, model?: string): SentRequest =>
  ask({ generationConfig }, model);
const thinking = (thinkingConfig: JsonObject, model?: string): SentRequest =>
  configured({ thinkingConfig }, model);
const talk = (...contents: readonly JsonObject[]): SentRequest => ask({ contents });
const user = (...parts: readonly JsonObject[]): JsonObject => ({ role: 'user', parts });
const model = (...parts: readonly JsonObject[]): JsonObject => ({ role: 'model', parts });
const sentinel = { thoughtSignature: 'skip_thought_signature_validator' };
const call = (name: string, more: JsonObject = sentinel): JsonObject => ({
  functionCall: { name, args: {} },
  ...more,
});
const response = (name: string, more: JsonObject = {}): JsonObject => ({
  functionResponse: { name, response: { output: 'sunny' }, ...more },
});
const image = (mimeType: string, data: string): JsonObject => ({ inlineData: { mimeType, data } });
const once = (called: JsonObject): SentRequest =>
  talk(question, model(called), user(response('a')));

const path = '/v1beta/models/gemini-3-flash-preview:generateContent';
const issued = new Issued();
issued.rememberSignature('gemini-3-flash-preview', call('a', {}), 'c2lnbmVk');
const replay = (called: JsonObject): SentRequest => ({
  ...once(called),
  options: { issued, path },
});

export const geminiCases: readonly RuleCase[] = [
  { rule: 'needsApiKey', passes: ask(), refused: { ...ask(), headers: {} }, status: 403 },
  {
    rule: 'apiKeyIsValid',
    passes: ask(),
    refused: { ...ask(), headers: { 'x-goog-api-key': 'invalid' } },
    says: 'API_KEY_INVALID',
  },
  {
    rule: 'textIsUnicode',
    passes: talk(user({ text: '\ud83d\ude00' })),
    refused: talk(user({ text: '\ud83d' })),
    says: 'Invalid JSON payload received.',
  },
  {
    rule: 'fieldsAreKnown',
    passes: ask({ generation_config: { max_output_tokens: 10 } }),
    refused: ask({ generationConfig: { maxTokens: 10 } }),
    says: "at 'generation_config': Cannot find field.",
  },
  {
    rule: 'modelExists',
    passes: ask({}, 'gemini-3.8-flash'),
    refused: ask({}, 'gemini-3.6-flahs'),
    says: 'models/gemini-3.6-flahs is not found for API version v1beta',
    status: 404,
  },
  {
    rule: 'contentsAreGiven',
    passes: ask(),
    refused: ask({ contents: [] }),
    says: '* GenerateContentRequest.contents: contents is not specified',
  },
  {
    rule: 'contentsHaveParts',
    passes: talk(user({ text: '' })),
    refused: talk(user()),
    says: 'contents[0].parts: contents.parts must not be empty.',
  },
  {
    rule: 'rolesAreKnown',
    passes: talk(question),
    refused: talk(question, { role: 'assistant', parts: [{ text: 'Hello.' }] }),
    says: 'Please use a valid role: user, model.',
  },
  {
    rule: 'partsHoldOneThing',
    passes: talk(question, model({ text: '', thoughtSignature: 'c2ln' }), question),
    refused: talk(question, model({ thoughtSignature: 'c2ln' }), question),
    says: "required oneof field 'data' must have one initialized field",
  },
  {
    rule: 'callsHaveNamesAndArguments',
    passes: once(call('a')),
    refused: once({ functionCall: { name: 'a', args: '{}' }, ...sentinel }),
    says: 'function_call.args',
  },
  {
    rule: 'responsesAreObjects',
    passes: once(call('a')),
    refused: talk(question, model(call('a')), user(response('a', { response: 'sunny' }))),
    says: "Invalid value at 'contents[2].parts[0].function_response.response'",
  },
  {
    rule: 'inlineDataIsReadable',
    passes: talk(user(image('image/png', pngData))),
    refused: talk(user(image('image/png', `data:image/png;base64,${pngData}`))),
    says: 'Base64 decoding failed',
  },
  {
    rule: 'imagesInResponsesFitTheModel',
    passes: talk(
      question,
      model(call('a')),
      user(response('a', { parts: [image('image/png', pngData)] })),
    ),
    refused: ask(
      {
        contents: [
          question,
          model(call('a')),
          user(response('a', { parts: [image('image/png', pngData)] })),
        ],
      },
      'gemini-2.5-flash',
    ),
  },
  {
    rule: 'numbersAreInRange',
    passes: configured({ temperature: 2 }),
    refused: configured({ temperature: 2.1 }),
    says: 'temperature must be in the range [0.0, 2.0].',
  },
  {
    rule: 'stopSequencesAreFewEnough',
    passes: configured({ stopSequences: times(5, String) }),
    refused: configured({ stopSequences: times(6, String) }),
  },
  {
    rule: 'thinkingIsSetOnce',
    passes: thinking({ thinkingLevel: 'LOW', includeThoughts: true }),
    refused: thinking({ thinkingLevel: 'LOW', thinkingBudget: 1024 }),
    says: 'You can only set only one of thinking budget and thinking level.',
  },
  {
    rule: 'thinkingLevelFitsTheModel',
    passes: thinking({ thinkingLevel: 'LOW' }),
    refused: thinking({ thinkingLevel: 'LOW' }, 'gemini-2.5-flash'),
    says: 'Thinking level is not supported for this model.',
  },
  {
    rule: 'thinkingBudgetFitsTheModel',
    passes: thinking({ thinkingBudget: 0 }, 'gemini-2.5-flash'),
    refused: thinking({ thinkingBudget: 0 }, 'gemini-2.5-pro'),
    says: 'Budget 0 is invalid. This model only works in thinking mode.',
  },
  {
    rule: 'thinkingBudgetFitsTheModel',
    passes: thinking({ thinkingBudget: 6400 }, 'gemini-3-pro-preview'),
    refused: thinking({ thinkingBudget: 6400 }, 'gemini-4-argon'),
  },
  {
    rule: 'schemaNeedsJsonOutput',
    passes: configured({ responseMimeType: 'application/json', responseJsonSchema: {} }),
    refused: configured({ responseJsonSchema: {} }),
  },
  {
    rule: 'outputSchemaIsGivenOnce',
    passes: configured({ responseMimeType: 'application/json', responseSchema: {} }),
    refused: configured({
      responseMimeType: 'application/json',
      responseSchema: {},
      responseJsonSchema: {},
    }),
  },
  {
    rule: 'cachedContentStandsAlone',
    passes: ask({ cachedContent: 'cachedContents/1' }),
    refused: ask({ cachedContent: 'cachedContents/1', systemInstruction: question }),
    says: 'CachedContent can not be used with',
  },
  {
    rule: 'firstContentIsTheUsers',
    passes: talk(question, model({ text: 'Hello.' }), question),
    refused: talk(model({ text: 'Hello.' }), question),
  },
  {
    rule: 'callsFollowTheUser',
    passes: once(call('a')),
    refused: talk(model(call('a')), user(response('a'))),
    says: 'function call turn comes immediately after a user turn or after a function response turn.',
  },
  {
    rule: 'responsesFollowTheirCalls',
    passes: once(call('a')),
    refused: talk(question, model({ text: 'Hello.' }), user(response('a'))),
    says: 'function response turn comes immediately after a function call turn.',
  },
  {
    rule: 'everyCallHasAResponse',
    passes: talk(question, model(call('a'), call('b')), user(response('a')), user(response('b'))),
    refused: talk(question, model(call('a'), call('b')), user(response('a'))),
    says: 'the number of function response parts is equal to the number of function call parts',
  },
  {
    rule: 'responsesAreInTheOrderOfCalls',
    passes: talk(question, model(call('a'), call('b')), user(response('a'), response('b'))),
    refused: talk(question, model(call('a'), call('b')), user(response('b'), response('a'))),
  },
  {
    rule: 'signaturesAreAsIssued',
    passes: replay(call('a', { thoughtSignature: 'c2lnbmVk' })),
    refused: replay(call('a', { thoughtSignature: 'Zm9yZ2Vk' })),
    says: 'Corrupted thought signature.',
  },
  {
    rule: 'signaturesAreAsIssued',
    passes: replay(call('a')),
    refused: replay({
      functionCall: { name: 'a', args: { city: 'Rome' } },
      thoughtSignature: 'c2lnbmVk',
    }),
    says: 'Thought signature is not valid.',
  },
  {
    rule: 'firstCallsAreSigned',
    passes: talk(question, model(call('a'), call('b', {})), user(response('a'), response('b'))),
    refused: once(call('a', {})),
    says: 'missing a thought_signature in functionCall parts.',
  },
  {
    rule: 'firstCallsAreSigned',
    passes: talk(question, model(call('a', {})), user(response('a')), question),
    refused: talk(
      question,
      model(call('a')),
      user(response('a')),
      model(call('b', {})),
      user(response('b')),
    ),
    says: 'function call `default_api:b` , position 4.',
  },
];
