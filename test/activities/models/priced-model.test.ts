import { AnthropicModel, withPrices } from '../../../activities/models';
import { ScriptedModel, textResponse } from '../../../activities/models/scripted-model';
import { AgentRunner } from '../../../agent/agent-runner';
import { userMessage } from '../../../agent/messages';

const agent = { name: 'clerk', model: 'claude-haiku-4-5', instructions: 'Be brief.', tools: [] };
const usage = { inputTokens: 1_000, outputTokens: 100 };

class ClaudeOfTheScript extends ScriptedModel {
  override get identity() {
    return { provider: 'anthropic', model: 'claude-haiku-4-5' };
  }
}

test('a run in process says what it cost', async () => {
  const model = withPrices(new ClaudeOfTheScript([textResponse('Five.', { usage })]));
  const { costUsd, response } = await new AgentRunner({ model }).getResponse(agent, [
    userMessage('2 + 3?'),
  ]);

  expect(costUsd).toBe(0.0015);
  expect(response).toMatchObject({ content: 'Five.', costUsd: 0.0015 });
});

test('by prices of your own', async () => {
  const own = { 'claude-haiku-4-5': { inputPerMillion: 1_000, outputPerMillion: 0 } };
  const model = withPrices(new ScriptedModel([textResponse('Five.', { usage })]), own);

  expect((await model.getResponse(agent, [userMessage('2 + 3?')])).costUsd).toBe(1);
});

test('what is streamed and who answers stays as it is', async () => {
  const anthropic = new AnthropicModel({ model: 'claude-haiku-4-5', apiKey: 'key' });
  expect(withPrices(anthropic).identity).toEqual({
    provider: 'anthropic',
    model: 'claude-haiku-4-5',
  });
  const asked = [userMessage('2 + 3?')];
  expect(withPrices(anthropic).toRequest(agent, asked)).toEqual(anthropic.toRequest(agent, asked));
  const model = withPrices(new ScriptedModel([textResponse('Five it is.', { usage })]));
  const pieces: string[] = [];
  for await (const event of model.streamResponse(agent, [])) {
    if (!event.isFinal) pieces.push(event.content);
  }
  expect(pieces.join('')).toBe('Five it is.');
});
