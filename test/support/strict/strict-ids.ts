/** Identifiers and opaque tokens in the shapes of the real APIs. */
import { randomBytes } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `call_rI3WKPYvVwlOgCGRjsPP2hEx`, `toolu_01…`. */
export function alphanumericId(prefix: string, length: number): string {
  return prefix + Array.from(randomBytes(length), (byte) => alphabet[byte % 62]).join('');
}

/** `fc_0fabc13af1ee0049006a691dff0c1481a1b4a0eec7e3c753bb`. */
export function hexId(prefix: string): string {
  return prefix + randomBytes(25).toString('hex');
}

/** The eight small characters with which newer Gemini models name a call: `96c1su3s`. */
export function geminiCallId(): string {
  return alphanumericId('', 8).toLowerCase();
}

/** Standard Base64, as in the signatures of Anthropic and Google. */
export function base64Token(prefix: string, bytes = 96): string {
  return Buffer.concat([Buffer.from(prefix), randomBytes(bytes)]).toString('base64');
}

/** What OpenAI calls `encrypted_content`: `gAAAAA…`, in the URL-safe alphabet. */
export function encryptedToken(): string {
  return `gAAAAAB${randomBytes(120).toString('base64url')}==`;
}

export function requestId(): string {
  return alphanumericId('req_011C', 20);
}
