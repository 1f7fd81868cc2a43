/** What must not grow unnoticed, in counts and bytes: no time is judged here. */
import { readFile } from 'node:fs/promises';
import { defineAgent } from '../../agent/define-agent';
import { calculator } from '../../activities/tools';
import type { AgentClient } from '../../client/agent-client';
import { cleanUpAfterEach } from '../support/cleanup';
import type { ScriptedAnswer } from '../support/strict/strict-server';
import { startStrictServer } from '../support/strict/strict-server';
import {
  newTaskQueue,
  quickExecution,
  testBundle,
  testClient,
  testWorker,
} from '../support/temporal';
import { strictEnvironment } from '../support/strict/strict-environment';

const cleanUp = cleanUpAfterEach();

/** Every workflow context is made from it. */
const bundleLimitBytes = 608_000;

test('the bundle: the code without its source map', async () => {
  const bundle = await readFile(testBundle().codePath, 'utf8');

  const [code = ''] = bundle.split('//# sourceMappingURL=');

  expect(code).toContain('agentWorkflow');
  expect(over('bytes of the workflow bundle', Buffer.byteLength(code), bundleLimitBytes)).toBe('');
});

test.each([['gpt-5-mini'], ['claude-haiku-4-5'], ['gemini-2.5-flash']])(
  '%s: one HTTP request for each attempt of a model call, and none besides',
  async (model) => {
    const server = await startStrictServer();
    cleanUp(server.stop);
    server.script([
      { error: 'server_error' },
      ...[1, 2, 3].map(add),
      { error: 'server_error' },
      { text: 'All added.' },
    ]);
    const client = await startAdder(model, server.url);
    const { id } = await client.start({ agent: 'adder' });

    expect(await client.ask(id, 'Add them.')).toMatchObject({ content: 'All added.' });

    const attempts = await attemptsOf(client, id);
    const measured = `${server.requests.length} requests for ${attempts} attempts of 4 model calls`;
    expect(attempts).toBe(6);
    expect(over('HTTP requests', server.requests.length, attempts, measured)).toBe('');
  },
);

function add(number: number): ScriptedAnswer {
  return { toolCalls: [{ name: 'calculator', arguments: { expression: `${number} + 1` } }] };
}

async function startAdder(model: string, url: string): Promise<AgentClient> {
  const taskQueue = newTaskQueue();
  const adder = defineAgent({
    name: 'adder',
    model,
    instructions: 'You add.',
    tools: [calculator],
  });
  const { stop } = await testWorker({
    taskQueue,
    agents: [adder],
    execution: quickExecution,
    environment: strictEnvironment(url),
  });
  cleanUp(stop);
  const client = await testClient(taskQueue);
  cleanUp(() => client.disconnect());
  return client;
}

/** Of all model calls of a conversation, by its history. */
async function attemptsOf({ temporal }: AgentClient, id: string): Promise<number> {
  const { events } = await temporal.workflow.getHandle(id).fetchHistory();
  const calls = new Set(
    (events ?? [])
      .filter(
        ({ activityTaskScheduledEventAttributes: scheduled }) =>
          scheduled?.activityType?.name === 'getResponse',
      )
      .map(({ eventId }) => String(eventId)),
  );
  return (events ?? []).reduce((total, { activityTaskStartedEventAttributes: started }) => {
    const isCall = calls.has(String(started?.scheduledEventId));
    return isCall ? total + (started?.attempt ?? 0) : total;
  }, 0);
}

/** Nothing, or what a failure is to say. */
function over(name: string, value: number, limit: number, measured = ''): string {
  return value <= limit ? '' : `${name}: ${value}, the limit is ${limit}. ${measured}`.trimEnd();
}
