/**
 * A whole program: one tool, one agent, a worker and a client, in one process.
 *
 * Outside this repository the imports are 'holdfast/tools', 'holdfast/agent', 'holdfast/worker', 'holdfast/client'.
 */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { z } from 'zod';
import { defineTool } from '../activities/tools';
import { defineAgent } from '../agent';
import { AgentClient } from '../client';
import { createWorker } from '../workers';

const dice = defineTool({
  name: 'dice',
  description: 'Rolls one die.',
  input: z.object({ sides: z.number().int().min(2) }),
  execute: ({ sides }) => `${1 + Math.floor(Math.random() * sides)} of ${sides}`,
});

const gambler = defineAgent({
  name: 'gambler',
  // Needs no key; it calls a tool when it is told to. With OPENAI_API_KEY set: 'gpt-5-mini', and just ask it to roll.
  model: 'demo',
  instructions: 'You roll dice.',
  tools: [dice],
});

// A queue of its own: workers on one queue must know the same agents.
const taskQueue = 'example-whole-program';

async function main(): Promise<void> {
  // Or each step of the worker's life is told in ten lines.
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const worker = await createWorker({ agents: [gambler], taskQueue });
  const client = await AgentClient.connect({ taskQueue });
  const answer = await worker.runUntil(() => client.ask('gambler', 'call dice {"sides": 6}'));
  console.log(answer.content);
  await client.disconnect();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
