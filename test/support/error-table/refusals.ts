/** The request is refused: nothing that a second attempt would change. */
import type { Condition } from './condition';
import { everywhere, final, refusedWith, retried, secretKey, sends } from './condition';
import type { Play } from './condition';
import type { By } from './condition';
import { anthropicRefusal, geminiRefusal, openAIRefusal } from '../strict/strict-errors';

const html =
  '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>';

/** A refusal in each provider's own words. */
function refusals(bodies: {
  readonly openAI: ReturnType<typeof openAIRefusal>;
  readonly chat?: ReturnType<typeof openAIRefusal>;
  readonly anthropic: ReturnType<typeof anthropicRefusal>;
  readonly gemini: ReturnType<typeof geminiRefusal>;
}): By<Play> {
  const { openAI, chat = openAI, anthropic, gemini } = bodies;
  return {
    'openai-responses': openAI,
    'openai-chat': chat,
    anthropic: { ...anthropic, headers: { 'x-should-retry': 'false' } },
    gemini: gemini,
  };
}

export const refusalConditions: readonly Condition[] = [
  {
    name: 'the key is wrong',
    play: everywhere({ error: 'authentication' }),
    outcome: {
      'openai-responses': final(
        'authentication',
        'answered 401: Incorrect API key provided: [key].',
      ),
      'openai-chat': final('authentication', 'answered 401: Incorrect API key provided: [key].'),
      anthropic: final('authentication', 'answered 401: invalid x-api-key.'),
      gemini: final(
        'authentication',
        'answered 400: API key not valid. Please pass a valid API key.',
      ),
    },
  },
  {
    name: 'the provider repeats the key in words of its own',
    play: refusedWith(403, `The token ${secretKey} may not do this`),
    outcome: everywhere(final('permission', 'The token [key] may not do this.'), {
      anthropic: final('permission', 'The token [key] may not do this.'),
    }),
  },
  {
    name: 'the key may not use the model, or not from this country',
    play: everywhere({ error: 'permission' }),
    outcome: {
      'openai-responses': final('permission', 'answered 403: Country, region, or territory not'),
      'openai-chat': final(
        'permission',
        'answered 403: Country, region, or territory not supported.',
      ),
      anthropic: final('permission', 'answered 403: Your API key does not have permission'),
      gemini: final('permission', 'answered 403: The caller does not have permission.'),
    },
  },
  {
    name: 'there is no such model',
    play: everywhere<Play>(
      { error: 'not_found' },
      {
        // Recorded: the Responses API says it with another status than the rest.
        'openai-responses': {
          status: 400,
          body: openAIRefusal("The requested model 'gone' does not exist.", {
            code: 'model_not_found',
            param: 'model',
          }).body,
        },
      },
    ),
    outcome: {
      'openai-responses': final(
        'not_found',
        "answered 400: The requested model 'gone' does not exist.",
      ),
      'openai-chat': final('not_found', 'answered 404: The model `gone` does not exist or you do'),
      anthropic: final('not_found', 'answered 404: model: gone.'),
      gemini: final('not_found', 'answered 404: models/gone is not found for API version v1beta'),
    },
  },
  {
    name: 'the request is wrong',
    play: refusals({
      openAI: openAIRefusal(
        "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
        { code: 'decimal_below_min_value', param: 'temperature' },
      ),
      chat: openAIRefusal(
        "Unsupported value: 'messages[0].role' does not support 'developer' with this model.",
        { code: 'unsupported_value', param: 'messages[0].role' },
      ),
      anthropic: anthropicRefusal(
        "This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium.",
      ),
      gemini: geminiRefusal('Invalid value at temperature: -1 is out of range.'),
    }),
    outcome: {
      'openai-responses': final(
        'bad_request',
        "answered 400: Invalid 'temperature': decimal below",
      ),
      'openai-chat': final(
        'bad_request',
        "answered 400: Unsupported value: 'messages[0].role' does",
      ),
      anthropic: final(
        'bad_request',
        "answered 400: This model does not support effort level 'xhigh'.",
      ),
      gemini: final(
        'bad_request',
        'answered 400: Invalid value at temperature: -1 is out of range.',
      ),
    },
  },
  {
    name: 'an image cannot be read',
    play: refusals({
      openAI: openAIRefusal(
        'The image data you provided does not represent a valid image. Please check your input and try again.',
        { code: 'invalid_image', param: 'input' },
      ),
      chat: openAIRefusal(
        "You uploaded an unsupported image. Please make sure your image is of one of the following formats: ['png', 'jpeg', 'gif', 'webp'].",
        { code: 'invalid_image_format' },
      ),
      anthropic: anthropicRefusal(
        'messages.0.content.1.image.source.base64.data: Could not process image',
      ),
      gemini: geminiRefusal('Unable to process input image. Please retry or report in the forum.'),
    }),
    outcome: {
      'openai-responses': final('bad_request', 'does not represent a valid image.'),
      'openai-chat': final('bad_request', 'You uploaded an unsupported image.'),
      anthropic: final('bad_request', 'Could not process image.'),
      gemini: final('bad_request', 'Unable to process input image.'),
    },
  },
  {
    name: 'a call lacks its result',
    play: refusals({
      openAI: openAIRefusal('No tool output found for function call call_1.', { param: 'input' }),
      chat: openAIRefusal(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
        { param: 'messages.[2].role' },
      ),
      anthropic: anthropicRefusal(
        'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
      ),
      gemini: geminiRefusal(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      ),
    }),
    outcome: {
      'openai-responses': final('bad_request', 'No tool output found for function call call_1.'),
      'openai-chat': final('bad_request', 'The following tool_call_ids did not have response'),
      anthropic: final(
        'bad_request',
        'ids were found without `tool_result` blocks immediately after',
      ),
      gemini: final('bad_request', 'the number of function response parts is equal to the number'),
    },
  },
  {
    name: 'the conversation is longer than the model reads',
    play: everywhere({ error: 'context_length' }),
    outcome: {
      'openai-responses': final(
        'context_length',
        'Your input exceeds the context window of this model.',
      ),
      'openai-chat': final(
        'context_length',
        'Your input exceeds the context window of this model.',
      ),
      anthropic: final('context_length', 'prompt is too long: 208310 tokens > 200000 maximum.'),
      gemini: final('context_length', 'The input token count (1200001) exceeds the maximum number'),
    },
  },
  {
    name: 'the conversation is too long, in other words',
    play: refusals({
      openAI: openAIRefusal(
        'Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens. Please reduce the length of the messages.',
        { code: 'context_length_exceeded', param: 'messages' },
      ),
      chat: openAIRefusal(
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens. Please reduce the length of the messages.",
        { code: null, param: 'messages' },
      ),
      anthropic: anthropicRefusal(
        'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again',
      ),
      gemini: geminiRefusal(
        'The input token count exceeds the maximum number of tokens allowed 1048576.',
      ),
    }),
    outcome: {
      'openai-responses': final(
        'context_length',
        'Input tokens exceed the configured limit of 272000',
      ),
      'openai-chat': final(
        'context_length',
        "This model's maximum context length is 128000 tokens.",
      ),
      anthropic: final('context_length', 'input length and `max_tokens` exceed context limit'),
      gemini: final('context_length', 'The input token count exceeds the maximum number of tokens'),
    },
  },
  {
    name: 'the conversation is too long, as other servers say it',
    play: {
      'openai-chat': {
        status: 400,
        body: {
          error: {
            code: 400,
            message: 'the request exceeds the available context size, try increasing it',
            type: 'exceed_context_size_error',
          },
        },
      },
    },
    outcome: { 'openai-chat': final('context_length', 'exceeds the available context size') },
  },
  {
    name: 'one request is larger than a minute’s tokens',
    play: everywhere<Play>(
      {
        status: 429,
        body: openAIRefusal(
          'Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 45000. The input or output tokens must be reduced in order to run successfully.',
          { code: 'rate_limit_exceeded', type: 'tokens' },
        ).body,
      },
      { anthropic: { status: 413, error: 'too_large' }, gemini: { error: 'too_large' } },
    ),
    outcome: everywhere(final('context_length', 'answered 429: Request too large for gpt-4o'), {
      anthropic: final('context_length', 'answered 413: Request exceeds the maximum size.'),
      gemini: final('context_length', 'answered 413: Request payload size exceeds the limit'),
    }),
  },
  {
    name: '413: the request has too many bytes',
    play: everywhere({ error: 'too_large' }),
    outcome: everywhere(final('context_length', 'answered 413: Request body is too large.'), {
      anthropic: final('context_length', 'answered 413: Request exceeds the maximum size.'),
      gemini: final(
        'context_length',
        'answered 413: Request payload size exceeds the limit: 20971520',
      ),
    }),
  },
  {
    name: '405: the address takes no such method',
    play: refusedWith(405, 'Method Not Allowed'),
    outcome: everywhere(final('bad_request', 'answered 405: Method Not Allowed.')),
  },
  {
    name: '415: the address takes no JSON',
    play: refusedWith(415, 'Unsupported Media Type'),
    outcome: everywhere(final('bad_request', 'answered 415: Unsupported Media Type.')),
  },
  {
    name: '422: the request is understood and refused',
    play: everywhere({ error: 'unprocessable' }),
    outcome: everywhere(final('bad_request', 'answered 422: The request could not be processed.'), {
      anthropic: final('bad_request', 'answered 422: Unprocessable request.'),
      gemini: final('bad_request', 'answered 422: Request could not be processed.'),
    }),
  },
  {
    name: '424: something that the request needs is not there',
    play: refusedWith(424, 'Error retrieving the tool list from the MCP server'),
    outcome: everywhere(
      final('bad_request', 'answered 424: Error retrieving the tool list from the MCP server.'),
    ),
  },
  {
    name: '404 with an HTML page: the address is not the API’s',
    play: everywhere(sends(404, html, { 'content-type': 'text/html' })),
    outcome: everywhere(final('not_found', 'answered 404: A web page ("Sign in"), not the API.')),
  },
  {
    name: 'the address has moved',
    play: everywhere(sends(308, '', { location: 'https://elsewhere.invalid/v1' })),
    outcome: everywhere(
      final('configuration', 'answered 308: The address has moved to https://elsewhere.invalid'),
    ),
  },
  {
    name: 'the address sends us to another one by GET',
    play: everywhere(sends(302, html, { location: '/login', 'content-type': 'text/html' })),
    outcome: everywhere(final('configuration', 'answered 302: The address has moved to /login.')),
  },
  {
    name: 'no key is set',
    play: everywhere({}),
    place: 'no key',
    outcome: {
      'openai-responses': final('configuration', 'Model `gpt-5-mini` needs OPENAI_API_KEY in the'),
      'openai-chat': final('configuration', 'Model `gpt-4o` needs OPENAI_API_KEY in the'),
      anthropic: final('configuration', 'Model `claude-haiku-4-5` needs ANTHROPIC_API_KEY in the'),
      gemini: final('configuration', 'Model `gemini-3-flash-preview` needs GEMINI_API_KEY in the'),
    },
  },
  {
    name: 'a refusal that the provider says may be tried again',
    play: refusedWith(400, 'Try me again', { retry: { shouldRetry: true } }),
    outcome: everywhere(retried('bad_request', 'answered 400: Try me again.')),
  },
];
