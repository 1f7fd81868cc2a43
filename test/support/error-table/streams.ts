/** HTTP 200, and yet no answer: cut, broken, or an error in the midst of it. */
import type { ErrorKind } from '../strict/strict-error-bodies';
import type { StrictProvider } from '../strict/strict-answer';
import type { By, Condition, Play } from './condition';
import { everywhere, final, framed, providers, retried, sends, streams } from './condition';

const text = 'It is sunny in Paris today.';
const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' };
const page = '<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>';

/** The first event of a healthy answer. */
const begins: Readonly<Record<StrictProvider, object>> = {
  'openai-responses': {
    type: 'response.created',
    sequence_number: 0,
    response: {
      id: 'resp_1',
      object: 'response',
      model: 'gpt-5-mini',
      status: 'in_progress',
      output: [],
    },
  },
  'openai-chat': {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    model: 'gpt-4o',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'It is' }, finish_reason: null }],
  },
  anthropic: {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-haiku-4-5',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 10, output_tokens: 1 },
    },
  },
  gemini: { candidates: [{ content: { role: 'model', parts: [{ text: 'It is' }] }, index: 0 }] },
};

function each(play: (provider: StrictProvider) => Play): By<Play> {
  return Object.fromEntries(providers.map((provider) => [provider, play(provider)]));
}

function inStream(error: ErrorKind): By<Play> {
  return everywhere({ text, errorInStream: error });
}

function afterBeginning(rest: (provider: StrictProvider) => string): By<Play> {
  return each((provider) =>
    sends(200, framed(provider, begins[provider]) + rest(provider), eventStream),
  );
}

