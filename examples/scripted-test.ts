/**
 * A test of an agent: `ScriptedModel` plays the model, the tool is the real one, and no server is needed.
 *
 * Outside this repository the imports are 'holdfast/agent', 'holdfast/testing', 'holdfast/tools'.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptedModel, textResponse, toolCallResponse } from '../activities/models/scripted-model';
import { calculator } from '../activities/tools';
import { AgentRunner, contentToText, defineAgent, userMessage } from '../agent';

const agent = defineAgent({
  name: 'calculating',
  model: 'scripted',
  instructions: 'You calculate.',
  tools: [calculator],
});

void test('a bad expression is told to the model, which corrects itself', async () => {
  const model = new ScriptedModel([
    toolCallResponse([{ name: 'calculator', arguments: { expression: '17 times 23' } }]),
    toolCallResponse([{ name: 'calculator', arguments: { expression: '17 * 23' } }]),
    textResponse('It is 391.'),
  ]);
  const runner = new AgentRunner({ model, tools: agent.tools });

  const result = await runner.getResponse(agent, [userMessage('What is 17 times 23?')]);

  assert.equal(result.content, 'It is 391.');
  const results = result.messages.filter((message) => message.role === 'tool_response');
  assert.deepEqual(
    results.map(({ isError }) => isError),
    [true, false],
  );
  assert.equal(contentToText(results[1]!.content), '391');
  // What the model was asked the second time ends with the tool's complaint.
  assert.match(JSON.stringify(model.requests[1]?.inputs.at(-1)), /Unknown name `times`/);
  model.assertComplete();
});
