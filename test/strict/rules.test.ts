/** Every rule of the strict servers, with a request that passes it and one that it refuses. */
import type { JsonValue } from '../../agent/json';
import { anthropicRules, checkAnthropic } from '../support/strict/strict-anthropic';
import type { Refusal } from '../support/strict/strict-errors';
import { checkGemini, geminiRules } from '../support/strict/strict-gemini';
import { checkOpenAI, openAIRules } from '../support/strict/strict-openai';
import { checkOpenAIChat, openAIChatRules } from '../support/strict/strict-openai-chat';
import type { CheckOptions, RequestHeaders } from '../support/strict/strict-request';
import { anthropicMessageCases } from './anthropic-message-cases';
import { anthropicRequestCases } from './anthropic-request-cases';
import { geminiCases } from './gemini-cases';
import { geminiToolCases } from './gemini-tool-cases';
import { openAICases } from './openai-cases';
import { openAIChatCases } from './openai-chat-cases';
import { openAIInputCases } from './openai-input-cases';
import type { RuleCase } from './rule-case';

interface Table {
  readonly provider: string;
  readonly rules: readonly { readonly name: string }[];
  readonly cases: readonly RuleCase[];
  readonly headers: RequestHeaders;
  readonly options?: CheckOptions;
  readonly check: (
    body: JsonValue,
    headers: RequestHeaders,
    options: CheckOptions,
  ) => Refusal | undefined;
}

const tables: readonly Table[] = [
  {
    provider: 'OpenAI Responses',
    rules: openAIRules,
    cases: [...openAICases, ...openAIInputCases],
    headers: { authorization: 'Bearer key' },
    check: checkOpenAI,
  },
  {
    provider: 'OpenAI Chat Completions',
    rules: openAIChatRules,
    cases: openAIChatCases,
    headers: { authorization: 'Bearer key' },
    check: checkOpenAIChat,
  },
  {
    provider: 'Anthropic',
    rules: anthropicRules,
    cases: [...anthropicRequestCases, ...anthropicMessageCases],
    headers: { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' },
    check: checkAnthropic,
  },
  {
    provider: 'Gemini',
    rules: geminiRules,
    cases: [...geminiCases, ...geminiToolCases],
    headers: { 'x-goog-api-key': 'key' },
    options: { path: '/v1beta/models/gemini-3-flash-preview:generateContent' },
    check: checkGemini,
  },
];

describe.each(tables)('$provider', ({ rules, cases, headers, options, check }) => {
  const send = (sent: RuleCase['passes']): Refusal | undefined =>
    check(sent.body, sent.headers ?? headers, { ...options, ...sent.options });

  test.each(cases)('$rule lets pass', ({ passes }) => {
    expect(send(passes)).toBeUndefined();
  });

  test.each(cases)('$rule refuses', ({ rule, refused, says = '', status = 400 }) => {
    const refusal = send(refused);
    expect(refusal).toMatchObject({ rule, status });
    expect(JSON.stringify(refusal?.body)).toContain(JSON.stringify(says).slice(1, -1));
  });

  test('no rule is without a case', () => {
    const shown = new Set(cases.map(({ rule }) => rule));
    expect([...shown].toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
  });
});
