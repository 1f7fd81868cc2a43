/** `fetch` as every adapter's SDK gets it: one call is one request, and what comes back is a stream or an error. */
import { ModelError } from '../../agent/errors';
import { toSentence } from './model-words';

export type Fetch = typeof globalThis.fetch;

/**
 * Follows no redirect: that would be a second request, with the prompt, to somebody else. A JSON body where a stream
 * should be becomes a stream of one event, so that an error in it is read as one.
 *
 * @throws ModelError of kind `configuration` when whatever answers is not the API.
 */
export function toModelFetch(provider: string, fetch: Fetch = globalThis.fetch): Fetch {
  return async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const { status, ok, headers } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      const place = headers.get('location');
      const text = `The address has moved${place === null ? '' : ` to ${withoutQuery(place)}`}`;
      throw notTheApi(provider, status, text);
    }
    if (!ok) return response;
    const type = headers.get('content-type') ?? '';
    if (type.startsWith('text/html')) throw notTheApi(provider, status, await response.text());
    if (response.body !== null && !type.startsWith('application/json')) return response;
    return new Response(toEvent(await response.text()), { headers });
  };
}

/** What is no JSON is left as it is: streams come under wrong names too. */
function toEvent(body: string): string {
  try {
    const value = JSON.parse(body) as { readonly type?: unknown } | null;
    const name = typeof value?.type === 'string' ? `event: ${value.type}\n` : '';
    return `${name}data: ${JSON.stringify(value)}\n\n`;
  } catch {
    return body;
  }
}

function notTheApi(provider: string, status: number, text: string): ModelError {
  return new ModelError({
    provider,
    kind: 'configuration',
    message: `${provider} answered ${status}: ${toSentence(text)}`,
    retryable: false,
    status,
  });
}

/** A query may hold what is nobody's business. */
function withoutQuery(place: string): string {
  return place.replace(/[?#].*$/s, '');
}
