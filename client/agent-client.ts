/** The client of Holdfast: starts conversations, talks to them, watches them. It never keeps a run id. */
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { AgentResponseMessage } from '../agent/agent-messages';
import type {
  Acknowledgement,
  AgentWorkflowInput,
  ConversationState,
  MessagesPage,
  MessagesRequest,
  SequencedMessage,
} from '../workflows/contract';
import * as contract from '../workflows/contract';
import type { DeltaReader } from '../wire/delta-channel';
import { ConversationControls, toAgentMessage } from './conversation-controls';
import { ConversationReader, type RunDescription } from './conversation-reader';
import { MessageSender } from './message-sender';
import { ConversationEndedError, NoWorkerError } from './errors';
import { FirstAttributes } from './first-attributes';
import { type ListOptions, type ListedConversation, listConversations } from './list-conversations';
import { type WaitingForPeople, findWaiting } from './waiting-for-people';
import { deliverMessage } from './deliver-message';
import { nameOf, newConversationId } from './new-conversation-id';
import { clientDeltas } from './client-deltas';
import { type ConnectOptions, connectTemporal } from './connect';
import type {
  MessageContent,
  SendOptions,
  StartOptions,
  StartedConversation,
  StreamOptions,
} from './conversation-options';
import type { ConversationEvent } from './conversation-events';
import { type Prompt, type PromptOptions, PromptReader } from './prompt';
import { requireAgentFits, requireMessageFits } from './size-check';
import { type Transcript, type TranscriptOptions, readTranscript } from './transcript';
import { Feeds } from './stream/feeds';
import { streamConversation } from './stream/stream-conversation';

export type { MessageContent, SendOptions, StartOptions, StartedConversation, StreamOptions };

export class AgentClient extends ConversationControls {
  readonly temporal: Client;
  private readonly taskQueue: string;
  private readonly reader: ConversationReader;
  private readonly prompts: PromptReader;
  private readonly attributes: FirstAttributes;
  private readonly feeds: Feeds;
  private readonly deltas: DeltaReader | undefined;

  /**
   * `deltas`: where pieces of answers come from besides heartbeats; `disconnect` closes it. @default nowhere
   * `deltaIntervalMs`: how often heartbeats are looked at while a model answers. @default 100
   */
  constructor(options: {
    client: Client;
    taskQueue?: string;
    deltas?: DeltaReader;
    deltaIntervalMs?: number;
  }) {
    const { client, deltas, deltaIntervalMs } = options;
    const reader = new ConversationReader(client);
    const { namespace } = client.options;
    const feeds = new Feeds({ reader, namespace, deltas, intervalMs: deltaIntervalMs });
    super(new MessageSender(client, reader, (id) => feeds.call(id)));
    this.temporal = client;
    this.feeds = feeds;
    this.deltas = deltas;
    this.taskQueue = options.taskQueue ?? contract.defaultTaskQueue;
    this.reader = reader;
    this.prompts = new PromptReader(client);
    this.attributes = new FirstAttributes(client);
  }

  /** @throws Error when no server answers. */
  static async connect(options: ConnectOptions = {}): Promise<AgentClient> {
    const { client, taskQueue } = await connectTemporal(options);
    return new AgentClient({
      client,
      ...(taskQueue && { taskQueue }),
      ...clientDeltas(client, options.deltas),
    });
  }

  async disconnect(): Promise<void> {
    this.feeds.close();
    await this.deltas?.close();
    await this.temporal.connection.close();
  }

