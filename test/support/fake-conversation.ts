/** A conversation without Temporal: the workflow's own transcript, its sink and its queries, which are counted. */
import type { PinnedAgent, Pointer, TranscriptEntry } from '../../activities/contract';
import type { Conversation, WorkflowQuery } from '../../activities/transcripts';
import type { ReActAgent } from '../../agent/agent';
import { sha256Hex } from '../../agent/digest';
import type { Message } from '../../agent/model';
import type { TranscriptPage, TranscriptRequest } from '../../workflows/contract';
import { Transcript } from '../../workflows/transcript';

/** Where a conversation's sink ends: a cache, or `Transcripts`. */
export interface Sink {
  append(conversation: string, epoch: number, entries: readonly TranscriptEntry[]): void;
}

export interface FakeConversationOptions {
  readonly sink: Sink;
  readonly key?: string;
  readonly messages?: readonly Message[];
  readonly pinned?: PinnedAgent;
  /** Over what the caller asks for: makes pages small. */
  readonly pageBytes?: number;
}

export class FakeConversation implements Conversation {
  readonly key: string;
  readonly messages: Message[];
  readonly pinned: PinnedAgent;
  /** Every page that was asked for: the first seq wanted. */
  readonly pagesFrom: number[] = [];
  pinnedAgentQueries = 0;
  private readonly transcript: Transcript;

  constructor(private readonly options: FakeConversationOptions) {
    this.key = options.key ?? 'default/chat';
    this.messages = [...(options.messages ?? [])];
    this.pinned = options.pinned ?? pin({ name: 'a', model: 'm', instructions: '', tools: [] });
    this.transcript = new Transcript({
      append: (epoch, entries) => options.sink.append(this.key, epoch, entries),
      pin: () => undefined,
    });
  }

  /** Adds `messages` and gives them to the sink, as before a model call. */
  publish(...messages: readonly Message[]): Pointer {
    this.messages.push(...messages);
    return this.transcript.publish(this.messages, this.pinned.hash);
  }

  readonly query = (async (name: string, request?: TranscriptRequest) =>
    name === 'pinnedAgent' ? this.askForAgent() : this.askForPage(request!)) as WorkflowQuery;

  private askForAgent(): PinnedAgent {
    this.pinnedAgentQueries += 1;
    return throughJson(this.pinned);
  }

  private askForPage(request: TranscriptRequest): TranscriptPage {
    this.pagesFrom.push(request.from);
    const limitBytes = this.options.pageBytes ?? request.limitBytes;
    const page = this.transcript.page(this.messages, { ...request, limitBytes });
    if (!page) throw new Error('This conversation has no such transcript.');
    return throughJson(request.withAgent ? { ...page, pinned: this.pinned } : page);
  }
}

export function pin(agent: ReActAgent): PinnedAgent {
  const execution = {
    modelTimeoutMs: 60_000,
    heartbeatTimeoutMs: 1_000,
    maxAttempts: 5,
    firstRetryDelayMs: 100,
  };
  return { agent, hash: sha256Hex(JSON.stringify(agent)), execution };
}

/** What crosses to and from a workflow is JSON. */
export function throughJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
