import { createHash } from 'node:crypto';

/** SHA-256 (hex) of the JSON of what is given to the vendor SDK. Node's own: prompts may be megabytes. */
export function promptDigestOf(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
