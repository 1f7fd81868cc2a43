import type { AgentLimits } from '../../agent/agent';
import { agentAtStep, defaultMaxSteps, toPrompt } from '../../agent/agent';
import { defineAgent } from '../../agent/define-agent';
import { userMessage } from '../../agent/messages';
import type { Tool } from '../../agent/tool';

const toolNamed = (name: string): Tool => ({
  name,
  description: '',
  inputSchema: { type: 'object' },
  execute: () => Promise.resolve({ content: [] }),
});
const poet = { name: 'poet', instructions: 'Write verse.', model: 'demo' };

test('an agent is written down as it was given', () => {
  const tools = [toolNamed('rhyme'), toolNamed('meter')];

  expect(defineAgent({ ...poet, tools, limits: { maxSteps: 3 } })).toEqual({
    ...poet,
    tools,
    limits: { maxSteps: 3 },
  });
});

test('an agent without tools has an empty list of them', () => {
  expect(defineAgent(poet).tools).toEqual([]);
});

test('an agent needs a name and a model', () => {
  expect(() => defineAgent({ ...poet, name: ' ' })).toThrow(
    new TypeError('An agent needs a `name`.'),
  );
  expect(() => defineAgent({ ...poet, model: '' })).toThrow(
    new TypeError('Agent `poet` needs a `model`.'),
  );
});

test('two tools of one agent cannot share a name', () => {
  const tools = [toolNamed('rhyme'), toolNamed('meter'), toolNamed('rhyme')];

  expect(() => defineAgent({ ...poet, tools })).toThrow(
    new TypeError('Agent `poet` has two tools named `rhyme`. Rename one.'),
  );
});

test('a prompt is the instructions, then the messages', () => {
  const agent = defineAgent(poet);

  expect(toPrompt(agent, [userMessage('Begin.')])).toEqual([
    { role: 'system', content: 'Write verse.' },
    { role: 'user', content: 'Begin.' },
  ]);
});

test('empty instructions make no system message', () => {
  const agent = defineAgent({ ...poet, instructions: '' });

  expect(toPrompt(agent, [userMessage('Begin.')])).toEqual([userMessage('Begin.')]);
});

test('a turn has fifty steps by default', () => {
  expect(defaultMaxSteps).toBe(50);
});

test('a forced tool choice holds for the first step of a turn only', () => {
  const agent = {
    ...defineAgent({ name: 'a', model: 'm', instructions: '' }),
    settings: { toolChoice: 'required', temperature: 0 },
  } as const;
  expect(agentAtStep(agent, 1, [])).toBe(agent);
  expect(agentAtStep(agent, 2, []).settings).toEqual({ toolChoice: 'auto', temperature: 0 });
  const free = { ...agent, settings: { toolChoice: 'none' } } as const;
  expect(agentAtStep(free, 2, [])).toBe(free);
});

test.each<[string, AgentLimits]>([
  ['`maxSteps` must be a whole number, 1 or more.', { maxSteps: 0 }],
  ['`contextWindow` must be a whole number of tokens, 1 or more.', { contextWindow: 0.5 }],
  ['`compactAt` must be a share: above 0, up to 1.', { compactAt: 75 }],
  ['`compactAt` must be a share: above 0, up to 1.', { compactAt: 0 }],
  ['`toolResultBytes` must be a whole number, 1024 to 524288.', { toolResultBytes: 1_023 }],
  ['`toolResultBytes` must be a whole number, 1024 to 524288.', { toolResultBytes: 524_289 }],
  ['`toolResultBytes` must be a whole number, 1024 to 524288.', { toolResultBytes: 2_000.5 }],
])('an agent whose limits cannot be held is refused: %s', (why, limits) => {
  expect(() => defineAgent({ ...poet, limits })).toThrow(
    new TypeError(`\`limits\` of agent \`poet\`: ${why}`),
  );
});

test.each([1_024, 524_288])('a tool’s results may be shown up to %i bytes', (toolResultBytes) => {
  expect(defineAgent({ ...poet, limits: { toolResultBytes } }).limits).toEqual({ toolResultBytes });
});
