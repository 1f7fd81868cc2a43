import { NullConversationManager } from '@strands-agents/sdk';
import { TemporalAgent, workflow as strands } from '@temporalio/strands-agents';
import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { WorkflowStream } from '@temporalio/workflow-streams/workflow';

const end = defineSignal('end');

function agentOf({ instructions }, streaming = {}) {
  return new TemporalAgent({
    model: 'openai',
    systemPrompt: instructions,
    activityOptions: { startToCloseTimeout: '10 minutes' },
    tools: [
      strands.activityAsTool('read_entry', {
        description: 'Reads one entry of the register.',
        inputSchema: {
          type: 'object',
          properties: { entry: { type: 'number', description: 'The number of the entry.' } },
          required: ['entry'],
        },
        activityOptions: { startToCloseTimeout: '10 minutes' },
      }),
    ],
    // Its default forgets all but the last 40 messages; everyone else here remembers all.
    conversationManager: new NullConversationManager(),
    printer: false,
    ...streaming,
  });
}

export async function turn(input) {
  const result = await agentOf(input).invoke(input.question);
  return result.toString();
}

export async function idle(input) {
  let isOver = false;
  setHandler(end, () => {
    isOver = true;
  });
  const agent = agentOf(input);
  await agent.invoke(input.question);
  await condition(() => isOver);
  return agent.messages.length;
}

export async function streamed(input) {
  new WorkflowStream();
  const streaming = { streamingTopic: 'pieces', streamingBatchInterval: '100 milliseconds' };
  const result = await agentOf(input, streaming).invoke(input.question);
  return result.toString();
}
