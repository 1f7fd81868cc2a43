/**
 * An agent as a step of your own workflow: `own-workflow-definition.ts` runs it as a child and uses its answer.
 *
 * Outside this repository the imports are 'holdfast/agent', 'holdfast/client', 'holdfast/tools', 'holdfast/worker'.
 */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { calculator } from '../activities/tools';
import { defineAgent } from '../agent';
import { AgentClient } from '../client';
import { createWorker } from '../workers';
import { invoice } from './own-workflow-definition';

const accountant = defineAgent({
  name: 'accountant',
  model: 'demo',
  instructions: 'You calculate.',
  tools: [calculator],
});
const taskQueue = 'example-own-workflow';

async function main(): Promise<void> {
  // Or each step of the worker's life is told in ten lines.
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const worker = await createWorker({
    agents: [accountant],
    taskQueue,
    workerOptions: { workflowsPath: require.resolve('./own-workflow-definition') },
  });
  const client = await AgentClient.connect({ taskQueue });

  await worker.runUntil(async () => {
    const workflowId = `invoice-${process.pid}`;
    const { workflow } = client.temporal;
    const order = { pieces: 17, price: 23 };
    console.log(await workflow.execute(invoice, { workflowId, taskQueue, args: [order] }));
    // The child is a conversation like any other, and can be read as one.
    const messages = await client.allMessages(`${workflowId}/accountant`);
    console.log(`the agent's own conversation has ${messages.length} messages`);
  });

  await client.disconnect();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
