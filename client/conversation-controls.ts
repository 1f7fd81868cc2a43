/** What people do to a running conversation, each an update of its workflow. `AgentClient` has all of it. */
import type { UserAgentMessage } from '../agent/agent-messages';
import type {
  AdoptInput,
  Adopted,
  Compacted,
  DecideInput,
  Decided,
  InterruptInput,
  Interrupted,
  Paused,
} from '../workflows/contract';
import * as contract from '../workflows/contract';
import type { MessageContent } from './conversation-options';
import type { MessageSender } from './message-sender';
import { requireAgentFits, requireMessageFits } from './size-check';

export abstract class ConversationControls {
  protected constructor(protected readonly sender: MessageSender) {}

  /**
   * Goes on with another agent or model, or with its own agent as the worker has it now, from the next step on. The
   * transcript stays; another provider is told all of it but the reasoning of the one before.
   *
   * @throws MessageRejectedError for an agent or model that the worker does not know; the old one then stays.
   */
  async adopt(id: string, input: AdoptInput = {}): Promise<Adopted> {
    requireAgentFits(input.agent);
    return this.sender.update(id, contract.adopt, input);
  }

  /**
   * Has older messages give way to a summary, before the next model call or, when the agent is idle, at once. It does
   * so by itself before a prompt gets too long for its model.
   */
  compact(id: string): Promise<Compacted> {
    return this.sender.update(id, contract.compact);
  }

  /**
   * Says yes or no to what waits for a person (`state(id).pending`), or answers a question. The first decision counts;
   * a later one is told so.
   *
   * @throws MessageRejectedError when nothing waits by that id, or its arguments are no longer those of `argumentsHash`.
   */
  decide(id: string, input: DecideInput): Promise<Decided> {
    return this.sender.update(id, contract.decide, input);
  }

  /**
   * Stops the running turn: what is in flight is cancelled, what the model has said stays. The next message goes on. With
   * `turn` it stops that one alone, and nothing when it is over by then.
   */
  interrupt(id: string, input: InterruptInput = {}): Promise<Interrupted> {
    return this.sender.update(id, contract.interrupt, input);
  }

  /** Calls no model from the next step on, until `resume`. What is at work comes to its end; decisions still count. */
  pause(id: string): Promise<Paused> {
    return this.sender.update(id, contract.pause);
  }

  resume(id: string): Promise<Paused> {
    return this.sender.update(id, contract.resume);
  }

  /** Takes back messages that have not entered the conversation yet. */
  async cancelQueued(id: string, messageIds: readonly string[]): Promise<readonly string[]> {
    const { cancelled } = await this.sender.update(id, contract.cancelQueued, { messageIds });
    return cancelled;
  }

  /** @returns whether the message had not entered the conversation yet, and is now `content`. */
  async editQueued(id: string, messageId: string, content: MessageContent): Promise<boolean> {
    const input = { messageId, message: toAgentMessage(content) };
    requireMessageFits(input);
    const { edited } = await this.sender.update(id, contract.editQueued, input);
    return edited;
  }

  /** Takes no more messages; what is queued is still answered, then the workflow completes. */
  async close(id: string): Promise<void> {
    await this.sender.update(id, contract.close);
  }
}

export function toAgentMessage(content: MessageContent): UserAgentMessage {
  return { role: 'user', content };
}
