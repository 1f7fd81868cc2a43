'use strict';
// Required, not imported: an import would put a second copy of the Agents SDK, the one for ES modules, beside the plugin's
// own, and that copy loads a part of itself lazily, which the sandbox cannot do.
const { Agent } = require('@openai/agents-core');
const { TemporalOpenAIRunner, activityAsTool } = require('@temporalio/openai-agents/workflow');
const { condition, defineSignal, setHandler } = require('@temporalio/workflow');
const { WorkflowStream } = require('@temporalio/workflow-streams/workflow');

const end = defineSignal('end');

function agentOf({ instructions, model }) {
  const readEntry = activityAsTool(
    {
      name: 'read_entry',
      description: 'Reads one entry of the register.',
      parameters: {
        type: 'object',
        properties: { entry: { type: 'number', description: 'The number of the entry.' } },
        required: ['entry'],
        additionalProperties: false,
      },
    },
    { startToCloseTimeout: '10 minutes' },
  );
  return new Agent({ name: 'clerk', instructions, model, tools: [readEntry] });
}

/** Without traces, which would only cost it. */
function optionsOf({ steps }) {
  return { maxTurns: steps + 1, runConfig: { tracingDisabled: true } };
}

const defaultModelParams = { startToCloseTimeout: '10 minutes' };

exports.turn = async function turn(input) {
  const runner = new TemporalOpenAIRunner({ defaultModelParams });
  const result = await runner.run(agentOf(input), input.question, optionsOf(input));
  return result.finalOutput ?? '';
};

exports.idle = async function idle(input) {
  let isOver = false;
  setHandler(end, () => {
    isOver = true;
  });
  const runner = new TemporalOpenAIRunner({ defaultModelParams });
  const result = await runner.run(agentOf(input), input.question, optionsOf(input));
  await condition(() => isOver);
  return result.history.length;
};

exports.streamed = async function streamed(input) {
  new WorkflowStream();
  const runner = new TemporalOpenAIRunner({
    defaultModelParams: {
      ...defaultModelParams,
      streamingTopic: 'pieces',
      // Its default is 2 s.
      streamingBatchInterval: '100ms',
    },
  });
  const options = { ...optionsOf(input), stream: true };
  const result = await runner.run(agentOf(input), input.question, options);
  for await (const _event of result);
  return result.finalOutput ?? '';
};
