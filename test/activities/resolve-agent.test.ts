import { z } from 'zod';
import type { PinnedAgent, ResolveAgentInput } from '../../activities/contract';
import { createActivities } from '../../activities/create-activities';
import { ScriptedModel } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import { TranscriptCache } from '../../activities/transcript-cache';
import { Transcripts } from '../../activities/transcripts';
import type { ExecutableAgent } from '../../agent/agent';
import { defineAgent } from '../../agent/define-agent';
import { sha256Hex } from '../../agent/digest';
import type { ModelBase } from '../../agent/model';
import { TestActivity, failureOf } from '../support/activity';
import { throughJson } from '../support/fake-conversation';

const execution = {
  modelTimeoutMs: 60_000,
  heartbeatTimeoutMs: 1_000,
  maxAttempts: 5,
  firstRetryDelayMs: 100,
};
const dice = defineTool({
  name: 'dice',
  description: 'Rolls a die.',
  annotations: { readOnlyHint: true },
  timeoutMs: 5_000,
  input: z.object({ sides: z.number() }),
  execute: () => 'six',
});
const clock = defineTool({
  name: 'clock',
  description: 'Tells the time.',
  input: z.object({}),
  execute: () => 'noon',
});
const gambler = defineAgent({
  name: 'gambler',
  model: 'scripted',
  instructions: 'Roll.',
  settings: { temperature: 0 },
  limits: { maxSteps: 7 },
  tools: [dice],
});
const clerk = defineAgent({ name: 'clerk', model: 'scripted', instructions: '', tools: [clock] });
const inline = {
  name: 'mine',
  model: 'scripted',
  instructions: 'Roll twice.',
  tools: ['clock', 'dice'],
};

function activitiesOf(agents: readonly ExecutableAgent[]) {
  return createActivities({
    agents,
    execution,
    modelForName: () => new ScriptedModel([]),
    transcripts: new Transcripts(new TranscriptCache()),
  });
}

function resolve(
  agent: ResolveAgentInput['agent'],
  agents = [gambler, clerk],
): Promise<PinnedAgent> {
  const activities = activitiesOf(agents);
  return new TestActivity().run(() => activities.resolveAgent({ agent }));
}

test('a name becomes the whole definition, as data, with its hash and how it is executed', async () => {
  const pinned = await resolve('gambler');

  expect(pinned.agent).toEqual({
    name: 'gambler',
    model: 'scripted',
    instructions: 'Roll.',
    settings: { temperature: 0 },
    limits: { maxSteps: 7 },
    tools: [
      {
        name: 'dice',
        description: 'Rolls a die.',
        inputSchema: dice.inputSchema,
        annotations: { readOnlyHint: true },
        timeoutMs: 5_000,
      },
    ],
  });
  expect(throughJson(pinned)).toEqual(pinned);
  expect(pinned.hash).toBe(sha256Hex(JSON.stringify(throughJson(pinned.agent))));
  expect(pinned.execution).toEqual(execution);
});

test('an inline definition gets the tools that it names, in its order', async () => {
  const { agent } = await resolve(inline);

  expect(agent).toMatchObject({ name: 'mine', instructions: 'Roll twice.' });
  expect(agent.tools.map(({ name }) => name)).toEqual(['clock', 'dice']);
  expect(agent).not.toHaveProperty('settings');
});

test('what an inline definition carries besides is not pinned', async () => {
  const { agent } = await resolve({ ...inline, apiKey: 'sk-0123456789' } as typeof inline);

  expect(JSON.stringify(agent)).not.toContain('sk-0123456789');
});

test('the hash tells two definitions apart and is the same for the same', async () => {
  const [first, again, other] = await Promise.all([
    resolve(inline),
    resolve({ ...inline }),
    resolve({ ...inline, instructions: 'Roll thrice.' }),
  ]);

  expect(again.hash).toBe(first.hash);
  expect(other.hash).not.toBe(first.hash);
});

test.each([
  {
    what: 'an unknown agent',
    agent: 'gamblr',
    type: 'UnknownAgent',
    message: 'Unknown agent `gamblr`. This worker knows: gambler, clerk.',
  },
  {
    what: 'an inline definition with an unknown tool',
    agent: { ...inline, tools: ['dice', 'cards'] },
    type: 'UnknownTool',
    message: 'Agent `mine` names an unknown tool `cards`. This worker has: dice, clock.',
  },
  {
    what: 'an inline definition with a tool named twice',
    agent: { ...inline, tools: ['dice', 'clock', 'dice'] },
    type: 'InvalidAgent',
    message: 'Agent `mine` names the tool `dice` twice.',
  },
])('$what is refused in one line, for good', async ({ agent, type, message }) => {
  expect(await failureOf(resolve(agent))).toMatchObject({ type, message, nonRetryable: true });
});

test('a worker without agents says so', async () => {
  expect((await failureOf(resolve('gambler', []))).message).toBe(
    'Unknown agent `gambler`. This worker knows: none.',
  );
  expect((await failureOf(resolve({ ...inline, tools: ['dice'] }, []))).message).toBe(
    'Agent `mine` names an unknown tool `dice`. This worker has: none.',
  );
});

test('agents may share a tool, but neither a name nor the name of different tools', () => {
  const shared = defineAgent({ ...clerk, name: 'other', tools: [dice] });
  const namesake = { ...dice };

  expect(() => activitiesOf([gambler, shared])).not.toThrow();
  expect(() => activitiesOf([gambler, { ...clerk, name: 'gambler' }])).toThrow(
    new TypeError('Two agents are named `gambler`. Rename one.'),
  );
  expect(() => activitiesOf([gambler, { ...clerk, tools: [namesake] }])).toThrow(
    new TypeError(
      'Two different tools are named `dice` (one of them in agent `clerk`). Rename one.',
    ),
  );
});

describe('how many tokens its model takes', () => {
  const resolveWith = (modelForName: () => ModelBase, model?: string): Promise<PinnedAgent> => {
    const activities = createActivities({
      agents: [gambler],
      execution,
      modelForName,
      contextWindows: { windowOf: ({ model: name }) => (name === 'large' ? 1_000 : undefined) },
      transcripts: new Transcripts(new TranscriptCache()),
    });
    return new TestActivity().run(() =>
      activities.resolveAgent({ agent: 'gambler', ...(model && { model }) }),
    );
  };

  test('is recorded with it, where it is known', async () => {
    class Large extends ScriptedModel {
      override get identity() {
        return { provider: 'own', model: 'large' };
      }
    }
    const [known, adopted] = [
      await resolveWith(() => new Large([])),
      await resolveWith(() => new Large([]), 'another'),
    ];

    expect([known.contextWindow, adopted.contextWindow]).toEqual([1_000, 1_000]);
    expect(known.hash).toBe((await resolve('gambler')).hash);
  });

  test('is left out where nobody knows, or where the model cannot be had', async () => {
    const unavailable = () => {
      throw new Error('No key.');
    };

    expect(await resolveWith(() => new ScriptedModel([]))).not.toHaveProperty('contextWindow');
    expect(await resolveWith(unavailable)).not.toHaveProperty('contextWindow');
  });
});
