/** What every API asks of a request before it looks at what is asked. */
import type { JsonValue } from '../../../agent/json';
import type { Issued } from './strict-issued';

export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface CheckOptions {
  /** What the server handed out; only that is accepted back. @default everything well formed is accepted */
  readonly issued?: Issued | undefined;
  /** An OpenAI-compatible gateway: any model name, and parameters beyond OpenAI's. @default false */
  readonly isCompatible?: boolean;
  /** The request's path: Gemini's names the model and the version. */
  readonly path?: string;
  /** Which keys are good. @default every key that does not begin with `invalid` */
  readonly isKeyValid?: (key: string) => boolean;
}

export const isKeyValidByDefault = (key: string): boolean => !key.startsWith('invalid');

export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** The token of `Authorization: Bearer …`. */
export function bearerToken(headers: RequestHeaders): string | undefined {
  return /^Bearer\s+(.+)$/i.exec(headerOf(headers, 'authorization') ?? '')?.[1];
}

/** A body as text: valid UTF-8 and JSON, or `undefined`. */
export function parseBody(bytes: Uint8Array): JsonValue | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
