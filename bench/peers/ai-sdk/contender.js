'use strict';
/** `@temporalio/ai-sdk` with the AI SDK's own OpenAI provider (Responses API). */
const { createOpenAI } = require('@ai-sdk/openai');
const client = require('@temporalio/client');
const temporal = require('@temporalio/worker');
const { AiSdkPlugin } = require('@temporalio/ai-sdk');
const streams = require('@temporalio/workflow-streams/client');
const { openStreamReader } = require(process.env.BENCH_STREAM_READER);

exports.contender = {
  temporal,
  workflowsPath: require.resolve('./workflows'),
  workerParts: ({ baseURL, apiKey, entryText }) => ({
    plugins: [new AiSdkPlugin({ modelProvider: createOpenAI({ baseURL, apiKey }) })],
    activities: { readEntry: async ({ entry }) => entryText(entry) },
  }),
  openReader: (address) => openStreamReader({ client, streams }, address),
};
