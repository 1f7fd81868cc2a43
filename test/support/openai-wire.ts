/** What the Responses API says over the wire, as far as tests look at it. */
import type { JsonObject } from '../../agent/json';
import type { RecordedExchange } from './recordings';
import { streamEvents } from './recordings';

export interface WirePart {
  readonly type: string;
  readonly text?: string;
  readonly refusal?: string;
  readonly image_url?: string;
}

export interface WireItem {
  readonly type?: string;
  readonly id?: string;
  readonly role?: string;
  readonly phase?: string | null;
  readonly content?: string | readonly WirePart[];
  readonly encrypted_content?: string | null;
  readonly call_id?: string;
  readonly name?: string;
  readonly arguments?: string;
  readonly output?: unknown;
}

export interface WireTool {
  readonly type: string;
  readonly name: string;
  readonly description?: string | null;
  readonly strict?: boolean;
  readonly parameters: JsonObject;
}

export interface WireRequest {
  readonly model?: string;
  readonly instructions?: string;
  readonly input?: readonly WireItem[];
  readonly tools?: readonly WireTool[];
  readonly stream?: boolean;
  readonly store?: boolean;
}

export interface WireResponse {
  readonly model: string;
  readonly status: string;
  readonly output: readonly WireItem[];
  readonly tools: readonly WireTool[];
}

export interface WireEvent {
  readonly type: string;
  readonly item?: WireItem;
  readonly response?: WireResponse;
}

export function wireEvents(stream: string): readonly WireEvent[] {
  return streamEvents(stream) as unknown as readonly WireEvent[];
}

/** The last response that a stream tells of. */
export function streamedResponse(stream: string): WireResponse {
  const response = wireEvents(stream).findLast((event) => event.response)?.response;
  if (!response) throw new Error('The stream tells of no response.');
  return response;
}

export function wireResponse({ isStream, responseBody }: RecordedExchange): WireResponse {
  return isStream ? streamedResponse(responseBody) : (JSON.parse(responseBody) as WireResponse);
}

/** The text of a message item. */
export function wireText({ type, role, content }: WireItem): string {
  if (type !== 'message' && role === undefined) return '';
  return typeof content === 'string'
    ? content
    : (content ?? []).map((part) => part.text ?? part.refusal ?? '').join('');
}
