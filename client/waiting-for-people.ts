/**
 * What waits for a person, over all conversations that run. The server says which ones may wait, where it has the search
 * attributes; each of them is asked itself: only its worker knows for what.
 */
import type { Client } from '@temporalio/client';
import { AgentError } from '../agent/errors';
import type { PendingItem } from '../workflows/contract';
import type { ConversationReader } from './conversation-reader';
import { listWaiting } from './list-conversations';

export interface WaitingItem extends PendingItem {
  /** The conversation. */
  readonly id: string;
}

export interface WaitingForPeople {
  readonly items: readonly WaitingItem[];
  /** Conversations that gave no answer, each with the reason: no worker, or one that cannot process it. */
  readonly silent: readonly { readonly id: string; readonly reason: string }[];
}

/** More would be felt by the workers: each question may have a run replayed. */
const askedAtOnce = 8;

/** A conversation is waited for as long as a query is: 5 s. */
export async function findWaiting(options: {
  readonly client: Client;
  readonly reader: Pick<ConversationReader, 'state'>;
}): Promise<WaitingForPeople> {
  const { client, reader } = options;
  const waiting = await listWaiting(client);
  return askAll(
    waiting.map(({ id }) => id),
    async (id) => (await reader.state(id)).pending ?? [],
  );
}

export async function askAll(
  ids: readonly string[],
  pendingOf: (id: string) => Promise<readonly PendingItem[]>,
): Promise<WaitingForPeople> {
  const items: WaitingItem[] = [];
  const silent: { id: string; reason: string }[] = [];
  const left = [...ids];
  const askOneByOne = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const asked = id;
      try {
        items.push(...(await pendingOf(asked)).map((item) => ({ ...item, id: asked })));
      } catch (error) {
        // The conversation's own trouble; without a server there is no answer at all.
        if (!(error instanceof AgentError)) throw error;
        silent.push({ id: asked, reason: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: askedAtOnce }, askOneByOne));
  return {
    items: items.sort((one, other) => one.askedAt.localeCompare(other.askedAt)),
    silent: silent.sort((one, other) => one.id.localeCompare(other.id)),
  };
}
