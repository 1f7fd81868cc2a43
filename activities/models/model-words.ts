/** What a failed call says to whoever reads it: the fact, which model, and what to do. Never a key, never a page. */
import type { ModelErrorFields } from '../../agent/errors';
import { ModelError, isModelError } from '../../agent/errors';
import { cut } from '../../agent/json';

/** Longest text of a provider that is repeated, in characters. */
const longestText = 1_000;

/** The words of a provider on one line, as a sentence. It is cut where nobody reads: `ofCall` cuts once no key is in it. */
export function toSentence(text: string): string {
  const page = /<!doctype html|<html|<head/i.test(text.slice(0, longestText));
  if (page) return `A web page${titleOf(text)}, not the API.`;
  const limit = 4 * longestText;
  const line = withoutKeys(cut(withoutControls(text.slice(0, 2 * limit)), limit));
  if (/^(\{\}|(status code )?\(no (status code or )?body\))?$/.test(line)) {
    return 'No reason was given.';
  }
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}

function titleOf(page: string): string {
  const [, title = ''] = /<title[^>]*>([^<]*)<\/title>/i.exec(page.slice(0, 10_000)) ?? [];
  return title.trim() && ` ("${cut(title, 80)}")`;
}

/** Terminals obey them. */
function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');
}

/** Providers quote the key that they refuse, in part. */
function withoutKeys(text: string): string {
  return text
    .replace(/(API key provided: )\S+?(?=[.,]?(\s|$))/gi, '$1[key]')
    .replace(/\b(sk|rk|pk)-[\w*-]{6,}/g, '[key]')
    .replace(/\bAIza[\w-]{20,}/g, '[key]');
}

/** The call that failed. */
export interface FailedCall {
  readonly model: string;
  /** What was sent as a key. It goes no further, whatever words a provider repeats it in. */
  readonly apiKey?: string | undefined;
  /** Where the key stands. */
  readonly keyVariable?: string | undefined;
}

/** Shorter ones are words that a server of one's own is given, which takes any. */
const shortestKey = 8;

/** `error` with the model's name before it and the cure behind it. What is no `ModelError` is returned without the key. */
export function ofCall(error: unknown, call: FailedCall): unknown {
  const { apiKey = '', model } = call;
  const hide = (text: string): string =>
    apiKey.length >= shortestKey ? text.replaceAll(apiKey, '[key]') : text;
  if (isModelError(error)) {
    const { fields } = error;
    const said = cut(hide(fields.message), longestText);
    const message = `The call of \`${model}\` failed: ${said}${cureOf(fields, call)}`;
    return new ModelError({ ...fields, message });
  }
  if (!(error instanceof Error) || hide(error.message) === error.message) return error;
  return new Error(hide(error.message));
}

function cureOf({ kind, retryable }: ModelErrorFields, { keyVariable }: FailedCall): string {
  switch (kind) {
    case 'authentication':
      return keyVariable === undefined
        ? ' Check the key of the provider.'
        : ` Set ${keyVariable} in the worker's environment to a key that is good.`;
    case 'permission':
      return ' Let this key use the model, or name another model.';
    case 'not_found':
      return ' Check the name of the model and the address of the provider.';
    case 'bad_request':
      return retryable
        ? ''
        : ' The same request would fail again: change it, or name another model.';
    case 'context_length':
      return ' Start a new conversation, or name a model that reads more.';
    case 'quota':
      return ' Check plan and billing of this account.';
    case 'configuration':
      return ' Check the address of the provider.';
    case 'network':
      return ' Check the network and the address of the provider, and send the message again.';
    case 'rate_limit':
    case 'overloaded':
    case 'server':
    case 'timeout':
    case 'incomplete':
      return ' Send the message again in a while.';
  }
}
