import type { DecideInput, Decided, PendingItem } from '../workflows/contract';
import type { AgentClient } from './agent-client';
import { MessageRejectedError } from './errors';

/** Of no arguments: a decision on what nobody has seen. */
const nothingSeen = '0000000000000000';

/**
 * Decides on `item` as it was seen, and on nothing else: what has other arguments by now is refused.
 *
 * @param item - as it was shown; undefined when nothing waited by that id
 * @throws MessageRejectedError when nothing waits by that id, or not what was seen, or it is none that can be answered so
 */
export async function decide(
  client: Pick<AgentClient, 'decide'>,
  id: string,
  item: PendingItem | undefined,
  input: DecideInput,
): Promise<Decided> {
  const { callId, answer } = input;
  if (item && item.kind !== 'question' && answer !== undefined) {
    throw new MessageRejectedError(
      'NoQuestion',
      `\`${callId}\` is no question: it waits for a yes or a no (\`approve\` or \`deny\`).`,
    );
  }
  return client.decide(id, { ...input, argumentsHash: item?.argumentsHash ?? nothingSeen });
}
