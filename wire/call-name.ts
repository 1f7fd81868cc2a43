/** Which model call a piece is of, in a few characters: a step that a reset takes back is thought once more. */
import { createHash } from 'node:crypto';

export interface ActivityPlace {
  readonly runId: string;
  /** Of that run; the next run's begin anew. */
  readonly activityId: string;
}

const nameLength = 8;

export function callName({ runId, activityId }: ActivityPlace): string {
  const digest = createHash('sha256').update(`${runId}/${activityId}`).digest('base64url');
  return digest.slice(0, nameLength);
}
