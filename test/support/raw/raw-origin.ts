/** Who answered in which format, and whether it was a model call. */
import type { RawProvider, RawRequest, RawWire } from './raw-types';
import { isRecord, list, record, text, tryParse, type Json } from './raw-json';
import { looksLikeSse, parseSse, typeOf } from './raw-sse';

export interface Origin {
  readonly provider: RawProvider;
  readonly wire?: RawWire;
  /** Set where it was no model call. */
  readonly otherReason?: string;
}

const providers: readonly RawProvider[] = [
  'openai-responses',
  'openai-chat',
  'openai-compatible',
  'anthropic',
  'google-vertex',
  'google',
];

/**
 * The address of an exchange is believed first: some cassettes talk to several providers, and the index names one.
 * Then the index, the folders, and the shape of the body.
 */
export function originOf(given: {
  readonly path: string;
  readonly indexProvider: string | undefined;
  readonly request: RawRequest | undefined;
  readonly body: string;
}): Origin {
  const { request } = given;
  const isOfBody = request === undefined || request.url === '';
  const place = isOfBody ? placeOfBody(given.body) : placeOfUrl(request);
  const folders = given.path.split('/').slice(0, -1);
  const named =
    providers.find((it) => it === given.indexProvider) ??
    providers.find((it) => folders.includes(it));
  const isOther = place.wire === undefined && (!isOfBody || place.otherReason !== undefined);
  const wire = place.wire ?? (isOther ? undefined : wireOf(named ?? 'openai-responses'));
  const provider =
    providerOfHost(request?.url ?? '', wire) ??
    (named && speaks(named, wire) ? named : providerOfWire(wire, folders, named));
  return {
    provider,
    ...(wire && { wire }),
    ...(place.otherReason !== undefined && { otherReason: place.otherReason }),
  };
}

type Place = Pick<Origin, 'wire' | 'otherReason'>;

function placeOfUrl(request: RawRequest): Place {
  const { method } = request;
  const [address = ''] = request.url.split(/[?#]/);
  const wire = wires.find(([pattern]) => pattern.test(address))?.[1];
  if (wire && method === 'POST') {
    const isBackground = isRecord(request.body) && request.body['background'] === true;
    return { wire, ...(isBackground && { otherReason: 'background mode' }) };
  }
  const reason = otherCalls.find(([pattern]) => pattern.test(address))?.[1] ?? 'unknown call';
  return { otherReason: reason };
}

const wires: readonly (readonly [RegExp, RawWire])[] = [
  [/\/responses$/, 'openai-responses'],
  [/\/chat\/completions$/, 'openai-chat'],
  [/\/messages$|:(?:streamR|r)awPredict$/, 'anthropic'],
  [/:(?:streamG|g)enerateContent$/, 'gemini'],
];

const otherCalls: readonly (readonly [RegExp, string])[] = [
  [/\/responses\/compact$/, 'compaction endpoint'],
  [/\/input_tokens$|\/count_tokens$|:countTokens$/, 'token counting'],
  [/\/responses\/[^/]+$/, 'background polling'],
  [/\/responses\/[^/]+\/cancel$/, 'background cancel'],
  [/:u?p?l?o?a?d?ToFileSearchStore$|ileSearchStores|\/vector_stores/, 'file search store'],
  [/\/files(?:\/|$)|\/upload\//, 'file upload'],
  [/\/conversations/, 'conversations'],
  [/\/embeddings$|:(?:batchE|e)mbedContents?$/, 'embeddings'],
  [/\/images\/|:predict$|:generateImages$/, 'images API'],
  [/\/audio\/|\/realtime/, 'audio API'],
  [/\/cachedContents/, 'caches'],
  [/\/batches|:batchGenerateContent$/, 'batch'],
  [/\/interactions/, 'Interactions API'],
  [/\/models(?:\/[^/:]+)?$/, 'model listing'],
  [/\/mcp$/, 'MCP server'],
  [/oauth2|\/token$/, 'authentication'],
  [/^https?:\/\/(?!api\.|[\w-]*aiplatform|generativelanguage)/, 'download'],
];

function placeOfBody(body: string): Place {
  const whole = tryParse(body)?.json;
  const json = list(whole)[0] ?? whole ?? firstEvent(body);
  if (!isRecord(json)) return { otherReason: 'unknown body' };
  if ('event_type' in json || json['object'] === 'interaction') {
    return { otherReason: 'Interactions API' };
  }
  const wire = shapes.find(([fits]) => fits(json))?.[1];
  if (wire) return { wire };
  // An error says nothing of its format.
  return 'error' in json ? {} : { otherReason: 'unknown body' };
}

function firstEvent(body: string): unknown {
  const [line = ''] = body.split('\n');
  const data = looksLikeSse(body) ? (parseSse(body)[0]?.data ?? '') : line;
  const parsed = tryParse(data)?.json;
  return isRecord(parsed) ? parsed : { type: typeOf(data) };
}

const shapes: readonly (readonly [(json: Json) => boolean, RawWire])[] = [
  [(it) => it['object'] === 'response' || /^response\./.test(text(it['type'])), 'openai-responses'],
  [(it) => 'choices' in it, 'openai-chat'],
  [(it) => it['type'] === 'message' || it['type'] === 'message_start', 'anthropic'],
  [(it) => it['type'] === 'error' && 'type' in record(it['error']), 'anthropic'],
  [(it) => 'candidates' in it || 'promptFeedback' in it || 'usageMetadata' in it, 'gemini'],
  [(it) => typeof record(it['error'])['status'] === 'string', 'gemini'],
];

function wireOf(provider: RawProvider): RawWire {
  if (provider === 'google' || provider === 'google-vertex') return 'gemini';
  return provider === 'openai-compatible' ? 'openai-chat' : provider;
}

function speaks(provider: RawProvider, wire: RawWire | undefined): boolean {
  if (wire === undefined || wireOf(provider) === wire) return true;
  return provider === 'openai-compatible' && wire === 'openai-responses';
}

function providerOfHost(url: string, wire: RawWire | undefined): RawProvider | undefined {
  if (/\/publishers\/google\//.test(url) && wire === 'gemini') return 'google-vertex';
  const host = /^https?:\/\/([^/]+)/.exec(url)?.[1] ?? '';
  if (host === '' || wire === undefined) return undefined;
  if (wire === 'anthropic') return 'anthropic';
  if (wire === 'gemini') return 'google';
  return /(?:^|\.)openai\.com(?::\d+)?$/.test(host) ? wire : 'openai-compatible';
}

function providerOfWire(
  wire: RawWire | undefined,
  folders: readonly string[],
  named: RawProvider | undefined,
): RawProvider {
  if (wire === 'gemini') return 'google';
  // Chat Completions in the folder of another provider is what that provider imitates.
  if (wire === 'openai-chat' && named) return 'openai-compatible';
  return wire ?? named ?? (folders.includes('google') ? 'google' : 'openai-responses');
}