export const streamConditions: readonly Condition[] = [
  {
    name: 'the stream ends cleanly in the middle of the answer',
    play: afterBeginning(() => ''),
    outcome: everywhere(retried('incomplete', 'The stream ended before the ')),
  },
  {
    name: 'the stream ends in the middle of an event',
    play: everywhere({ text, endAfterBytes: 700 }, { gemini: { text, endAfterBytes: 300 } }),
    outcome: everywhere(retried('incomplete', 'The stream ')),
  },
  {
    name: 'the stream says [DONE] before the answer is complete',
    play: afterBeginning(() => 'data: [DONE]\n\n'),
    outcome: everywhere(retried('incomplete', 'The stream ')),
  },
  {
    name: 'an event is no JSON',
    play: afterBeginning((provider) => {
      const name = provider === 'anthropic' ? 'event: content_block_delta\n' : '';
      return `${name}data: {"type":\n\n`;
    }),
    outcome: everywhere(retried('incomplete', 'The stream was cut in the middle of an event.')),
  },
  {
    name: 'an event is JSON, and no object',
    play: afterBeginning(() => 'data: null\n\n'),
    outcome: everywhere(retried('incomplete', 'The stream ')),
  },
  {
    name: 'a stream without events',
    play: everywhere({ isEmpty: true }),
    outcome: everywhere(retried('incomplete', 'The stream ended before the ')),
  },
  {
    name: 'HTTP 200 without a body',
    play: everywhere(sends(200, '')),
    outcome: everywhere(retried('incomplete', 'The stream ended before the ')),
  },
  {
    name: 'HTTP 204: no content',
    play: everywhere(sends(204, '')),
    outcome: everywhere(retried('incomplete', 'The stream ended before the ')),
  },
  {
    name: 'HTTP 200 with an HTML page',
    play: everywhere({ isHtml: true, status: 200 }),
    outcome: everywhere(
      final('configuration', 'answered 200: A web page ("Bad gateway"), not the API.'),
    ),
  },
  {
    name: 'HTTP 200 with an HTML page that calls itself a stream',
    play: everywhere(sends(200, page, eventStream)),
    outcome: everywhere(retried('incomplete', 'The stream ')),
  },
  {
    name: 'HTTP 200 with an error as JSON',
    play: everywhere({ error: 'rate_limit', status: 200 }),
    outcome: everywhere(retried('rate_limit', 'Rate limit reached for gpt-5', 2_000), {
      anthropic: retried('rate_limit', "would exceed your organization's rate limit"),
      gemini: retried('rate_limit', 'You exceeded your current quota'),
    }),
  },
  {
    name: 'HTTP 200 with a refusal as JSON',
    play: everywhere({ error: 'authentication', status: 200 }),
    outcome: everywhere(final('authentication', 'Incorrect API key provided: [key].'), {
      anthropic: final('authentication', 'invalid x-api-key.'),
      gemini: final('authentication', 'API key not valid.'),
    }),
  },
  {
    name: 'in the stream: overloaded',
    play: inStream('overloaded'),
    outcome: everywhere(retried('overloaded', 'The engine is currently overloaded'), {
      anthropic: retried('overloaded', 'anthropic: Overloaded.'),
      gemini: retried('overloaded', 'The model is overloaded.'),
    }),
  },
  {
    name: 'in the stream: an error of the server',
    play: inStream('server_error'),
    outcome: everywhere(
      retried('server', 'The server had an error while processing your request.'),
      {
        anthropic: retried('server', 'Internal server error.'),
        gemini: retried('server', 'An internal error has occurred.'),
      },
    ),
  },
  {
    name: 'in the stream: too fast',
    play: inStream('rate_limit'),
    outcome: everywhere(retried('rate_limit', 'Please try again in 2s.', 2_000), {
      anthropic: retried('rate_limit', "exceed your organization's rate limit"),
      gemini: retried('rate_limit', 'You exceeded your current quota'),
    }),
  },
  {
    name: 'in the stream: the money is spent',
    play: inStream('quota'),
    outcome: everywhere(final('quota', 'You exceeded your current quota'), {
      anthropic: final('quota', 'You have reached your specified API usage limits.'),
    }),
  },
  {
    name: 'in the stream: too long',
    play: inStream('context_length'),
    outcome: everywhere(final('context_length', 'Your input exceeds the context window'), {
      anthropic: final('context_length', 'prompt is too long: 208310 tokens > 200000 maximum.'),
      gemini: final('context_length', 'The input token count (1200001) exceeds the maximum'),
    }),
  },
  {
    name: 'in the stream: the prompt is refused',
    play: {
      'openai-responses': streams('openai-responses', [
        begins['openai-responses'],
        {
          type: 'response.failed',
          sequence_number: 1,
          response: {
            id: 'resp_1',
            status: 'failed',
            output: [],
            error: { code: 'invalid_prompt', message: 'Invalid prompt: flagged by our policy.' },
          },
        },
      ]),
      'openai-chat': streams('openai-chat', [
        begins['openai-chat'],
        {
          error: {
            code: 'invalid_prompt',
            message: 'Invalid prompt: flagged.',
            type: 'invalid_request_error',
          },
        },
      ]),
      anthropic: streams('anthropic', [
        begins.anthropic,
        { type: 'error', error: { type: 'invalid_request_error', message: 'Invalid prompt.' } },
      ]),
      gemini: streams('gemini', [
        begins.gemini,
        { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'Invalid prompt.' } },
      ]),
    },
    outcome: everywhere(final('bad_request', 'Invalid prompt')),
  },
  {
    name: 'in the stream: an error that says nothing',
    play: {
      'openai-responses': streams('openai-responses', [
        begins['openai-responses'],
        { type: 'response.failed', response: { status: 'failed', error: null, output: [] } },
      ]),
      'openai-chat': streams('openai-chat', [begins['openai-chat'], { error: {} }]),
      anthropic: streams('anthropic', [begins.anthropic, { type: 'error', error: {} }]),
      gemini: streams('gemini', [begins.gemini, { error: {} }]),
    },
    outcome: everywhere(retried('server', ''), { gemini: retried('incomplete', '') }),
  },
  {
    name: 'in the stream: an error with a key in it',
    play: {
      'openai-responses': streams('openai-responses', [
        { type: 'error', code: 'server_error', message: 'sk-abcdefghijklmnop broke', param: null },
      ]),
      'openai-chat': streams('openai-chat', [{ error: { message: 'sk-abcdefghijklmnop broke' } }]),
      anthropic: streams('anthropic', [
        { type: 'error', error: { type: 'api_error', message: 'sk-ant-abcdefghijklmnop broke' } },
      ]),
      gemini: streams('gemini', [
        {
          error: {
            code: 500,
            status: 'INTERNAL',
            message: 'AIzaSyA0123456789abcdefghijklmnopqrstuv broke',
          },
        },
      ]),
    },
    outcome: everywhere(retried('server', '[key] broke.')),
  },
];
