/** Server-sent events, read and written by the letter of the standard. */
import type { RawWire } from './raw-types';
import { isRecord, text, tryParse } from './raw-json';

export interface SseEvent {
  /** Absent where the block names none. */
  readonly event?: string;
  readonly data: string;
}

/** The events of `body`. One that lacks its closing blank line is dropped: the stream was cut there. */
export function parseSse(body: string): readonly SseEvent[] {
  const events: SseEvent[] = [];
  let event: string | undefined;
  let data: string[] = [];
  const lines = body.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  // What follows the last line break is no line yet.
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) events.push({ ...(event && { event }), data: data.join('\n') });
      event = undefined;
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return events;
}

export function looksLikeSse(body: string): boolean {
  return /^\uFEFF?\s*(?::|(?:event|data|id|retry):)/.test(body);
}

/** One JSON event a line, framed as the provider of `wire` frames it. */
export function frameEvents(lines: readonly string[], wire: RawWire): string {
  switch (wire) {
    case 'openai-responses':
    case 'anthropic':
      return lines.map((line) => `event: ${typeOf(line)}\ndata: ${line}\n\n`).join('');
    case 'openai-chat':
      return [...lines, '[DONE]'].map((line) => `data: ${line}\n\n`).join('');
    case 'gemini':
      return lines.map((line) => `data: ${line}\r\n\r\n`).join('');
  }
}

/** Some kept events are malformed on purpose, so their type is also found without parsing. */
export function typeOf(line: string): string {
  const parsed = tryParse(line)?.json;
  if (isRecord(parsed)) return text(parsed['type']);
  return /"type":\s*"([\w.]+)"/.exec(line)?.[1] ?? '';
}

/** The events of a streamed answer, parsed. `malformed` is the first that is no JSON; nothing after it is read. */
export interface StreamedEvents {
  readonly events: readonly unknown[];
  readonly malformed?: string;
}

export function readEvents(body: string): StreamedEvents {
  const events: unknown[] = [];
  for (const { data } of parseSse(body)) {
    if (data.trim() === '[DONE]') break;
    const parsed = tryParse(data);
    if (!parsed) return { events, malformed: data };
    events.push(parsed.json);
  }
  return { events };
}
