import { jsonBytes } from '../../agent/json';
import { agentLimitBytes } from '../../agent/size-limits';
import { requireAgentFits, requireMessageFits } from '../../client/size-check';
import { messageLimitBytes } from '../../workflows/contract';
import { parseAdopt, parseWorkflowInput } from '../../workflows/guards';

test('a message is sent up to 256 KiB of JSON', () => {
  const message = (content: string) => ({
    messageId: 'm1',
    message: { role: 'user' as const, content },
  });
  const largest = 'x'.repeat(messageLimitBytes - jsonBytes(message('')));

  expect(() => requireMessageFits(message(largest))).not.toThrow();
  expect(() => requireMessageFits(message(`${largest}x`))).toThrow(
    expect.objectContaining({
      name: 'MessageRejectedError',
      type: 'MessageTooLarge',
      message: 'The message has 262145 bytes of JSON; the limit is 262144.',
    }),
  );
});

test('an inline agent is sent, and taken, up to 512 KiB of JSON', () => {
  const agent = (instructions: string) => ({ name: 'a', model: 'm', instructions, tools: [] });
  const largest = agent('x'.repeat(agentLimitBytes - jsonBytes(agent(''))));
  const tooLarge = agent(`${largest.instructions}x`);
  const reason = 'AgentTooLarge: `agent` is larger than 524288 bytes.';

  for (const fits of [largest, 'a name', undefined]) {
    expect(() => requireAgentFits(fits)).not.toThrow();
  }
  expect(() => requireAgentFits(tooLarge)).toThrow(
    expect.objectContaining({
      type: 'AgentTooLarge',
      message: 'The agent has 524289 bytes of JSON; the limit is 524288.',
    }),
  );
  expect([parseWorkflowInput({ agent: largest }).ok, parseAdopt({ agent: largest }).ok]).toEqual([
    true,
    true,
  ]);
  expect(parseWorkflowInput({ agent: tooLarge })).toEqual({ ok: false, reason });
  expect(parseAdopt({ agent: tooLarge })).toEqual({ ok: false, reason });
});

test('what is nested deeper than JSON can be measured is refused, not tripped over', () => {
  const text = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const deep = JSON.parse(text) as Record<string, unknown>;
  const block = { type: 'text' as const, text: 'Hi', providerOptions: { openai: deep } };
  const agent = { name: 'a', model: 'm', instructions: '', tools: [], settings: deep };
  const refused = (what: string) =>
    expect.objectContaining({
      type: 'MalformedMessage',
      message: `${what} is nested more than 64 levels deep.`,
    });

  expect(() =>
    requireMessageFits({ messageId: 'm1', message: { role: 'user', content: [block as never] } }),
  ).toThrow(refused('The message'));
  expect(() => requireAgentFits(agent as never)).toThrow(refused('The agent'));
});
