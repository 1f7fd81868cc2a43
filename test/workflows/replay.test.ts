import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { readEnvironment } from '../../workers/environment';
import { holdfastPlugin } from '../../workers/plugin';
import { testBundle } from '../support/temporal';

const folder = path.join(__dirname, '../histories');

interface HistoryEvent {
  readonly eventType: string;
  readonly activityTaskScheduledEventAttributes?: {
    readonly activityType: { readonly name: string };
  };
  readonly activityTaskStartedEventAttributes?: { readonly attempt: number };
  readonly workflowExecutionContinuedAsNewEventAttributes?: { readonly newExecutionRunId: string };
  readonly workflowExecutionStartedEventAttributes?: {
    readonly originalExecutionRunId: string;
    readonly parentWorkflowExecution?: { readonly workflowId: string };
  };
}

interface KeptHistory {
  /** `<workflow id>.<run>` */
  readonly name: string;
  readonly text: string;
  readonly events: readonly HistoryEvent[];
}

const kept: readonly KeptHistory[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const { events } = JSON.parse(text) as { events: HistoryEvent[] };
    return { name: path.basename(file, '.json'), text, events };
  });

const eventsOf = (name: string) => kept.find((history) => history.name === name)?.events ?? [];
const countOf = (name: string, eventType: string) =>
  eventsOf(name).filter((event) => event.eventType === `EVENT_TYPE_${eventType}`).length;
const activitiesOf = (name: string) =>
  eventsOf(name).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [scheduled.activityType.name] : [],
  );
const attemptsOf = (name: string) =>
  eventsOf(name).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started ? [started.attempt] : [],
  );

type Outcome = Readonly<Record<string, string>>;

/** What becomes of each kept history with this code. */
async function replayAll(code: string): Promise<Outcome> {
  const outcome: Record<string, string> = {};
  const results = Worker.runReplayHistories(
    {
      workflowBundle: { code },
      plugins: [holdfastPlugin({ agents: [], environment: readEnvironment({}) })],
    },
    kept.map(({ name, text }) => ({ workflowId: name, history: JSON.parse(text) as unknown })),
  );
  for await (const { workflowId, error } of results) {
    outcome[workflowId] =
      error instanceof DeterminismViolationError ? 'refused' : (error?.message ?? 'replays');
  }
  return outcome;
}

const all = (outcome: string): Outcome =>
  Object.fromEntries(kept.map(({ name }) => [name, outcome]));

beforeAll(() => {
  // Refusals are what these tests ask for, not news.
  const logging = { filter: 'ERROR', forward: {} };
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging } });
});
afterAll(() => Runtime.instance().shutdown());

