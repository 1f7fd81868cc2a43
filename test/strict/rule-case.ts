/** A rule in two requests: one that it lets pass, and one that differs in the one thing that it refuses. */
import type { JsonObject } from '../../agent/json';
import type { CheckOptions, RequestHeaders } from '../support/strict/strict-request';

export interface SentRequest {
  readonly body: JsonObject;
  /** @default a good key (and version) */
  readonly headers?: RequestHeaders;
  readonly options?: CheckOptions;
}

export interface RuleCase {
  /** The name of the rule's function. */
  readonly rule: string;
  readonly passes: SentRequest;
  readonly refused: SentRequest;
  /** What the refusal says, in part. */
  readonly says?: string;
  /** @default 400 */
  readonly status?: number;
}

/** One white pixel. */
export const pngData =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=';

export const objectSchema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const;

/** `count` of something. */
export function times<Value>(count: number, make: (index: number) => Value): readonly Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
