'use strict';
/** `@temporalio/openai-agents` with the Agents SDK's own OpenAI provider (Responses API). */
const { OpenAIProvider } = require('@openai/agents-openai');
const { OpenAIAgentsPlugin } = require('@temporalio/openai-agents');
const temporal = require('@temporalio/worker');

exports.contender = {
  temporal,
  workflowsPath: require.resolve('./workflows'),
  workerParts: ({ baseURL, apiKey, entryText }) => ({
    plugins: [
      new OpenAIAgentsPlugin({ modelProvider: new OpenAIProvider({ baseURL, apiKey }) }),
    ],
    activities: { read_entry: async ({ entry }) => entryText(entry) },
  }),
  openReader(address) {
    // Here and not above, by everyone: a worker needs no client of its own.
    const client = require('@temporalio/client');
    const streams = require('@temporalio/workflow-streams/client');
    return require(process.env.BENCH_STREAM_READER).openStreamReader({ client, streams }, address);
  },
};
