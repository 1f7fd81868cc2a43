/** What is asked where a budget is spent, and what a word to it does: the desk is real, Temporal's waiting is not. */
import { setImmediate as soon } from 'node:timers/promises';
import type * as Temporal from '@temporalio/workflow';
import type { Budgets } from '../../agent/budget';
import { BudgetKeeper } from '../../workflows/budget-keeper';
import type { Conversation } from '../../workflows/conversation';
import { DecisionDesk } from '../../workflows/decision-desk';
import { Interruption } from '../../workflows/interruption';
import {
  callsTools,
  continued,
  openConversation,
  pinnedAgent,
  said,
} from '../support/workflow-conversation';

jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual<typeof Temporal>('@temporalio/workflow'),
  CancellationScope: class {},
  async condition(isMet: () => boolean) {
    for (let moments = 0; !isMet(); moments += 1) {
      if (moments > 1_000) throw new Error('It did not come to it.');
      await soon();
    }
  },
}));

const hourMs = 3_600_000;
const clock = { ms: 0 };
beforeEach(() => {
  clock.ms = 1_000_000;
  jest.spyOn(Date, 'now').mockImplementation(() => clock.ms);
});
afterEach(() => void jest.restoreAllMocks());

function begun(budgets: Budgets): Conversation {
  const conversation = openConversation({ now: () => clock.ms });
  const agent = { ...pinnedAgent.agent, limits: { budgets } };
  conversation.pinned = { ...pinnedAgent, agent };
  conversation.accept(said('m1'));
  callsTools(conversation, ['dice']);
  return conversation;
}

function keeperOf(conversation: Conversation): BudgetKeeper {
  const interruption = new Interruption(() => conversation.isInterruptAsked);
  const desk = new DecisionDesk({
    conversation,
    interruption: () => interruption,
    onActivity: () => {},
  });
  return new BudgetKeeper({ conversation, desk });
}

test.each([
  ['no', false, { turn: { steps: 1 }, conversation: { wallMs: hourMs } }],
  ['yes', true, { turn: { steps: 1 }, conversation: { wallMs: hourMs } }],
] as const)(
  'what a question takes is on nobody’s clock, with a %s too',
  async (_, approved, it) => {
    const conversation = begun({ ...it, atLimit: 'ask' });
    const { startedAtMs = 0 } = conversation;
    const admitted = keeperOf(conversation).admit();
    clock.ms += 100 * hourMs;
    conversation.approvals.decide({ callId: 't1turn1', approved });

    expect(await admitted).toBe(!approved);
    expect(conversation.startedAtMs).toBe(startedAtMs + 100 * hourMs);
    expect(conversation.runningTurn?.startedAtMs).toBe(startedAtMs + 100 * hourMs);
  },
);

test('a word that comes before the next run has asked counts, whatever time has passed', async () => {
  const budgets = { turn: { wallMs: 60_000 }, atLimit: 'ask' } as const;
  const left = begun(budgets);
  clock.ms += 60_000;
  void keeperOf(left).admit();
  const { pending } = left.approvals;
  expect(pending).toMatchObject([{ callId: 't1turn1', arguments: { spent: 60_000 } }]);
  clock.ms += hourMs;
  const next = continued(left, () => clock.ms);
  expect(next.approvals.ask(pending[0]!, clock.ms, 1)).toEqual(pending[0]);
  next.approvals.decide({ callId: 't1turn1', approved: true });
  clock.ms += 5_000;

  expect(await keeperOf(next).admit()).toBe(false);
  expect(next.approvals.pending).toEqual([]);
  expect(next.runningTurn).toMatchObject({
    extensions: 1,
    startedAtMs: 1_000_000 + hourMs + 5_000,
  });
  expect(await keeperOf(next).admit()).toBe(true);
  left.interrupt();
});
