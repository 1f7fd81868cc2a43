/** Routes that change nothing. */
import { z } from 'zod';
import { parseOffset } from '../stream/offset';
import { transcriptToMarkdown } from '../transcript';
import * as answers from './answer-schemas';
import { eventStream, toEventResponse } from './event-response';
import * as requests from './request-schemas';
import { type Route, defineRoute } from './route';
import { withoutUndefined } from './without-undefined';

const markdown = 'text/markdown';
const path = { parameters: requests.conversationPath };
/** Of what a worker has to answer. */
const asked = [404, 503, 504];

export const readingRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/agents',
    operationId: 'agents',
    summary: 'Names of agents to start a conversation with: those of the server’s own config.',
    answer: { description: 'The names.', schema: answers.Agents },
    handle: async ({ door }) => ({ agents: door.agents }),
  }),
  defineRoute({
    method: 'get',
    path: '/worker',
    operationId: 'hasWorker',
    summary: 'Whether a worker polls for new conversations.',
    answer: { description: 'Whether one does.', schema: answers.Worker },
    handle: async ({ door }) => ({ isRunning: await door.client.hasWorker() }),
  }),
  defineRoute({
    method: 'get',
    path: '/pending',
    operationId: 'pending',
    summary: 'What waits for a person, over all conversations that run. Oldest first.',
    answer: {
      description: 'What waits, and who was not to be asked.',
      schema: answers.WaitingForPeople,
    },
    handle: ({ door }) => door.client.pending(),
  }),
  defineRoute({
    method: 'get',
    path: '/conversations',
    operationId: 'list',
    summary: 'The latest conversations, newest first. No worker is asked.',
    query: requests.listQuery,
    answer: { description: 'The conversations.', schema: answers.Conversations },
    problems: [422],
    handle: async ({ door, query: { running, needsApproval, ...wanted } }) => ({
      conversations: await door.client.list({
        ...withoutUndefined(wanted),
        isRunning: running === 'true',
        ...(needsApproval && { needsApproval: needsApproval === 'true' }),
      }),
    }),
  }),
  defineRoute({
    ...path,
    method: 'get',
    path: '/conversations/{id}',
    operationId: 'state',
    summary: 'Where a conversation stands: what it does, what it waits for, what it has cost.',
    query: requests.stateQuery,
    answer: { description: 'Its state.', schema: answers.ConversationState },
    problems: asked,
    handle: ({ door, path: { id }, query }) => door.client.state(id, query.messageId),
  }),
  defineRoute({
    ...path,
    method: 'get',
    path: '/conversations/{id}/run',
    operationId: 'describe',
    summary: 'What the Temporal server knows of its run, worker or not.',
    answer: { description: 'The run.', schema: answers.Run },
    problems: [404],
    handle: ({ door, path: { id } }) => door.client.describe(id),
  }),
  defineRoute({
    ...path,
    method: 'get',
    path: '/conversations/{id}/messages',
    operationId: 'messages',
    summary: 'A page of the messages in its Memory.',
    query: requests.messagesQuery,
    answer: {
      description: 'The page; `next` is where the next one starts.',
      schema: answers.MessagesPage,
    },
    problems: asked,
    handle: ({ door, path: { id }, query: { from, limitBytes } }) =>
      door.client.messages(id, withoutUndefined({ from, limitBytes })),
  }),
  defineRoute({
    ...path,
    method: 'get',
    path: '/conversations/{id}/pending',
    operationId: 'pendingOf',
    summary: 'What waits for a person in this conversation.',
    answer: { description: 'What waits, oldest first.', schema: answers.WaitingForPeople },
    problems: asked,
    handle: async ({ door, path: { id } }) => {
      const { pending = [] } = await door.client.state(id);
      return { items: pending.map((item) => ({ ...item, id })), silent: [] };
    },
  }),
  defineRoute({
    ...path,
    method: 'get',
    path: '/conversations/{id}/transcript',
    operationId: 'transcript',
    summary:
      'Everything that was said since the beginning, from history alone; no worker is needed.',
    query: requests.turnQuery,
    headers: { Accept: `\`${markdown}\` for Markdown instead of JSON.` },
    answer: {
      description: 'The transcript.',
      schema: answers.Transcript,
      instead: { [markdown]: z.string() },
    },
    problems: [404],
    handle: async ({ door, path: { id }, query: { turn }, prefers }) => {
      const transcript = await door.client.transcript(id, { turn });
      if (!prefers(markdown)) return transcript;
      return new Response(transcriptToMarkdown(transcript), {
        headers: { 'content-type': `${markdown}; charset=utf-8` },
      });
    },
  }),
  defineRoute({
    ...path,
    method: 'get',
    path: '/conversations/{id}/timeline',
    operationId: 'timeline',
    summary:
      'When everything happened and how long it took, from history alone; no worker is needed.',
    answer: { description: 'The timeline.', schema: answers.Timeline },
    problems: [404],
    handle: ({ door, path: { id } }) => door.timeline(id),
  }),
  defineRoute({
    ...path,
    method: 'get',
    path: '/conversations/{id}/prompt',
    operationId: 'prompt',
    summary: 'What the model saw at one step: the exact request, compared with what was sent.',
    query: requests.promptQuery,
    answer: { description: 'The request.', schema: answers.Prompt },
    problems: [404, 422],
    handle: ({ door, path: { id }, query: { turn, step } }) =>
      door.prompt(id, withoutUndefined({ turn, step })),
  }),
  defineRoute({
    ...path,
    method: 'get',
    path: '/conversations/{id}/events',
    operationId: 'stream',
    summary:
      'What happens in it, as server-sent events. Leaving does not stop the run; `Last-Event-ID` goes on behind that event.',
    query: requests.eventsQuery,
    headers: {
      'Last-Event-ID': 'Offset of the last event that the reader has. It wins over `from`.',
    },
    answer: {
      description:
        'Events, each with its offset as `id`; comments in between keep the connection alive.',
      schema: answers.Problem,
      instead: { [eventStream]: answers.ConversationEvent },
    },
    problems: [404],
    handle: async ({ door, path: { id }, query, header }) => {
      const from = header('last-event-id') || query.from;
      // What is unknown or no offset is told so by the status: a stream has none.
      if (from !== undefined) parseOffset(from);
      await door.client.describe(id);
      return toEventResponse(door, (signal) =>
        door.client.stream(id, { signal, ...withoutUndefined({ from, until: query.until }) }),
      );
    },
  }),
];
