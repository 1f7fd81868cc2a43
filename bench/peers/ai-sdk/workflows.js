import { TemporalProvider } from '@temporalio/ai-sdk/workflow';
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { WorkflowStream } from '@temporalio/workflow-streams/workflow';
import { generateText, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';

const { readEntry } = proxyActivities({ startToCloseTimeout: '10 minutes' });
const end = defineSignal('end');

function asked({ question, instructions, steps }) {
  return {
    instructions,
    prompt: question,
    tools: {
      read_entry: tool({
        description: 'Reads one entry of the register.',
        inputSchema: z.object({ entry: z.number().describe('The number of the entry.') }),
        // Not `execute: readEntry`: that would write the whole transcript into the input of every tool activity as well.
        execute: ({ entry }) => readEntry({ entry }),
      }),
    },
    stopWhen: isStepCount(steps + 1),
  };
}

export async function turn(input) {
  const { text } = await generateText({
    ...asked(input),
    model: new TemporalProvider().languageModel(input.model),
  });
  return text;
}

export async function idle(input) {
  let isOver = false;
  setHandler(end, () => {
    isOver = true;
  });
  const result = await generateText({
    ...asked(input),
    model: new TemporalProvider().languageModel(input.model),
  });
  await condition(() => isOver);
  return result.text.length;
}

export async function streamed(input) {
  new WorkflowStream();
  const provider = new TemporalProvider({
    languageModel: { streamingTopic: 'pieces', streamingBatchInterval: '100ms' },
  });
  const result = streamText({ ...asked(input), model: provider.languageModel(input.model) });
  await result.consumeStream();
  return await result.text;
}
