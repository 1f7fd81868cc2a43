import { planOf } from '../../bench/plan';
import { toMarkdown, toText } from '../../bench/report';
import type { Results, Section } from '../../bench/results';
import { verdictsOf } from '../../bench/verdicts';

const wall: Section = {
  title: 'Wall time per step, ms',
  method: 'From the start to the answer.',
  rows: [
    {
      name: '50 steps',
      digits: 1,
      cells: {
        holdfast: { values: [19.5, 18.4, 21.25] },
        bare: { values: [17] },
        'ai-sdk': { values: [38, 36] },
        'openai-agents': { text: 'died at step 7 (out of luck)' },
      },
    },
  ],
};
const history: Section = {
  title: 'History, bytes per step',
  method: 'As the server counts it.',
  rows: [
    {
      name: '1,000 steps',
      digits: 0,
      cells: { holdfast: { values: [4_321.4] }, bare: { values: [4_000], note: 'at best' } },
    },
  ],
};
const results: Results = {
  circumstances: {
    date: '2026-11-21',
    machine: '2 × Some processor, 24 GB, linux',
    node: '20.20.2',
    server: '1.32.0',
    load: [0.25, 1.75],
    versions: { holdfast: 'abc1234', ai: '7.0.173' },
    isQuick: true,
    problems: ['strands-agents could not be installed: no network'],
  },
  sections: [wall, history],
  verdicts: verdictsOf([wall, history], [1_000]),
};

test('a run as a terminal shows it: medians and ranges, words where there is no figure', () => {
  expect(toText(results).split('\n')).toEqual([
    '2026-11-21, quick: few rounds',
    '2 × Some processor, 24 GB, linux, Node 20.20.2, Temporal server 1.32.0',
    'load of the machine 0.3 before, 1.8 after',
    'holdfast abc1234, ai 7.0.173',
    'strands-agents could not be installed: no network',
    '',
    'Wall time per step, ms',
    '                  Holdfast  bare loop            ai-sdk                 openai-agents',
    '────────  ────────────────  ─────────  ────────────────  ────────────────────────────',
    '50 steps  19.5 (18.4–21.3)       17.0  37.0 (36.0–38.0)  died at step 7 (out of luck)',
    '',
    'History, bytes per step',
    '             Holdfast       bare loop  ai-sdk  openai-agents',
    '───────────  ────────  ──────────────  ──────  ─────────────',
    '1,000 steps     4,321  4,000, at best       –              –',
    '',
    'target                                           measured  bare loop',
    '───────────────────────────────────────────────  ────────  ─────────  ───',
    'history ≤ 1.15 × the bare loop, at every length      1.08             met',
    'wall per step ≤ 1.2 × the bare loop (50 steps)       1.15             met',
    'wall per step ≤ 0.6 × the best peer (50 steps)       0.53       0.46  met',
  ]);
});

test('the same as RESULTS.md', () => {
  expect(toMarkdown(results)).toBe(`# Holdfast beside the published peers

Written by \`npm run bench\`. Medians, with the range of the rounds in brackets; a figure without a range was measured once.

- 2026-11-21, quick: few rounds
- 2 × Some processor, 24 GB, linux, Node 20.20.2, Temporal server 1.32.0
- load of the machine 0.3 before, 1.8 after
- holdfast abc1234, ai 7.0.173
- strands-agents could not be installed: no network

## Wall time per step, ms

From the start to the answer.

|          | Holdfast         | bare loop | ai-sdk           | openai-agents                |
| -------- | ---------------- | --------- | ---------------- | ---------------------------- |
| 50 steps | 19.5 (18.4–21.3) | 17.0      | 37.0 (36.0–38.0) | died at step 7 (out of luck) |

## History, bytes per step

As the server counts it.

|             | Holdfast | bare loop      | ai-sdk | openai-agents |
| ----------- | -------- | -------------- | ------ | ------------- |
| 1,000 steps | 4,321    | 4,000, at best | –      | –             |

## Targets

| target                                          | measured | bare loop |     |
| ----------------------------------------------- | -------- | --------- | --- |
| history ≤ 1.15 × the bare loop, at every length | 1.08     |           | met |
| wall per step ≤ 1.2 × the bare loop (50 steps)  | 1.15     |           | met |
| wall per step ≤ 0.6 × the best peer (50 steps)  | 0.53     | 0.46      | met |
`);
});

test('a target that is missed says so, and one without figures is not judged', () => {
  const slow: Section = {
    ...wall,
    rows: [
      {
        name: '50 steps',
        digits: 1,
        cells: { holdfast: { values: [30] }, bare: { values: [20] }, 'ai-sdk': { text: '–' } },
      },
    ],
  };

  expect(verdictsOf([slow], [50])).toEqual([
    {
      text: 'wall per step ≤ 1.2 × the bare loop (50 steps)',
      measured: '1.50',
      isMet: false,
    },
  ]);
});

describe('what is to be measured', () => {
  test('all of it is written down; a quick run or a part is not', () => {
    const all = { quick: false, only: '', steps: '' };

    expect(planOf(all)).toMatchObject({ isWhole: true });
    expect([...planOf(all).turns.keys()]).toEqual([10, 50, 100, 500, 1_000]);
    expect(planOf({ ...all, quick: true }).isWhole).toBe(false);
    expect(planOf({ ...all, steps: '20' }).isWhole).toBe(false);
    expect(planOf({ ...all, only: 'bundle' }).isWhole).toBe(false);
  });

  test('contenders and measurements by name, lengths by number', () => {
    const { names, measures, turns } = planOf({
      quick: false,
      only: 'bare,turns,holdfast',
      steps: '20,40',
    });

    expect(names).toEqual(['holdfast', 'bare']);
    expect(measures).toEqual(['turns']);
    expect([...turns.keys()]).toEqual([20, 40]);
  });

  test('a name that nobody has, a length that is none', () => {
    expect(() => planOf({ quick: false, only: 'turtles', steps: '' })).toThrow(
      '`--only turtles` is neither a contender (holdfast, bare, ai-sdk, openai-agents, strands-agents) nor a measurement (turns, replay, memory, bundle, cold-start, first-piece).',
    );
    expect(() => planOf({ quick: false, only: '', steps: '1' })).toThrow(
      '`--steps 1` is no whole number from 2 on.',
    );
  });
});
