/**
 * Agents in your own worker: `holdfastPlugin` beside your own workflows and activities, on one task queue.
 *
 * Outside this repository the imports are 'holdfast/agent', 'holdfast/client', 'holdfast/worker'.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { defineAgent } from '../agent';
import { AgentClient } from '../client';
import { holdfastPlugin } from '../workers';
import { orderStatus } from './own-worker-workflows';

const clerk = defineAgent({ name: 'clerk', model: 'demo', instructions: 'You answer customers.' });
const taskQueue = 'example-own-worker';

async function main(): Promise<void> {
  // Or each step of the worker's life is told in ten lines.
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    // Your workflows file exports `agentWorkflow` too. Without a file of your own, leave `workflowsPath` out.
    workflowsPath: require.resolve('./own-worker-workflows'),
    activities: { readOrder: async (order: string) => `${order} has left the warehouse` },
    plugins: [holdfastPlugin({ agents: [clerk] })],
  });
  const client = await AgentClient.connect({ taskQueue });

  await worker.runUntil(async () => {
    const workflowId = `order-status-${process.pid}`;
    const { workflow } = client.temporal;
    const status = await workflow.execute(orderStatus, { workflowId, taskQueue, args: ['A-17'] });
    console.log(`own workflow: ${status}`);
    const answer = await client.ask('clerk', 'Thank you!');
    console.log(`agent beside it: ${answer.content}`);
  });

  await client.disconnect();
  await connection.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
