/** How long a server of the test's own takes to see that its client has hung up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StrictServer } from './strict/strict-server';

/** How soon after `since` the connection of the server's request `index` was closed, in milliseconds. */
export async function msUntilClosed(
  server: StrictServer,
  index: number,
  since: number,
): Promise<number> {
  const deadline = since + 5_000;
  while (Date.now() < deadline) {
    const { closedAt } = server.requests[index] ?? {};
    if (closedAt !== undefined) return closedAt - since;
    await sleep(5);
  }
  throw new Error('The connection was not closed within 5 seconds.');
}