  /**
   * Starts a conversation; with the id of one that is there, that one is meant, and `message` is sent to it. Without `id`,
   * the same `messageId` is the same conversation and the same first message.
   *
   * @throws ConversationEndedError when `id` is one that has ended; MessageRejectedError when `agent` or `message` is
   * too large.
   */
  async start(options: StartOptions): Promise<StartedConversation> {
    const { agent, message, mode, tenant, continueAsNewAfterEvents } = options;
    const { id = newConversationId(options, this.taskQueue), messageId = randomUUID() } = options;
    const input: AgentWorkflowInput = {
      agent,
      ...(mode && { mode }),
      ...(message !== undefined && { messages: [{ messageId, message: toAgentMessage(message) }] }),
      ...(continueAsNewAfterEvents !== undefined && { continueAsNewAfterEvents }),
    };
    const listing = {
      agent,
      hasMessage: message !== undefined,
      ...(tenant !== undefined && { tenant }),
    };
    requireAgentFits(agent);
    input.messages?.forEach(requireMessageFits);
    try {
      await this.attributes.startWith(listing, ({ listed, typedSearchAttributes }) =>
        this.temporal.workflow.start(contract.agentWorkflowType, {
          workflowId: id,
          taskQueue: this.taskQueue,
          // An ended conversation is not silently replaced by an empty one.
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          args: [{ ...input, ...(listed && { listed }) }],
          staticSummary: nameOf(agent),
          ...(typedSearchAttributes && { typedSearchAttributes }),
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const isNamedAfterMessage = options.id === undefined && options.messageId !== undefined;
      if (message !== undefined && isNamedAfterMessage) return { id, messageId };
      if (message !== undefined) await this.send(id, message, { messageId });
      else if ((await this.describe(id)).status !== 'RUNNING') throw new ConversationEndedError(id);
    }
    return { id, ...(message !== undefined && { messageId }) };
  }

  /** Sends a message, exactly once however often it is repeated under the hood. Does not wait for the answer. */
  send(id: string, content: MessageContent, options: SendOptions = {}): Promise<Acknowledgement> {
    return this.sender.send(id, {
      messageId: options.messageId ?? randomUUID(),
      message: toAgentMessage(content),
      ...(options.delivery && { delivery: options.delivery }),
    });
  }

  /**
   * Sends a message and waits for the answer. `agentOrId` is the id of an open conversation or, when there is none,
   * the name of an agent: then the answer comes from a new conversation in task mode.
   *
   * @throws NoWorkerError, WorkerCannotProcessError, ConversationEndedError, RunFailedError,
   * MessageCancelledError, MessageForgottenError
   */
  async ask(
    agentOrId: string,
    content: MessageContent,
    options: SendOptions = {},
  ): Promise<AgentResponseMessage> {
    for await (const event of this.stream(agentOrId, { ...options, message: content })) {
      if (event.type === 'complete') return event.response;
    }
    throw new ConversationEndedError(agentOrId);
  }

  /**
   * What happens in a conversation, event by event: `partial` pieces as they are generated, durable messages as they enter
   * Memory, `complete` at the end of a turn. Whoever breaks off goes on later `from` the last event's `offset`, here or
   * elsewhere. Leaving never stops the conversation, and any number of readers of one client cost the server what one
   * does. What cannot be read for a while is told as `trouble`.
   *
   * @throws UnknownConversationError, InvalidOffsetError; with a `message` what `ask` throws.
   */
  async *stream(
    id: string,
    options: StreamOptions = {},
  ): AsyncGenerator<ConversationEvent, void, undefined> {
    const { message, messageId = randomUUID(), delivery, ...request } = options;
    const { feeds, reader } = this;
    if (message === undefined) return yield* streamConversation({ ...request, feeds, reader, id });
    const delivered = { content: message, messageId, ...(delivery && { delivery }) };
    const houses = { reader, client: this, taskQueue: this.taskQueue };
    const { seq, ...sent } = await deliverMessage(houses, id, delivered);
    yield* streamConversation({ ...request, feeds, reader, id: sent.id, sent: { messageId, seq } });
  }

  state(id: string, messageId?: string): Promise<ConversationState> {
    return this.reader.state(id, messageId);
  }

  /** One page of messages. */
  messages(id: string, request: MessagesRequest = {}): Promise<MessagesPage> {
    return this.reader.messages(id, request);
  }

  allMessages(id: string): Promise<readonly SequencedMessage[]> {
    return this.reader.allMessages(id);
  }

  /**
   * Everything since the beginning, from history alone: no worker is needed.
   *
   * @throws UnknownConversationError, UnknownTurnError
   */
  transcript(id: string, options: TranscriptOptions = {}): Promise<Transcript> {
    return readTranscript(this.temporal, id, options);
  }

  /**
   * What the model saw at one step: the exact request, rebuilt from history alone and compared with the digest of what
   * was sent. No worker and no key is needed. Temporal's worker package replays the workflow here, in this process.
   *
   * @throws UnknownConversationError, UnknownStepError, PromptUnavailableError
   */
  prompt(id: string, options: PromptOptions = {}): Promise<Prompt> {
    return this.prompts.read(id, options);
  }

  /** What the server knows of the run, worker or not. */
  describe(id: string): Promise<RunDescription> {
    return this.reader.describe(id);
  }

  /**
   * What waits for a person, over all conversations that run: the newest 1,000 that may wait. Oldest first. A server with the
   * search attributes knows which ones do, a moment later; on any other each that runs is asked.
   */
  pending(): Promise<WaitingForPeople> {
    return findWaiting({ client: this.temporal, reader: this.reader });
  }

  list(options: ListOptions = {}): Promise<readonly ListedConversation[]> {
    return listConversations(this.temporal, options);
  }

  /** Whether anything polls for work on the task queue. */
  hasWorker(taskQueue: string = this.taskQueue): Promise<boolean> {
    return this.reader.hasWorker(taskQueue);
  }

  /** What to say when nothing polls for work on the task queue. */
  noWorkerNotice(): string {
    return new NoWorkerError(this.taskQueue).message;
  }

  /** @throws NoWorkerError when nothing polls the task queue of conversation `id`, or of new ones. */
  async requireWorker(id?: string): Promise<void> {
    const taskQueue =
      id === undefined ? this.taskQueue : (await this.reader.describe(id)).taskQueue;
    await this.reader.requireWorker(taskQueue);
  }
}
