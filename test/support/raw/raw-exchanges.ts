/** Every exchange with a model provider in a folder of recordings, whatever recorded it and however it is laid out. */
import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parse } from 'yaml';
import { fromJsonBody, fromTextBody } from './raw-bodies';
import { fromGenaiReplay, isGenaiReplay } from './raw-genai-replay';
import { fromHar, isHar } from './raw-har';
import { isRecord, text, tryParse } from './raw-json';
import { fromNock, isNock } from './raw-nock';
import { originOf } from './raw-origin';
import { frameEvents, looksLikeSse } from './raw-sse';
import { inferStatus } from './raw-status';
import type {
  ContainedExchange,
  RawExchange,
  RawProvider,
  RawResponse,
  UnreadFile,
} from './raw-types';
import { fromVcr, isVcr } from './raw-vcr';

export interface RawRecordings {
  readonly exchanges: RawExchange[];
  /** Files that hold no exchange, or one that could not be read. */
  readonly unread: UnreadFile[];
}

export async function readExchanges(folder: string): Promise<RawExchange[]> {
  return (await readRecordings(folder)).exchanges;
}

/** Sorted by path. An `INDEX.jsonl` in `folder` tells providers; it is not needed. */
export async function readRecordings(folder: string): Promise<RawRecordings> {
  const index = await readIndex(folder);
  const exchanges: RawExchange[] = [];
  const unread: UnreadFile[] = [];
  for (const path of await filesOf(folder)) {
    if (path === indexFile) continue;
    try {
      const contained = readFileContent(path, await readFile(join(folder, path)));
      exchanges.push(...contained.map((it, at) => toExchange(path, at, it, index.get(path))));
    } catch (error) {
      unread.push({ path, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { exchanges, unread };
}

const indexFile = 'INDEX.jsonl';

interface IndexEntry {
  readonly provider: string;
  readonly sdkDecodes?: boolean;
}

async function readIndex(folder: string): Promise<ReadonlyMap<string, IndexEntry>> {
  const file = await readFile(join(folder, indexFile), 'utf8').catch(() => '');
  const entries = file.split('\n').flatMap((line) => {
    const json = tryParse(line)?.json;
    if (!isRecord(json)) return [];
    const decodes = json['sdk_decodes'];
    const entry: IndexEntry = {
      provider: text(json['provider']),
      ...(typeof decodes === 'boolean' && { sdkDecodes: decodes }),
    };
    return [[text(json['path']), entry] as const];
  });
  return new Map(entries);
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** The container is told by what it holds; the file's name only says whether it may be YAML. */
function readFileContent(path: string, bytes: Buffer): readonly ContainedExchange[] {
  if (/\.md$|(?:^|\/)LICENSES?\b/i.test(path)) throw new Error('a document');
  const content = bytes.toString('utf8');
  const json: unknown = /\.ya?ml$/.test(path) ? parse(content) : tryParse(content)?.json;
  if (isNock(json)) return fromNock(json);
  if (isRecord(json)) {
    if (isVcr(json)) return fromVcr(json);
    if (isGenaiReplay(json)) return fromGenaiReplay(json);
    if (isHar(json)) return fromHar(json);
    if (/\.ya?ml$/.test(path)) throw new Error('YAML, but no cassette');
  }
  const exchanges = typeof json === 'object' && json ? fromJsonBody(bytes) : fromTextBody(bytes);
  if (!exchanges) throw new Error('neither JSON nor events');
  return exchanges;
}

function toExchange(
  path: string,
  at: number,
  contained: ContainedExchange,
  entry: IndexEntry | undefined,
): RawExchange {
  const { request } = contained;
  const body = contained.body.toString('utf8');
  const origin = originOf({ path, indexProvider: entry?.provider, request, body });
  const { wire, provider, otherReason } = origin;
  const folders = path.split('/');
  return {
    id: `${path}#${at}`,
    path,
    source: folders.length > 1 ? (folders[0] ?? '') : '',
    provider,
    ...(wire && { wire }),
    ...(request && { request }),
    response: toResponse(contained, body, origin),
    kind: wire && otherReason === undefined ? 'generation' : 'other',
    ...(otherReason !== undefined && { otherReason }),
    ...(entry?.sdkDecodes !== undefined && { sdkDecodes: entry.sdkDecodes }),
  };
}

function toResponse(
  contained: ContainedExchange,
  body: string,
  { wire, provider }: { readonly wire?: RawExchange['wire']; readonly provider: RawProvider },
): RawResponse {
  const headers = Object.fromEntries(
    Object.entries(contained.headers ?? {}).filter(([name]) => !ofTransport.has(name)),
  );
  const isEventList = contained.isEventList ?? false;
  const isNamedStream = (headers['content-type'] ?? '').startsWith('text/event-stream');
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  return {
    status: contained.status ?? inferStatus(body, provider),
    statusRecorded: contained.status !== undefined,
    headers,
    body: contained.body,
    wireBody: isEventList && wire ? Buffer.from(frameEvents(lines, wire)) : contained.body,
    // Google names a refused streaming call an event stream, too, and sends plain JSON.
    isStream: isEventList || looksLikeSse(body) || (isNamedStream && body.trim() === ''),
  };
}

/** They describe bytes that were decoded. */
const ofTransport: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
]);
