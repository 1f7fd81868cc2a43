/** What callers of the HTTP door may send. Checked here, once; the names are those of the OpenAPI description. */
import { z } from 'zod';
import type { AgentDefinition as InlineAgent } from '../../agent/agent';
import type { MessageContent as Content } from '../conversation-options';
import { listedStatuses, messageIdLimit } from '../../workflows/contract';

const notBlank = z.string().regex(/\S/, 'must not be blank');
const count = z.coerce.number().int();
const decisionTextLimit = 65_536;

/** Where zod says `| undefined` of what may be absent: JSON knows no undefined, so it is the same. */
function typed<Value>(schema: z.ZodType): z.ZodType<Value> {
  return schema as z.ZodType<Value>;
}

const providerOptions = z
  .record(z.string(), z.looseObject({}))
  .optional()
  .describe('By the provider’s name: fields of the part that this block becomes in its request.');
const media = {
  data: z.string().describe('base64'),
  mimeType: z.string(),
  providerOptions,
};

export const ContentBlock = z
  .discriminatedUnion('type', [
    z.looseObject({ type: z.literal('text'), text: z.string(), providerOptions }),
    z.looseObject({ type: z.literal('image'), ...media }),
    z.looseObject({ type: z.literal('audio'), ...media }),
    z.looseObject({
      type: z.literal('resource'),
      resource: z.looseObject({
        uri: z.string(),
        mimeType: z.string().optional(),
        text: z.string().optional(),
        blob: z.string().optional().describe('base64'),
      }),
      providerOptions,
    }),
    z.looseObject({
      type: z.literal('resource_link'),
      uri: z.string(),
      name: z.string(),
      description: z.string().optional(),
      mimeType: z.string().optional(),
      providerOptions,
    }),
  ])
  .describe('A content block of the Model Context Protocol.');

export const MessageContent = typed<Content>(
  z.union([notBlank, z.array(ContentBlock).min(1)]).describe('Text, or content blocks.'),
);

export const AgentDefinition = typed<InlineAgent>(
  z
    .looseObject({
      name: notBlank,
      model: notBlank,
      instructions: z.string(),
      tools: z.array(notBlank),
    })
    .describe('An agent written inline; its tools are names that the worker knows.'),
);

const agent = z
  .union([notBlank, AgentDefinition])
  .describe('The name of an agent that the worker knows, or an inline definition.');
const messageId = z
  .string()
  .min(1)
  .max(messageIdLimit)
  .describe('The same id twice is one message: repeat a request whose answer you did not get.');
const delivery = z
  .enum(['queue', 'steer', 'interrupt'])
  .describe(
    'queue (default): a turn of its own; steer: into the running turn, before its next model call; interrupt: stops the running turn and opens the next one.',
  );
const conversationId = notBlank.max(1_000);

export const StartConversation = z.strictObject({
  agent,
  id: conversationId.optional().describe('Default: a new one, made from the agent’s name.'),
  message: MessageContent.optional(),
  messageId: messageId.optional(),
  mode: z
    .enum(['conversation', 'task'])
    .optional()
    .describe('task: completes with the answer to its first message. Default: conversation.'),
  continueAsNewAfterEvents: z.number().int().positive().optional(),
  tenant: notBlank.max(255).optional().describe('Whose it is, for `list`.'),
});

export const SendMessage = z.strictObject({
  content: MessageContent,
  messageId: messageId.optional(),
  delivery: delivery.optional(),
});

export const Ask = z.strictObject({
  to: conversationId.describe(
    'The id of an open conversation or, when there is none, the name of an agent: then a new conversation answers once.',
  ),
  content: MessageContent,
  messageId: messageId.optional(),
  delivery: delivery.optional(),
});

export const EditMessage = z.strictObject({ content: MessageContent });

export const CancelMessages = z.strictObject({ messageIds: z.array(messageId).min(1).max(200) });

export const Decide = z.strictObject({
  callId: notBlank.describe('As `pending` shows it.'),
  approved: z.boolean(),
  argumentsHash: z
    .string()
    .optional()
    .describe('As the item was shown: with other arguments by now the decision is refused.'),
  reason: z.string().max(decisionTextLimit).optional().describe('The model reads it with a no.'),
  answer: z.string().max(decisionTextLimit).optional().describe('To a question.'),
  remember: z
    .boolean()
    .optional()
    .describe('Calls of this tool need no word any more in this conversation. Default: false.'),
});

export const Interrupt = z.strictObject({
  turn: z
    .int()
    .min(1)
    .optional()
    .describe('Stops that one alone, and nothing when it is over by then.'),
});

export const Adopt = z.strictObject({
  agent: agent.optional(),
  model: notBlank.optional().describe('Instead of the agent’s own.'),
});

export const conversationPath = z.strictObject({ id: conversationId });
export const messagePath = z.strictObject({ id: conversationId, messageId });

export const listQuery = z.strictObject({
  limit: count.min(1).max(1_000).optional().describe('Default: 50.'),
  running: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: those that have not ended alone. Default: false.'),
  status: z
    .enum(listedStatuses)
    .optional()
    .describe(
      'What it does now. This and the rest are search attributes, which the server must have.',
    ),
  agent: notBlank.optional(),
  model: notBlank.optional(),
  needsApproval: z.enum(['true', 'false']).optional(),
  tenant: notBlank.optional(),
});
export const stateQuery = z.strictObject({
  messageId: messageId.optional().describe('And what became of this message.'),
});
export const messagesQuery = z.strictObject({
  from: count.min(0).optional().describe('Sequence number of the first one. Default: 0.'),
  limitBytes: count
    .min(0)
    .optional()
    .describe('The page ends before the message that would pass this. Default: 524288.'),
});
export const turnQuery = z.strictObject({
  turn: count.min(1).optional().describe('This turn alone.'),
});
export const promptQuery = z.strictObject({
  turn: count.min(1).optional().describe('Default: the last one.'),
  step: count.min(1).optional().describe('Default: the last one of the turn.'),
});
export const eventsQuery = z.strictObject({
  from: z
    .string()
    .optional()
    .describe(
      'Offset of the last event that the reader has; 0: the beginning of Memory. Default: the beginning of the running turn, or of the next one.',
    ),
  until: z
    .enum(['turn', 'conversation'])
    .optional()
    .describe(
      'turn (default): ends with the first `complete`; conversation: goes over turns until `ended`.',
    ),
});
