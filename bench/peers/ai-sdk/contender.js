'use strict';
/** `@temporalio/ai-sdk` with the AI SDK's own OpenAI provider (Responses API). */
const { createOpenAI } = require('@ai-sdk/openai');
const temporal = require('@temporalio/worker');
const { AiSdkPlugin } = require('@temporalio/ai-sdk');

exports.contender = {
  temporal,
  workflowsPath: require.resolve('./workflows'),
  workerParts: ({ baseURL, apiKey, entryText }) => ({
    plugins: [new AiSdkPlugin({ modelProvider: createOpenAI({ baseURL, apiKey }) })],
    activities: { readEntry: async ({ entry }) => entryText(entry) },
  }),
  openReader(address) {
    // Here and not above, by everyone: a worker needs no client of its own.
    const client = require('@temporalio/client');
    const streams = require('@temporalio/workflow-streams/client');
    return require(process.env.BENCH_STREAM_READER).openStreamReader({ client, streams }, address);
  },
};
