/**
 * The rolling digest of a conversation: SHA-256 over the digest so far and the next message's JSON. Two transcripts
 * with the same digest at the same length are the same transcript; length alone proves nothing.
 */
import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';

/** The digest of no messages. */
export const emptyDigest = '';

export function extendDigest(digest: string, message: unknown): string {
  return sha256Hex(`${digest}\n${JSON.stringify(message)}`).slice(0, 32);
}

/** SHA-256 of the UTF-8 bytes of `text`, in hex. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(text));
}
