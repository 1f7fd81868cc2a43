import type { ApprovalPolicy } from '../../agent/approval';
import { approvalProblem, needsApproval } from '../../agent/approval';
import type { ToolAnnotations, ToolDefinition } from '../../agent/tool';

function tool(approval?: ApprovalPolicy, annotations?: ToolAnnotations): ToolDefinition {
  return {
    name: 'pay',
    description: 'Pays.',
    inputSchema: { type: 'object' },
    ...(approval && { approval }),
    ...(annotations && { annotations }),
  };
}

test('what a tool says itself goes before what its agent says, and silence means no', () => {
  expect(needsApproval(tool(), {})).toBe(false);
  expect(needsApproval(tool(), {}, 'always')).toBe(true);
  expect(needsApproval(tool('never'), {}, 'always')).toBe(false);
  expect(needsApproval(tool('always'), {}, 'never')).toBe(true);
});

test.each<[ToolAnnotations | undefined, boolean]>([
  [undefined, true],
  [{}, true],
  [{ readOnlyHint: true }, false],
  [{ destructiveHint: false }, false],
  [{ destructiveHint: true }, true],
  [{ readOnlyHint: false, idempotentHint: true }, true],
  [{ keyed: true }, true],
])('by annotations: of %j it is %j', (annotations, needed) => {
  expect(needsApproval(tool('by_annotations', annotations), {})).toBe(needed);
});

test('a rule is asked about the exact arguments, and is in doubt for asking', () => {
  const large = tool({ when: { properties: { amount: { minimum: 100 } } } });

  expect([5, 99.9, 100, 1e9].map((amount) => needsApproval(large, { amount }))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect([{}, { amount: '5' }, { amount: null }].map((it) => needsApproval(large, it))).toEqual([
    true,
    true,
    true,
  ]);
});

test.each<[unknown, string | undefined]>([
  ['always', undefined],
  ['never', undefined],
  ['by_annotations', undefined],
  [{ when: { required: ['to'] } }, undefined],
  ['sometimes', 'must be `always`, `never`, `by_annotations` or `{ when: JSON Schema }`.'],
  [null, 'must be `always`'],
  [{ when: { type: 'object' }, unless: {} }, 'must be `always`'],
  [{ when: {} }, '`when` says nothing'],
  [{ when: { if: {} } }, '`when` uses `if`. Known:'],
])('the problem of %j', (policy, problem) => {
  const found = approvalProblem(policy);
  expect(found?.slice(0, problem?.length)).toBe(problem);
});
