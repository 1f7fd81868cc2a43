/**
 * Agents in your own worker: `holdfastPlugin` beside your own workflows and activities, on one task queue.
 *
 * Outside this repository the imports are 'holdfast/agent', 'holdfast/client', 'holdfast/worker'.
 */
import { NativeConnection, Worker } from '@temporalio/worker';
import { defineAgent } from '../agent';
import { AgentClient } from '../client';
import { holdfastPlugin } from '../workers';
import { orderStatus } from './own-worker-workflows';

const clerk = defineAgent({ name: 'clerk', model: 'demo', instructions: 'You answer customers.' });
const address = process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233';
const taskQueue = 'example-own-worker';

async function main(): Promise<void> {
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    // Your workflows file exports `agentWorkflow` too. Without a file of your own, leave `workflowsPath` out.
    workflowsPath: require.resolve('./own-worker-workflows'),
    activities: { readOrder: async (order: string) => `${order} has left the warehouse` },
    plugins: [holdfastPlugin({ agents: [clerk] })],
  });
  const client = await AgentClient.connect({ address, taskQueue });

  await worker.runUntil(async () => {
    const workflowId = `order-status-${process.pid}`;
    const options = { taskQueue, workflowId, args: ['A-17'] as [string] };
    console.log(`own workflow: ${await client.temporal.workflow.execute(orderStatus, options)}`);
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
