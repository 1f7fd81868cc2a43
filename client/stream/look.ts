/** What was seen of a conversation at one time. What is asked about it is asked once, however many readers want it. */
import type { AgentResponseMessage } from '../../agent/agent-messages';
import type { DeltaSnapshot } from '../../wire/delta-channel';
import type { ConversationState, MessageStatus, SequencedMessage } from '../../workflows/contract';
import type { ConversationReader, RunDescription } from '../conversation-reader';
import type { KnownAttempt } from './attempts';

/** What of `ConversationReader` a stream needs. */
export type StreamReader = Pick<ConversationReader, 'describe' | 'state' | 'messages' | 'result'>;

export interface Page {
  /** Those that were in Memory at the time of the look. */
  readonly messages: readonly SequencedMessage[];
  /** Where the next page starts. Absent on the last. */
  readonly next?: number;
}

/** The durable side: where the conversation stands. */
export class Standing {
  private readonly asked = new Map<string, Promise<unknown>>();

  constructor(
    private readonly reader: StreamReader,
    private readonly id: string,
    readonly state: ConversationState,
    /** The message whose status `state` tells. */
    private readonly messageId: string | undefined,
    /** Of the query that `state` answers: those that were begun later have higher ones. */
    readonly query: number,
  ) {}

  /** One page of messages, from a sequence number on. */
  page(from: number): Promise<Page> {
    return this.once(`page ${from}`, async () => {
      const { messages, next } = await this.reader.messages(this.id, { from });
      // What has come since is for the next look: it may belong to a turn that this one does not know.
      const known = messages.filter(({ seq }) => seq < this.state.messages);
      const isLast = next === undefined || next >= this.state.messages;
      return { messages: known, ...(!isLast && { next }) };
    });
  }

  async message(messageId: string): Promise<MessageStatus | undefined> {
    if (messageId === this.messageId) return this.state.message;
    const { message } = await this.once(`message ${messageId}`, () =>
      this.reader.state(this.id, messageId),
    );
    return message;
  }

  /** What the turn of a message yielded. Undefined where that is forgotten. */
  async response(messageId: string): Promise<AgentResponseMessage | undefined> {
    const status = await this.message(messageId);
    return status && 'response' in status ? status.response : undefined;
  }

  private once<Answer>(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.asked.get(question) as Promise<Answer> | undefined;
    if (known) return known;
    const answer = ask();
    this.asked.set(question, answer);
    // One that failed is asked anew.
    answer.catch(() => this.asked.delete(question));
    return answer;
  }
}

export interface Look {
  /** Later looks have higher ones. */
  readonly version: number;
  /** Undefined where neither the server nor a worker has answered yet. */
  readonly run?: RunDescription | undefined;
  readonly standing?: Standing | undefined;
  readonly attempts: readonly KnownAttempt[];
  readonly preview?: DeltaSnapshot | undefined;
  /** The run is over, and `standing` is its last one. */
  readonly isOver?: boolean;
  /** Why it cannot be read at the moment, and since when: `standing` is older than that. */
  readonly trouble?: { readonly error: Error; readonly sinceMs: number } | undefined;
}