describe('the kept histories', () => {
  test('hold what must go on replaying', () => {
    expect(kept.map(({ name }) => name)).toEqual([
      'adopted.1',
      'adopted.2',
      'approved.1',
      'approved.2',
      'approved.3',
      'approved.4',
      'asked.1',
      'budget-asked.1',
      'child.1',
      'compacted-listed.1',
      'compacted-listed.2',
      'compacted.1',
      'compacted.2',
      'continued.1',
      'continued.2',
      'continued.3',
      'continued.4',
      'continued.5',
      'failed-turn.1',
      'interrupted.1',
      'long-arguments.1',
      'parallel-tools.1',
      'paused.1',
      'queued.1',
      'repaired.1',
      'retried-model-call.1',
      'set-aside.1',
      'steered.1',
      'unknown-outcome.1',
    ]);
    // Tools at once, a tool that says no and one that nobody knows, updates, and the end.
    expect(activitiesOf('parallel-tools.1')).toEqual([
      'resolveAgent',
      'getResponse',
      'getResponse',
      'executeTool',
      'executeTool',
      'executeTool',
      'getResponse',
      'executeTool',
      'getResponse',
    ]);
    expect(countOf('parallel-tools.1', 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED')).toBe(3);
    expect(countOf('parallel-tools.1', 'WORKFLOW_EXECUTION_COMPLETED')).toBe(1);
    // Another agent from the second step on, carried over.
    expect(activitiesOf('adopted.1')).toEqual([
      'resolveAgent',
      'getResponse',
      'resolveAgent',
      'executeTool',
    ]);
    expect(activitiesOf('adopted.2')).toEqual(['getResponse', 'getResponse']);
    // An answer that was sent back.
    expect(activitiesOf('repaired.1')).toEqual(['resolveAgent', 'getResponse', 'getResponse']);
    // Attempt 2 of a model call, twice.
    expect(attemptsOf('retried-model-call.1')).toEqual([1, 2, 1, 2]);
    // A turn that failed, and the next one answered.
    expect(countOf('failed-turn.1', 'ACTIVITY_TASK_FAILED')).toBe(1);
    expect(activitiesOf('failed-turn.1').at(-1)).toBe('getResponse');
    expect(countOf('failed-turn.1', 'ACTIVITY_TASK_COMPLETED')).toBe(4);
    // Signals, two of which were set aside.
    expect(countOf('set-aside.1', 'WORKFLOW_EXECUTION_SIGNALED')).toBe(4);
    expect(activitiesOf('set-aside.1')).toEqual(['resolveAgent', 'getResponse']);
    // A tool whose worker was given up.
    expect(countOf('unknown-outcome.1', 'ACTIVITY_TASK_TIMED_OUT')).toBe(1);
    // Two sent while the agent was busy (one of them twice, which is one update), and the close.
    expect(countOf('queued.1', 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED')).toBe(3);
    expect(activitiesOf('queued.1').slice(1)).toEqual([
      'getResponse',
      'getResponse',
      'getResponse',
    ]);
  });

  test('hold a chain of runs, left in the middle of a turn and between two', () => {
    const chain = [1, 2, 3, 4, 5].map((run) => eventsOf(`continued.${run}`));
    const started = chain.map((events) => events[0]?.workflowExecutionStartedEventAttributes);
    const left = chain.map(
      (events) => events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes,
    );

    expect(left.slice(0, 4).map((attributes) => attributes?.newExecutionRunId)).toEqual(
      started.slice(1).map((attributes) => attributes?.originalExecutionRunId),
    );
    expect(left[4]).toBeUndefined();
    // The first three runs end after a step that called tools.
    expect([1, 2, 3, 4, 5].map((run) => activitiesOf(`continued.${run}`).at(-1))).toEqual([
      'executeTool',
      'executeTool',
      'executeTool',
      'getResponse',
      undefined,
    ]);
    expect(kept.filter(({ name }) => activitiesOf(name).includes('resolveAgent'))).toHaveLength(19);
  });

  test('hold a run that was left when older messages had just given way, and one that was asked to compact', () => {
    const [before, after] = [eventsOf('compacted.1'), eventsOf('compacted.2')];

    expect(activitiesOf('compacted.1').at(-1)).toBe('summarize');
    expect(before.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId).toBe(
      after[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId,
    );
    // In the middle of a turn, and between two.
    expect(activitiesOf('compacted.2')).toEqual([
      'getResponse',
      'executeTool',
      'getResponse',
      'executeTool',
      'getResponse',
      'summarize',
      'getResponse',
    ]);
  });

  test('hold what people said meanwhile, and how the server listed it', () => {
    const count = (eventType: string, ...names: readonly string[]) =>
      names.map((name) => countOf(name, eventType));

    // Two calls waited, over the end of a run; a third one in the next step.
    expect(count('TIMER_STARTED', 'approved.1', 'approved.2', 'approved.3')).toEqual([2, 2, 1]);
    // A question was answered, and nobody's word was had in time.
    expect(count('TIMER_CANCELED', 'asked.1')).toEqual([1]);
    expect(count('TIMER_FIRED', 'asked.1')).toEqual([1]);
    // As far again, and then not.
    expect(count('TIMER_CANCELED', 'budget-asked.1')).toEqual([2]);
    // While the model thought, while a tool ran, while a person was waited for.
    expect(count('ACTIVITY_TASK_CANCEL_REQUESTED', 'interrupted.1')).toEqual([2]);
    expect(activitiesOf('steered.1').filter((type) => type === 'getResponse')).toHaveLength(4);
    expect(count('UPSERT_WORKFLOW_SEARCH_ATTRIBUTES', 'paused.1', 'queued.1')).toEqual([8, 0]);
  });

  test('hold a run that was started as a child', () => {
    const [first] = eventsOf('child.1');

    expect(first?.workflowExecutionStartedEventAttributes?.parentWorkflowExecution).toMatchObject({
      workflowId: 'parent',
    });
  });

  test('hold nothing of the machine that they were recorded on, and are small', () => {
    for (const { text, events } of kept) {
      expect(events.length).toBeGreaterThan(8);
      expect([...new Set(text.match(/"identity":"[^"]*"/g))]).toEqual(['"identity":"recorder"']);
      expect(text).not.toMatch(
        /stackTrace|\/home\/|\/Users\/|\/root\/|\/tmp\/|node_modules|\d+@\w/,
      );
      expect(Buffer.byteLength(text)).toBeLessThan(60_000);
    }
  });
});

describe('a deploy', () => {
  const code = readFileSync(testBundle().codePath, 'utf8');

  /** The code with one thing changed. */
  function changed(from: string, to: string): string {
    const parts = code.split(from);
    // A change that is not made would be no test.
    expect(parts.length).toBe(2);
    return parts.join(to);
  }

  test('of this workflow replays every kept history', async () => {
    expect(await replayAll(code)).toEqual(all('replays'));
  });

  test('that changes only words replays them too', async () => {
    const other = changed('think · step ${step}', 'thinking, step ${step}');

    expect(await replayAll(other)).toEqual(all('replays'));
  });

  test('that calls another activity is refused by every history in which the model was asked', async () => {
    const other = changed('activities.getResponse.execute', 'activities.getAnswer.execute');

    expect(await replayAll(other)).toEqual({
      ...all('refused'),
      ...{ 'approved.2': 'replays', 'continued.5': 'replays' },
    });
  });

  test('that calls an activity more before the first is refused by every history', async () => {
    const first = 'transcript.pin(conversation.pinned);';
    const pinAgent = /\(0, *\w+\.pinAgent\)/.exec(code)?.[0] ?? 'pinAgent';
    const again = `conversation.pinned = await ${pinAgent}({ agent }, 'again');`;
    const other = changed(first, `${again}\n${first}`);

    expect(await replayAll(other)).toEqual(all('refused'));
  });

  test('that waits before each tool is refused by every history with a tool', async () => {
    const call = 'const result = await interruption.run(';
    const withTools = kept.filter(({ name }) => activitiesOf(name).includes('executeTool'));
    const other = changed(call, `await (0, _workflow.sleep)(1);\n${call}`);

    expect(withTools.length).toBeGreaterThanOrEqual(7);
    expect(await replayAll(other)).toEqual({
      ...all('replays'),
      ...Object.fromEntries(withTools.map(({ name }) => [name, 'refused'])),
    });
  });

  test('that never continues as new is refused by every run that did', async () => {
    const other = changed('(0, _carryover.fits)(next.carried)', 'false');
    const runs = [
      'adopted.1',
      'approved.1',
      'approved.2',
      'approved.3',
      'compacted-listed.1',
      'compacted.1',
      'continued.1',
      'continued.2',
      'continued.3',
      'continued.4',
    ];
    const left = runs.map((run) => [run, 'refused']);

    expect(await replayAll(other)).toEqual({ ...all('replays'), ...Object.fromEntries(left) });
  });

  test('that lists conversations no more is refused by every history that was listed', async () => {
    const other = changed('if (!listed) return;', 'return;');
    const listed = kept.filter(
      ({ name }) => countOf(name, 'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES') > 0,
    );

    expect(listed.length).toBeGreaterThanOrEqual(9);
    expect(await replayAll(other)).toEqual({
      ...all('replays'),
      ...Object.fromEntries(listed.map(({ name }) => [name, 'refused'])),
    });
  });

  test('that asks nobody any more is refused by every history in which somebody was asked', async () => {
    const noBudgets = changed('if (!spill ||', 'if (true ||');
    const noApprovals = changed('const isFree =', 'const isFree = true ||');

    expect(await replayAll(noBudgets)).toMatchObject({
      ...{ 'budget-asked.1': 'refused', 'approved.1': 'replays', 'queued.1': 'replays' },
    });
    expect(await replayAll(noApprovals)).toMatchObject({
      ...{ 'approved.1': 'refused', 'asked.1': 'refused', 'interrupted.1': 'refused' },
      ...{ 'budget-asked.1': 'replays', 'queued.1': 'replays' },
    });
  });

  test('that loses the second message of a queue is refused by the history that had one', async () => {
    const other = changed('return this.waiting.shift();', 'return this.waiting.splice(0)[0];');

    expect(await replayAll(other)).toEqual({ ...all('replays'), 'queued.1': 'refused' });
  });
});
