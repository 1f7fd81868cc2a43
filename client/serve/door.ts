/** What the HTTP door opens: a client, and what it needs to know besides. */
import type { AgentClient } from '../agent-client';
import type { Prompt } from '../prompt';
import type { Timeline } from '../timeline';

type ReadingMethods =
  | 'list'
  | 'state'
  | 'messages'
  | 'describe'
  | 'stream'
  | 'transcript'
  | 'pending'
  | 'hasWorker'
  | 'requireWorker';
type ChangingMethods =
  | 'start'
  | 'send'
  | 'decide'
  | 'interrupt'
  | 'pause'
  | 'resume'
  | 'cancelQueued'
  | 'editQueued'
  | 'adopt'
  | 'compact'
  | 'close';

export type DoorClient = Pick<AgentClient, ReadingMethods | ChangingMethods>;

export interface Door {
  readonly client: DoorClient;
  readonly timeline: (id: string) => Promise<Timeline>;
  readonly prompt: (
    id: string,
    position: { readonly turn?: number; readonly step?: number },
  ) => Promise<Prompt>;
  /** Names to offer to whoever starts a conversation: what the workers know is theirs to say. */
  readonly agents: readonly string[];
  /** @default 15_000 */
  readonly heartbeatMs?: number;
  /** Aborted when the server closes: streams end then. */
  readonly closing: AbortSignal;
  /** Where a line about what went wrong goes. It holds no header and no body. */
  readonly log: (line: string) => void;
}
