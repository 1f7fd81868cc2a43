'use strict';
/** `@temporalio/openai-agents` with the Agents SDK's own OpenAI provider (Responses API). */
const { OpenAIProvider } = require('@openai/agents-openai');
const client = require('@temporalio/client');
const { OpenAIAgentsPlugin } = require('@temporalio/openai-agents');
const temporal = require('@temporalio/worker');
const streams = require('@temporalio/workflow-streams/client');
const { openStreamReader } = require(process.env.BENCH_STREAM_READER);

exports.contender = {
  temporal,
  workflowsPath: require.resolve('./workflows'),
  workerParts: ({ baseURL, apiKey, entryText }) => ({
    plugins: [
      new OpenAIAgentsPlugin({ modelProvider: new OpenAIProvider({ baseURL, apiKey }) }),
    ],
    activities: { read_entry: async ({ entry }) => entryText(entry) },
  }),
  openReader: (address) => openStreamReader({ client, streams }, address),
};
