/** Which of the four APIs a path belongs to, whatever stands before it, and what is particular to its HTTP. */
import type { JsonValue } from '../../../agent/json';
import type { AnswerContext, StrictAnswer, StrictProvider, WireAnswer } from './strict-answer';
import { checkAnthropic } from './strict-anthropic';
import { anthropicAnswer } from './strict-anthropic-answers';
import type { Refusal } from './strict-errors';
import { anthropicRefusal, geminiRefusal, openAIRefusal } from './strict-errors';
import { errorOf } from './strict-error-bodies';
import { checkGemini } from './strict-gemini';
import { geminiAnswer } from './strict-gemini-answers';
import { modelOfPath } from './strict-gemini-view';
import { requestId } from './strict-ids';
import { checkOpenAI } from './strict-openai';
import { openAIAnswer } from './strict-openai-answers';
import { checkOpenAIChat } from './strict-openai-chat';
import { openAIChatAnswer } from './strict-openai-chat-answers';
import type { CheckOptions, RequestHeaders } from './strict-request';

export interface Route {
  readonly provider: StrictProvider;
  /** A path other than OpenAI's own: a gateway, which takes any model. */
  readonly isCompatible: boolean;
  /** Of the path; the others name it in the body. */
  readonly model: string;
  /** Decided by the path; otherwise the body says it. */
  readonly isStream?: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly streamType: string;
  /** Recorded: Google refuses a stream with JSON that it calls a stream. */
  readonly refusalType: string;
  readonly check: (
    body: JsonValue,
    headers: RequestHeaders,
    options: CheckOptions,
  ) => Refusal | undefined;
  readonly answer: (answer: StrictAnswer, context: AnswerContext) => WireAnswer;
}

const streamType = 'text/event-stream; charset=utf-8';
const json = 'application/json';

/** The route of a request, or `undefined`: no such path, or another method. */
export function routeOf(method: string, pathAndQuery: string): Route | undefined {
  const [path = '', query = ''] = pathAndQuery.split('?');
  if (method !== 'POST') return undefined;
  if (path.endsWith('/responses')) return openAIRoute('openai-responses', path);
  if (path.endsWith('/chat/completions')) return openAIRoute('openai-chat', path);
  if (path.endsWith('/v1/messages')) return anthropicRoute();
  const action = /\/v\d\w*\/(?:.*\/)?models\/[^/:]+:(\w+)$/.exec(path)?.[1];
  if (action === 'generateContent') return geminiRoute(pathAndQuery, false);
  const isEvents = action === 'streamGenerateContent' && /(?:^|&)alt=sse(?:&|$)/.test(query);
  return isEvents ? geminiRoute(pathAndQuery, true) : undefined;
}

function openAIRoute(provider: 'openai-responses' | 'openai-chat', path: string): Route {
  const isResponses = provider === 'openai-responses';
  return {
    provider,
    isCompatible: !/^\/v1\/(?:responses|chat\/completions)$/.test(path),
    model: '',
    headers: {
      'x-request-id': requestId(),
      'openai-version': '2020-10-01',
      'openai-processing-ms': '70',
      'x-ratelimit-limit-requests': '5000',
      'x-ratelimit-remaining-requests': '4999',
      'x-ratelimit-reset-requests': '12ms',
    },
    streamType,
    refusalType: json,
    check: isResponses ? checkOpenAI : checkOpenAIChat,
    answer: isResponses ? openAIAnswer : openAIChatAnswer,
  };
}

function anthropicRoute(): Route {
  return {
    provider: 'anthropic',
    isCompatible: false,
    model: '',
    headers: { 'request-id': requestId(), 'anthropic-organization-id': 'org-strict' },
    streamType,
    refusalType: json,
    check: checkAnthropic,
    answer: anthropicAnswer,
  };
}

function geminiRoute(path: string, isStream: boolean): Route {
  return {
    provider: 'gemini',
    isCompatible: false,
    model: modelOfPath(path),
    isStream,
    headers: { 'server-timing': 'gfet4t7; dur=120' },
    streamType: 'text/event-stream',
    refusalType: isStream ? 'text/event-stream' : 'application/json; charset=UTF-8',
    check: checkGemini,
    answer: geminiAnswer,
  };
}

export function notFound(method: string, path: string): Refusal {
  return openAIRefusal(`Unknown request URL: ${method} ${path}. Please check the URL for typos.`, {
    status: 404,
    code: 'unknown_url',
  });
}

/** Neither JSON nor, perhaps, UTF-8. */
export function parseFault(provider: StrictProvider, bytes: string): Refusal {
  switch (provider) {
    case 'anthropic':
      return anthropicRefusal(
        'The request body is not valid JSON: expected value: line 1 column 1 (char 0)',
      );
    case 'gemini':
      return geminiRefusal(
        `Invalid JSON payload received. Unexpected token.\n${bytes.slice(0, 40)}\n^`,
      );
    case 'openai-responses':
    case 'openai-chat':
      return openAIRefusal(
        'We could not parse the JSON body of your request. (HINT: This likely means you aren’t using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)',
      );
  }
}

const sizeLimits: Readonly<Record<StrictProvider, number>> = {
  anthropic: 32 * 1024 * 1024,
  gemini: 20 * 1024 * 1024,
  'openai-responses': 512 * 1024 * 1024,
  'openai-chat': 512 * 1024 * 1024,
};

export function tooLargeFault(provider: StrictProvider, bytes: number): Refusal | undefined {
  return bytes > sizeLimits[provider] ? errorOf(provider, 'too_large') : undefined;
}
