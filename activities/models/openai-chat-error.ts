/** The errors of an endpoint that speaks Chat Completions, under its own name. */
import { APIError } from 'openai';
import { ModelError, isModelError } from '../../agent/errors';
import { connectionError, modelErrorIn } from './model-error';
import type { Fetch } from './model-fetch';
import { fromOpenAIError } from './openai-error';
import { openAIProvider } from './openai-replay';
import { isObject } from './request-json';

/** Whatever a call threw; what is no error of the provider's or of the connection is returned as it is. */
export function fromChatError(error: unknown, provider: string): unknown {
  const known = modelErrorIn(error);
  if (known) return known;
  if (!(error instanceof APIError)) return connectionError(provider, error) ?? error;
  const mapped = fromOpenAIError(withStatus(error));
  return isModelError(mapped) ? renamed(mapped, provider) : mapped;
}

/** An error that stands in the answer itself. */
export function fromErrorBody(error: unknown, provider: string): unknown {
  const body = typeof error === 'object' && error !== null ? error : { message: String(error) };
  return fromChatError(new APIError(undefined, body, undefined, undefined), provider);
}

/** In a stream, gateways give the status as the error's code, and as a number. */
function withStatus(error: APIError): APIError {
  const code: unknown = error.code;
  const status = typeof code === 'number' ? code : Number.NaN;
  if (Number.isNaN(status)) return error;
  const isStatus = status >= 400 && status < 600;
  const body = { ...(error.error as object), code: error.type };
  return new APIError(
    error.status ?? (isStatus ? status : undefined),
    body,
    undefined,
    error.headers,
  );
}

function renamed({ fields }: ModelError, provider: string): ModelError {
  const isTooLong = fields.kind === 'bad_request' && tooLong.test(fields.message);
  return new ModelError({
    ...fields,
    provider,
    kind: isTooLong ? 'context_length' : fields.kind,
    // Groq's word for a call that the model wrote wrongly: the next one may be right.
    retryable: fields.retryable || fields.code === 'tool_use_failed',
    message: fields.message.replace(new RegExp(`^${openAIProvider}\\b`), provider),
  });
}

/** As llama.cpp, LM Studio, xAI, Together and Anthropic behind a gateway say it. */
const tooLong =
  /maximum prompt length|context size|context length|context window|prompt is too long|exceed_context|reduce the length of/i;

/** `fetch`, with errors as the SDK reads them: it looks under `error` alone, and others say them at the top. */
export function withErrorsUnderError(fetch: Fetch): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const { status, statusText, headers } = response;
    if (status < 400) return response;
    return new Response(toErrorBody(await response.text()), { status, statusText, headers });
  };
}

function toErrorBody(raw: string): string {
  const body = parsed(raw);
  if (!isObject(body) || isObject(body['error'])) return raw;
  const { error, message, detail, type, code } = body;
  const said = error ?? message ?? detail ?? body;
  return JSON.stringify({
    error: { message: typeof said === 'string' ? said : JSON.stringify(said), type, code },
  });
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
