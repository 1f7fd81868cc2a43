/** The workflow's own wiring, without Temporal: its handlers are called by hand, its activities are functions. */
import { setImmediate as soon } from 'node:timers/promises';
import type * as Temporal from '@temporalio/workflow';
import { textResponse } from '../../activities/models/scripted-model';
import type { AgentLimits } from '../../agent/agent';
import { agentWorkflow } from '../../workflows/agent-workflow';
import type { ModelResponse } from '../../agent/model';
import type { AgentWorkflowInput, ConversationState } from '../../workflows/contract';
import { pinnedAgent, said } from '../support/workflow-conversation';

type Handler = (input?: unknown) => unknown;
const mockHandlers = new Map<string, { handle: Handler; validate?: Handler }>();
const mockActivities = new Map<string, () => Promise<unknown>>();
let mockOpenHandlers = 0;

async function mockUntil(isMet: () => boolean): Promise<void> {
  for (let moments = 0; !isMet(); moments += 1) {
    if (moments > 1_000) throw new Error('It did not come to it.');
    await soon();
  }
}

jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual<typeof Temporal>('@temporalio/workflow'),
  CancellationScope: class {
    run = (work: () => unknown) => work();
  },
  allHandlersFinished: () => mockOpenHandlers === 0,
  async condition(isMet: () => boolean) {
    await mockUntil(isMet);
    return true;
  },
  proxyActivities: () =>
    new Proxy(
      {},
      { get: (_, name: string) => ({ executeWithOptions: () => mockActivities.get(name)!() }) },
    ),
  proxySinks: () => ({ transcript: { append: () => {}, pin: () => {} } }),
  setCurrentDetails: () => {},
  setHandler(
    { name }: { name: string },
    handle: Handler,
    { validator }: { validator?: Handler } = {},
  ) {
    mockHandlers.set(name, { handle, ...(validator && { validate: validator }) });
  },
  workflowInfo: () => ({
    workflowId: 'talk-1',
    runId: 'run-1',
    firstExecutionRunId: 'run-1',
    historyLength: 10,
    continueAsNewSuggested: false,
  }),
}));

/** Every model call by its kind, in order. */
const calls: string[] = [];
let resolutions: Promise<unknown>[];

function start(
  limits: AgentLimits,
  input: Partial<AgentWorkflowInput> = {},
  answer: Partial<ModelResponse> = {},
) {
  const pinned = { ...pinnedAgent, agent: { ...pinnedAgent.agent, limits } };
  const respond = (kind: string) => () => {
    calls.push(kind);
    return Promise.resolve(textResponse(`${kind} ${calls.length}`, answer));
  };
  resolutions = [Promise.resolve(pinned)];
  calls.length = 0;
  mockActivities.set('resolveAgent', () => resolutions.shift()!);
  mockActivities.set('getResponse', respond('answer'));
  mockActivities.set('summarize', respond('summary'));
  return agentWorkflow({ agent: 'gambler', ...input });
}

/** As Temporal delivers one: its validator goes first, and it counts as open until it has ended. */
async function update(name: string, input?: unknown): Promise<unknown> {
  const { handle, validate } = mockHandlers.get(name)!;
  validate?.(input);
  mockOpenHandlers += 1;
  try {
    return await handle(input);
  } finally {
    mockOpenHandlers -= 1;
  }
}
const state = () => mockHandlers.get('state')!.handle() as ConversationState;
const a = (words: number) => 'so '.repeat(words);

async function untilIdle(): Promise<void> {
  await soon();
  await mockUntil(() => state().status === 'idle');
}

test('a task that is answered takes no more messages, though somebody’s agent is still resolved', async () => {
  const result = start({}, { mode: 'task', messages: [said('m1')] });
  let isResolved = false;
  resolutions.push(mockUntil(() => isResolved).then(() => pinnedAgent));
  const adopted = update('adopt', {});
  await mockUntil(() => state().status === 'closed');

  await expect(update('sendMessage', said('m2'))).rejects.toThrow('The conversation is closed.');
  isResolved = true;
  await adopted;
  expect(await result).toMatchObject({ content: 'answer 1', turn: 1, finishReason: 'stop' });
});

test('while it is paused and idle it is not compacted; it is when it is resumed', async () => {
  const result = start({});
  for (const id of ['m1', 'm2', 'm3', 'm4']) {
    await update('sendMessage', said(id, a(200)));
    await untilIdle();
  }
  await update('pause');
  expect(await update('compact')).toMatchObject({ compaction: 'accepted' });
  for (let moment = 0; moment < 20; moment += 1) await soon();
  expect(calls).toEqual(Array(4).fill('answer'));

  await update('resume');
  await mockUntil(() => state().compactions > 0);
  expect(calls.at(-1)).toBe('summary');
  await update('close');
  await result;
});

test('where a budget is spent no summary is paid for that nobody asked for', async () => {
  const budgets = { conversation: { steps: 4 } };
  const result = start({ contextWindow: 1_200, budgets });
  for (const id of ['m1', 'm2', 'm3', 'm4']) {
    await update('sendMessage', said(id, a(150)));
    await untilIdle();
  }
  expect(calls).toEqual(Array(4).fill('answer'));
  await update('sendMessage', said('m5', a(150)));
  await untilIdle();

  expect(calls).toHaveLength(4);
  await update('close');
  await result;
});

test.each(['conclude', 'ask'] as const)(
  'an answer that is not as it should be is not sent back where a budget is spent (%s)',
  async (atLimit) => {
    const limits = { budgets: { turn: { steps: 1 }, atLimit } };
    const input = { mode: 'task', messages: [said('m1')] } as const;
    const outputProblem = 'It is not JSON.';
    const ended = start(limits, input, { outputProblem }).catch((error: unknown) => error);
    const questions: string[] = [];
    await mockUntil(() => {
      for (const { callId } of state().pending ?? []) {
        questions.push(callId);
        void update('decide', { callId, approved: false });
      }
      return state().status === 'closed';
    });

    expect(await ended).toMatchObject({ type: 'OutputError' });
    expect(calls).toHaveLength(2);
    expect(questions).toEqual(atLimit === 'ask' ? ['t1turn1'] : []);
  },
);
