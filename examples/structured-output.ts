/**
 * Answers as values: an agent with an `output`, whose first answer is none and is sent back.
 *
 * Outside this repository the imports are 'holdfast/agent', 'holdfast/client', 'holdfast/testing', 'holdfast/worker'.
 */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { z } from 'zod';
import { ScriptedModel, textResponse } from '../activities/models/scripted-model';
import { defineAgent } from '../agent';
import { AgentClient } from '../client';
import { createWorker } from '../workers';

const Weather = z.object({
  city: z.string(),
  celsius: z.number().describe('The temperature at noon.'),
});

const reporter = defineAgent({
  name: 'reporter',
  // Plays a model that answers in words first. With OPENAI_API_KEY set: 'gpt-5-mini', and no `models` below.
  model: 'scripted',
  instructions: 'You report the weather.',
  output: Weather,
});

const scripted = new ScriptedModel([
  textResponse('It will be about 30 degrees in Rome.'),
  textResponse('{"city": "Rome", "celsius": 30}'),
]);

// A queue of its own: workers on one queue must know the same agents.
const taskQueue = 'example-structured-output';

async function main(): Promise<void> {
  // Or each step of the worker's life is told in ten lines.
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const worker = await createWorker({ agents: [reporter], models: { scripted }, taskQueue });
  const client = await AgentClient.connect({ taskQueue });
  const answer = await worker.runUntil(() => client.ask('reporter', 'Rome tomorrow?'));
  // The value is what the JSON Schema says; zod gives it its type, and runs its transformations.
  const { city, celsius } = Weather.parse(answer.output);
  console.log(`${celsius} degrees in ${city}, after ${scripted.requests.length} model calls`);
  await client.disconnect();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
