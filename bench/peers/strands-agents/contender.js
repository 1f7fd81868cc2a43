'use strict';
/** `@temporalio/strands-agents` with Strands' own OpenAI model (Responses API). */
const { OpenAIModel } = require('@strands-agents/sdk/models/openai');
const { StrandsPlugin } = require('@temporalio/strands-agents');
const temporal = require('@temporalio/worker');

/**
 * A call's `cancelSignal` crosses to the activity as JSON: what arrives is an empty object, on which OpenAI's client fails
 * with "Connection error". Without this no call of @strands-agents/sdk 1.19.0 reaches OpenAI.
 */
class CallableModel extends OpenAIModel {
  stream(messages, { cancelSignal: _notASignal, ...options } = {}) {
    return super.stream(messages, options);
  }
}

exports.contender = {
  temporal,
  workflowsPath: require.resolve('./workflows'),
  workerParts: ({ baseURL, apiKey, model, entryText }) => ({
    plugins: [
      new StrandsPlugin({
        models: {
          openai: () =>
            new CallableModel({ api: 'responses', modelId: model, apiKey, clientConfig: { baseURL } }),
        },
      }),
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
