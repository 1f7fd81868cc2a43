/**
 * Reads recorded HTTP exchanges with model providers, whatever their recorder was: VCR.py (YAML), Polly (HAR),
 * a bare JSON body, or the `data:` payloads of a stream, one a line (`*.chunks.txt`).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import type { JsonObject, JsonValue } from '../../agent/json';

export interface RecordedExchange {
  readonly url: string;
  /** Absent where only the answer was kept. */
  readonly request?: JsonValue;
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** The answer's body as it went over the wire, decompressed. */
  readonly responseBody: string;
  /** Whether the body is a stream of server-sent events. */
  readonly isStream: boolean;
}

export const recordingsFolder = join(__dirname, '..', 'fixtures', 'recordings');

/** The exchanges of `path`, in the order in which they happened; relative paths are of the committed fixtures. */
export function readRecording(path: string): readonly RecordedExchange[] {
  const file = readFileSync(join(path.startsWith('/') ? '' : recordingsFolder, path), 'utf8');
  if (path.endsWith('.yaml')) return (parse(file) as VcrFile).interactions.map(fromVcr);
  if (path.endsWith('.har')) return (JSON.parse(file) as HarFile).log.entries.map(fromHar);
  if (path.endsWith('.chunks.txt'))
    return chunksToStreams(file).map((body) => fromBody(body, true));
  if (path.endsWith('.json')) return [fromBody(file, false)];
  throw new Error(
    `No reader for the recording \`${path}\`. Known: .yaml, .har, .chunks.txt, .json.`,
  );
}

/** The first exchange of `path`, or the one at `index`. */
export function readExchange(path: string, index = 0): RecordedExchange {
  const exchange = readRecording(path)[index];
  if (!exchange) throw new Error(`The recording \`${path}\` has no exchange ${index}.`);
  return exchange;
}

/** The `data:` payloads of a stream's body, parsed. */
export function streamEvents(body: string): readonly JsonObject[] {
  return body
    .split(/\r?\n\r?\n/)
    .flatMap((block) => block.split(/\r?\n/).filter((line) => line.startsWith('data:')))
    .map((line) => line.slice('data:'.length).trim())
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as JsonObject);
}

interface VcrBody {
  readonly body?: string | { readonly string?: string | Uint8Array } | null;
  readonly parsed_body?: JsonValue;
}
interface VcrFile {
  readonly interactions: readonly {
    readonly request: VcrBody & { readonly uri: string };
    readonly response: VcrBody & {
      readonly headers: Readonly<Record<string, readonly string[]>>;
      readonly status: { readonly code: number };
    };
  }[];
}

function fromVcr({ request, response }: VcrFile['interactions'][number]): RecordedExchange {
  const headers = Object.entries(response.headers).map(
    ([name, values]) => [name.toLowerCase(), values.join(', ')] as const,
  );
  const sent = vcrText(request);
  return fromParts(request.uri, sent, response.status.code, headers, vcrText(response));
}

function vcrText({ body, parsed_body: parsed }: VcrBody): string {
  if (parsed !== undefined) return typeof parsed === 'string' ? parsed : JSON.stringify(parsed);
  const content = (typeof body === 'object' ? body?.string : body) ?? '';
  if (typeof content === 'string') return content;
  const isGzip = content[0] === 0x1f && content[1] === 0x8b;
  return (isGzip ? gunzipSync(content) : Buffer.from(content)).toString('utf8');
}

interface HarFile {
  readonly log: {
    readonly entries: readonly {
      readonly request: { readonly url: string; readonly postData?: { readonly text?: string } };
      readonly response: {
        readonly status: number;
        readonly headers: readonly { readonly name: string; readonly value: string }[];
        readonly content: { readonly text?: string; readonly encoding?: string };
      };
    }[];
  };
}

function fromHar({ request, response }: HarFile['log']['entries'][number]): RecordedExchange {
  const headers = response.headers.map(({ name, value }) => [name.toLowerCase(), value] as const);
  const { text = '', encoding } = response.content;
  const body = encoding === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text;
  return fromParts(request.url, request.postData?.text ?? '', response.status, headers, body);
}

function fromParts(
  url: string,
  request: string,
  status: number,
  headers: readonly (readonly [string, string])[],
  responseBody: string,
): RecordedExchange {
  const responseHeaders = Object.fromEntries(headers);
  return {
    url,
    ...(request && { request: parseBody(request) }),
    status,
    responseHeaders,
    responseBody,
    isStream: (responseHeaders['content-type'] ?? '').startsWith('text/event-stream'),
  };
}

/** A body that is no JSON (an upload) stays text. */
function parseBody(body: string): JsonValue {
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    return body;
  }
}

function fromBody(responseBody: string, isStream: boolean): RecordedExchange {
  const contentType = isStream ? 'text/event-stream' : 'application/json';
  const failed =
    !isStream && 'error' in Object(JSON.parse(responseBody)) && !/"output"/.test(responseBody);
  return {
    url: '',
    status: failed ? 400 : 200,
    responseHeaders: { 'content-type': contentType },
    responseBody,
    isStream,
  };
}

/**
 * A file holds the events of one answer, or of several in a row. Kept payloads may be malformed on purpose, so their
 * type is read off and not parsed.
 */
function chunksToStreams(file: string): readonly string[] {
  const streams: string[][] = [];
  for (const line of file.split('\n').filter((it) => it.trim() !== '')) {
    const type = /"type":\s*"((?:response|keepalive)[\w.]*|error)"/.exec(line)?.[1];
    const isNext = type === 'response.created' && /"type":"response.completed"/.test(last(streams));
    if (isNext || streams.length === 0) streams.push([]);
    streams.at(-1)?.push(`${type ? `event: ${type}\n` : ''}data: ${line}\n\n`);
  }
  return streams.map((blocks) => blocks.join(''));
}

function last(streams: readonly (readonly string[])[]): string {
  return streams.at(-1)?.at(-1) ?? '';
}
