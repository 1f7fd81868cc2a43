/** Routes that start conversations and speak to them. */
import { describeDecided } from '../commands/describe-pending';
import { ConversationEndedError } from '../errors';
import * as answers from './answer-schemas';
import { eventStream, toEventResponse } from './event-response';
import { DoorError } from './problem';
import * as requests from './request-schemas';
import { type Route, type RouteCall, defineRoute } from './route';
import { withoutUndefined } from './without-undefined';

const path = { parameters: requests.conversationPath };
/** Of an update, which a worker has to take. */
const updated = [404, 409, 503, 504];

type OfConversation<Body> = RouteCall<{ readonly id: string }, unknown, Body>;

export const changingRoutes: readonly Route[] = [
  defineRoute({
    method: 'post',
    path: '/conversations',
    operationId: 'start',
    summary: 'Starts a conversation; with the id of one that is there, that one is meant.',
    body: requests.StartConversation,
    answer: { status: 201, description: 'It is there.', schema: answers.Started },
    problems: [409, 413, 422, 429],
    handle: ({ door, body }) => door.client.start(withoutUndefined(body)),
  }),
  defineRoute({
    method: 'post',
    path: '/ask',
    operationId: 'ask',
    summary: 'Sends a message and waits for the answer. A caller who leaves does not stop it.',
    body: requests.Ask,
    headers: { Accept: `\`${eventStream}\` for the answer as it comes, event by event.` },
    answer: {
      description: 'The answer, or why there is none (`error`).',
      schema: answers.AgentResponse,
      instead: { [eventStream]: answers.ConversationEvent },
    },
    problems: [404, 409, 413, 422, 429, 502, 503, 504],
    handle: async ({ door, body: { to, content, ...options }, signal: left, prefers }) => {
      const open = (signal: AbortSignal) =>
        door.client.stream(to, { message: content, signal, ...withoutUndefined(options) });
      if (prefers(eventStream)) return toEventResponse(door, open);
      for await (const event of open(AbortSignal.any([left, door.closing]))) {
        if (event.type === 'complete') return event.response;
      }
      throw door.closing.aborted ? isClosing() : new ConversationEndedError(to);
    },
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/messages',
    operationId: 'send',
    summary: 'Sends a message, exactly once by its `messageId`. Does not wait for the answer.',
    body: requests.SendMessage,
    answer: {
      status: 202,
      description: 'What became of it so far.',
      schema: answers.Acknowledgement,
    },
    problems: [...updated, 413, 429],
    handle: (call) => {
      const { content, ...options } = call.body;
      return reaching(call, (client, id) => client.send(id, content, withoutUndefined(options)));
    },
  }),
  defineRoute({
    parameters: requests.messagePath,
    method: 'put',
    path: '/conversations/{id}/messages/{messageId}',
    operationId: 'editQueued',
    summary: 'Changes a message that has not entered the conversation yet.',
    body: requests.EditMessage,
    answer: { description: 'It is changed.', schema: answers.Edited },
    problems: [...updated, 413],
    handle: async (call) => {
      const { id, messageId } = call.path;
      const edited = await reaching(call, (client) =>
        client.editQueued(id, messageId, call.body.content),
      );
      if (edited) return { edited };
      throw new DoorError(
        409,
        'MessageNotWaiting',
        `Message \`${messageId}\` does not wait in \`${id}\`.`,
      );
    },
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/cancel',
    operationId: 'cancelQueued',
    summary: 'Takes back messages that have not entered the conversation yet.',
    body: requests.CancelMessages,
    answer: { description: 'Those that were taken back.', schema: answers.Cancelled },
    problems: updated,
    handle: (call) =>
      reaching(call, async (client, id) => ({
        cancelled: await client.cancelQueued(id, call.body.messageIds),
      })),
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/decisions',
    operationId: 'decide',
    summary:
      'Says yes or no to what waits for a person, or answers a question. The first decision counts.',
    body: requests.Decide,
    answer: { description: 'It counts.', schema: answers.Decided },
    problems: updated,
    handle: async (call) => {
      const decided = await reaching(call, (client, id) =>
        client.decide(id, withoutUndefined(call.body)),
      );
      if (decided.isFirst) return decided;
      throw new DoorError(409, 'AlreadyDecided', describeDecided(decided));
    },
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/interrupt',
    operationId: 'interrupt',
    summary: 'Stops the running turn; what the model has said so far stays.',
    body: requests.Interrupt,
    answer: {
      description: 'The turn that was stopped, if one was at work.',
      schema: answers.Interrupted,
    },
    problems: [...updated, 413],
    handle: (call) =>
      reaching(call, (client, id) => client.interrupt(id, withoutUndefined(call.body))),
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/pause',
    operationId: 'pause',
    summary: 'Calls no model from the next step on, until `resume`.',
    answer: { description: 'It is paused.', schema: answers.Paused },
    problems: updated,
    handle: (call) => reaching(call, (client, id) => client.pause(id)),
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/resume',
    operationId: 'resume',
    summary: 'Goes on after `pause`.',
    answer: { description: 'It goes on.', schema: answers.Paused },
    problems: updated,
    handle: (call) => reaching(call, (client, id) => client.resume(id)),
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/adopt',
    operationId: 'adopt',
    summary:
      'Goes on with another agent or model from the next step on; with neither, with its own anew.',
    body: requests.Adopt,
    answer: { description: 'Whom it goes on with.', schema: answers.Adopted },
    problems: [...updated, 413, 422],
    handle: (call) => reaching(call, (client, id) => client.adopt(id, withoutUndefined(call.body))),
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/compact',
    operationId: 'compact',
    summary: 'Has older messages give way to a summary that the model writes.',
    answer: { description: 'Whether there is anything to compact.', schema: answers.Compacted },
    problems: updated,
    handle: (call) => reaching(call, (client, id) => client.compact(id)),
  }),
  defineRoute({
    ...path,
    method: 'post',
    path: '/conversations/{id}/close',
    operationId: 'close',
    summary: 'Takes no more messages; what is queued is still answered.',
    answer: { description: 'It is closed.', schema: answers.Closed },
    problems: updated,
    handle: (call) =>
      reaching(call, async (client, id) => {
        await client.close(id);
        return { closed: true };
      }),
  }),
];

/** The conversation has not ended: only whoever waited here. */
function isClosing(): DoorError {
  return new DoorError(
    503,
    'ServerClosing',
    'This server is stopping, and the conversation goes on. Ask once more with the same `messageId`.',
  );
}

/** An update that nobody takes would be told so only at its deadline. */
async function reaching<Result>(
  { door: { client }, path: { id } }: Pick<OfConversation<unknown>, 'door' | 'path'>,
  update: (client: OfConversation<unknown>['door']['client'], id: string) => Promise<Result>,
): Promise<Result> {
  await client.requireWorker(id);
  return update(client, id);
}
