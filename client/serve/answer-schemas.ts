/** What the HTTP door answers, as far as callers may rely on it: there may be more. For the OpenAPI description alone. */
import { z } from 'zod';
import type { ConversationEvent as Event } from '../conversation-events';
import { ContentBlock, MessageContent } from './request-schemas';

const seq = z.number().int().min(0);
const positive = z.number().int().min(1);
const costUsd = z.number().nullable().describe('In US dollars; null when it is not known.');
const time = z.string().describe('ISO 8601');
const toolArguments = z.looseObject({});

export const Problem = z
  .looseObject({
    type: z.string().describe('`urn:holdfast:` and the title.'),
    title: z.string().describe('The name of the error, such as QueueFull.'),
    status: z.number().int(),
    detail: z.string().describe('In one line, with the cure.'),
  })
  .describe('RFC 9457.');

export const Usage = z.looseObject({ inputTokens: z.number(), outputTokens: z.number() });
export const TurnError = z.looseObject({ type: z.string(), message: z.string() });

export const Started = z.looseObject({ id: z.string(), messageId: z.string().optional() });

export const Acknowledgement = z.looseObject({
  messageId: z.string(),
  accepted: z.enum(['appended', 'queued', 'steering', 'duplicate']),
  seq: seq.optional(),
  position: positive.optional(),
});

export const AgentResponse = z.looseObject({
  role: z.literal('agent'),
  content: z.string(),
  turn: positive,
  finishReason: z.string(),
  usage: Usage,
  costUsd,
  output: z.unknown().optional(),
  error: TurnError.optional(),
});

export const ToolCall = z.looseObject({
  id: z.string(),
  name: z.string(),
  arguments: toolArguments,
});

export const Message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal('user'), content: MessageContent }),
  z.looseObject({
    role: z.literal('assistant'),
    content: z.string(),
    toolCalls: z.array(ToolCall),
    finishReason: z.string(),
    usage: Usage,
    model: z.string(),
  }),
  z.looseObject({
    role: z.literal('tool_response'),
    toolCallId: z.string(),
    toolName: z.string(),
    content: z.array(ContentBlock),
    isError: z.boolean(),
  }),
]);

export const SequencedMessage = z.looseObject({
  seq,
  turn: z.number().int().min(0),
  messageId: z.string().optional(),
  message: Message,
});

export const MessagesPage = z.looseObject({
  messages: z.array(SequencedMessage),
  summary: z.looseObject({}).optional().describe('Stands for the messages that have left Memory.'),
  next: seq.optional().describe('Where the next page starts. Absent on the last.'),
});

export const PendingItem = z.looseObject({
  callId: z.string(),
  kind: z.enum(['approval', 'question', 'budget']),
  tool: z.string(),
  arguments: toolArguments,
  argumentsHash: z.string().describe('Send it with the decision.'),
  effect: z.string(),
  askedAt: time,
  expiresAt: time.describe('From then on nobody’s word means no.'),
});
export const WaitingItem = PendingItem.extend({ id: z.string().describe('The conversation.') });
export const WaitingForPeople = z.looseObject({
  items: z.array(WaitingItem),
  silent: z
    .array(z.looseObject({ id: z.string(), reason: z.string() }))
    .describe('Conversations that gave no answer.'),
});

export const ConversationState = z.looseObject({
  status: z.enum(['starting', 'idle', 'running', 'closing', 'closed']),
  agent: z
    .looseObject({ name: z.string(), model: z.string(), hash: z.string() })
    .optional()
    .describe('Absent until it is resolved.'),
  mode: z.enum(['conversation', 'task']),
  turn: z.number().int().min(0),
  step: z.number().int().min(0),
  activity: z.string().optional().describe('What goes on now, in words.'),
  messages: z.number().int().min(0),
  queued: z.array(z.string()),
  steering: z.array(z.string()).optional(),
  isPaused: z.literal(true).optional(),
  pending: z.array(PendingItem).optional(),
  turns: z.array(z.looseObject({ turn: positive, status: z.string() })),
  usage: Usage,
  costUsd,
});

export const Decided = z.looseObject({
  callId: z.string(),
  approved: z.boolean(),
  by: z.enum(['user', 'expiry', 'interrupt']),
  reason: z.string().optional(),
  answer: z.string().optional(),
  isFirst: z.boolean(),
});
export const Interrupted = z.looseObject({
  interrupted: positive.optional().describe('The turn that was stopped, if one was at work.'),
});
export const Paused = z.looseObject({ isPaused: z.boolean() });
export const Cancelled = z.looseObject({
  cancelled: z.array(z.string()).describe('Those that had not entered the conversation yet.'),
});
export const Edited = z.looseObject({ edited: z.literal(true) });
export const Adopted = z.looseObject({
  agent: z.looseObject({ name: z.string(), model: z.string(), hash: z.string() }),
});
export const Compacted = z.looseObject({
  compaction: z.enum(['accepted', 'nothing']),
  promptTokens: z.number(),
});
export const Closed = z.looseObject({ closed: z.literal(true) });

export const Conversations = z.looseObject({
  conversations: z.array(
    z.looseObject({
      id: z.string(),
      status: z.string(),
      started: time,
      ended: time.optional(),
      historyEvents: z.number(),
    }),
  ),
});
export const Agents = z.looseObject({ agents: z.array(z.string()) });
export const Worker = z.looseObject({ isRunning: z.boolean() });
export const Run = z.looseObject({
  runId: z.string(),
  status: z.string(),
  historyEvents: z.number(),
  historyBytes: z.number(),
  taskQueue: z.string(),
  pending: z.array(z.looseObject({ activityId: z.string(), type: z.string() })),
});
export const Transcript = z.looseObject({ id: z.string(), turns: z.array(z.looseObject({})) });
export const Timeline = z.looseObject({ id: z.string(), turns: z.array(z.looseObject({})) });
export const Prompt = z.looseObject({
  id: z.string(),
  turn: positive,
  step: positive,
  body: z.string().describe('The JSON text of the request, byte for byte.'),
  digest: z.string().describe('SHA-256 of `body`.'),
  verdict: z.enum(['identical', 'differs', 'unrecorded']),
});

const eventTypes = [
  'partial',
  'thinking',
  'attempt',
  'tool_started',
  'tool_finished',
  'message',
  'status',
  'pending',
  'settled',
  'complete',
  'trouble',
  'ended',
] as const satisfies readonly Event['type'][];

export const ConversationEvent = z
  .looseObject({
    type: z.enum(eventTypes),
    offset: z.string().describe('Also the `id` of the server-sent event.'),
  })
  .describe('The data of one server-sent event; the event’s name is its type.');
