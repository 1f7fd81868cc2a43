/** A conversation is taken back to an earlier point (Temporal's reset) while the worker's cache still knows the rest. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import type { ScriptedAnswer } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import { TranscriptCache } from '../../activities/transcript-cache';
import { Transcripts } from '../../activities/transcripts';
import { defineAgent } from '../../agent/define-agent';
import { contentToText, text } from '../../agent/messages';
import type { Message } from '../../agent/model';
import type { AgentClient } from '../../client/agent-client';
import * as contract from '../../workflows/contract';
import { cleanUpAfterEach } from '../support/cleanup';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const atEnd = cleanUpAfterEach();

/** Temporal's numbers for what a reset may leave out. */
const ExcludeType = { signal: 1, update: 2 } as const;

async function newConversation(script: readonly ScriptedAnswer[]) {
  const taskQueue = newTaskQueue();
  const keys: string[] = [];
  const pay = defineTool({
    name: 'pay',
    description: 'Pays.',
    annotations: { keyed: true },
    input: z.object({ amount: z.number() }),
    execute: ({ amount }, { idempotencyKey }) => {
      keys.push(idempotencyKey);
      return `paid ${amount}, request ${keys.length}`;
    },
  });
  const clerk = defineAgent({
    name: 'clerk',
    model: 'scripted',
    instructions: 'Pay.',
    tools: [pay],
  });
  const model = new ScriptedModel(script);
  const transcripts = new Transcripts(new TranscriptCache());
  const { stop } = await testWorker({
    agents: [clerk],
    models: { scripted: model },
    transcripts,
    taskQueue,
  });
  atEnd(stop);
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const { id } = await client.start({ agent: 'clerk' });
  return {
    id,
    client,
    model,
    transcripts,
    keys,
  };
}

/** Back to the workflow task that scheduled the first activity of that type and summary. */
async function resetTo(
  client: AgentClient,
  id: string,
  activityType: string,
  resetReapplyExcludeTypes: readonly number[],
): Promise<void> {
  const { events } = await client.temporal.workflow.getHandle(id).fetchHistory();
  const scheduled = events!
    .map((event) => event.activityTaskScheduledEventAttributes)
    .find((attributes) => attributes?.activityType?.name === activityType)!;
  await client.temporal.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: id },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: scheduled.workflowTaskCompletedEventId ?? null,
    resetReapplyExcludeTypes: [...resetReapplyExcludeTypes],
  });
}

function say(message: Message): string {
  switch (message.role) {
    case 'user':
      return `user: ${contentToText(message.content)}`;
    case 'assistant':
      return `agent: ${message.toolCalls.map(({ id }) => id).join() || message.content}`;
    case 'tool_response':
      return `tool: ${contentToText(message.content)}`;
  }
}

test('after a reset the next prompts hold what history holds, and a redone tool call has its old key', async () => {
  const { id, client, model, transcripts, keys } = await newConversation([
    textResponse('Hello.'),
    toolCallResponse([{ name: 'pay', arguments: { amount: 5 } }]),
    textResponse('Paid.'),
    textResponse('You are welcome.'),
    textResponse('Paid, in the second life.'),
    textResponse('Good-bye.'),
  ]);
  await client.ask(id, 'Hello?');
  await client.ask(id, 'Pay 5.');
  await client.ask(id, 'Thank you.');
  expect(keys).toHaveLength(1);

  await resetTo(client, id, 'executeTool', [ExcludeType.signal, ExcludeType.update]);
  const answer = await client.ask(id, 'Anything else?');

  expect(answer).toMatchObject({ content: 'Good-bye.', turn: 3 });
  expect(keys).toEqual([keys[0], keys[0]]);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  const [redone, next] = model.requests.slice(4).map(({ inputs }) => inputs.map(say));
  expect(redone).toEqual([
    'user: Hello?',
    'agent: Hello.',
    'user: Pay 5.',
    'agent: t2s1c0',
    'tool: paid 5, request 2',
  ]);
  expect(next).toEqual([...redone!, 'agent: Paid, in the second life.', 'user: Anything else?']);
  const history = await client.allMessages(id);
  expect(history.map(({ message }) => say(message))).toEqual([...next!, 'agent: Good-bye.']);
  expect(history.map(({ message }) => message).slice(0, 7)).toEqual(model.requests[5]!.inputs);
  expect(transcripts.counts).toEqual({ hits: 6, misses: 0 });
  model.assertComplete();
});

test('messages that a reset brings back are answered anew, each once and in order', async () => {
  const { id, client, model } = await newConversation([
    toolCallResponse([{ name: 'pay', arguments: { amount: 5 } }]),
    textResponse('Paid.'),
    textResponse('The update is answered.'),
    textResponse('The signal is answered.'),
    textResponse('Paid again.'),
    textResponse('The update is answered again.'),
    textResponse('The signal is answered again.'),
  ]);
  await client.ask(id, 'Pay 5.');
  await client.ask(id, 'By update.', { messageId: 'update' });
  await client.temporal.workflow.getHandle(id).signal(contract.userMessage, {
    messageId: 'signal',
    message: { role: 'user', content: [text('By signal.')] },
  });
  expect(await answeredIn(client, id, 'signal')).toBe(3);

  await resetTo(client, id, 'executeTool', []);
  expect(await answeredIn(client, id, 'signal')).toBe(3);

  expect(model.requests).toHaveLength(7);
  // The server itself remembers the update that it brought back, and answers with what it came to.
  expect(await client.send(id, 'By update.', { messageId: 'update' })).toMatchObject({
    messageId: 'update',
    accepted: 'queued',
  });
  const history = await client.allMessages(id);
  expect(history.map(({ turn, messageId, message }) => [turn, messageId, message.role])).toEqual([
    [1, expect.any(String), 'user'],
    [1, undefined, 'assistant'],
    [1, undefined, 'tool_response'],
    [1, undefined, 'assistant'],
    [2, 'update', 'user'],
    [2, undefined, 'assistant'],
    [3, 'signal', 'user'],
    [3, undefined, 'assistant'],
  ]);
  expect(model.requests[6]!.inputs).toEqual(history.slice(0, 7).map(({ message }) => message));
  model.assertComplete();
});

/** The turn that answered `messageId`, once it has. */
async function answeredIn(client: AgentClient, id: string, messageId: string): Promise<number> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { message } = await client.state(id, messageId);
    if (message?.status === 'answered') return message.turn;
    if (Date.now() > deadline) throw new Error(`${messageId} is ${message?.status}.`);
    await sleep(20);
  }
}
