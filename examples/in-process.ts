/**
 * The same loop without Temporal: `AgentRunner` on a model and tools, in this process, nothing durable.
 *
 * Outside this repository the imports are 'holdfast/agent', 'holdfast/models', 'holdfast/tools'.
 */
import { getModelForName } from '../activities/models';
import { calculator } from '../activities/tools';
import { AgentRunner, defineAgent, userMessage } from '../agent';

const agent = defineAgent({
  name: 'calculating',
  model: 'demo',
  instructions: 'You calculate.',
  tools: [calculator],
});

async function main(): Promise<void> {
  const model = getModelForName(agent.model, { environment: process.env });
  const runner = new AgentRunner({ model, tools: agent.tools });

  // A whole turn: think, act, think … until the model answers without asking for a tool. Hooks watch it.
  const result = await runner.getResponse(agent, [userMessage('What is 17 * 23?')], {
    hooks: {
      onResponse: ({ content, toolCalls }) =>
        console.log(`think: ${content} (${toolCalls.length} tool calls)`),
      onToolResult: ({ toolName, content }) =>
        console.log(`act: ${toolName} → ${JSON.stringify(content)}`),
      onStepFinished: (step) => console.log(`step ${step} finished`),
    },
  });
  console.log(`answer: ${result.content} (${result.messages.length} messages)`);

  // The same, event by event.
  const events = runner.streamResponse(agent, [...result.messages, userMessage('Thanks!')]);
  for await (const event of events) {
    if (event.type === 'partial') process.stdout.write(`${event.content}|`);
  }
  console.log();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
