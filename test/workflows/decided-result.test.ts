import type { ToolAnnotations } from '../../agent/tool';
import type { AskedItem } from '../../workflows/approvals';
import type { Decision } from '../../workflows/contract';
import { effectOf, questionOf, toDecidedResult } from '../../workflows/decided-result';

const pay: AskedItem = {
  callId: 'a',
  kind: 'approval',
  tool: 'pay',
  arguments: {},
  effect: 'changes things',
};
const question: AskedItem = { ...pay, kind: 'question', tool: 'ask_user' };

function read(item: AskedItem, decision: Omit<Decision, 'callId'>): unknown {
  const result = toDecidedResult(item, { callId: 'a', ...decision });
  const [block] = result?.content ?? [];
  return block?.type === 'text' && [block.text, result?.isError ?? false];
}

test.each<[string, AskedItem, Omit<Decision, 'callId'>, string]>([
  [
    'a no',
    pay,
    { approved: false, by: 'user' },
    'The user did not allow this call of `pay`. It was not executed.',
  ],
  [
    'a no with a reason',
    pay,
    { approved: false, by: 'user', reason: ' Too much. ' },
    'The user did not allow this call of `pay`. It was not executed. Their reason: Too much.',
  ],
  [
    'nobody',
    pay,
    { approved: false, by: 'expiry' },
    'Nobody allowed this call of `pay` in time. It was not executed.',
  ],
  [
    'an interruption',
    pay,
    { approved: false, by: 'interrupt' },
    'Not executed: the user interrupted.',
  ],
  ['no answer', question, { approved: false, by: 'user' }, 'The user did not want to answer.'],
  [
    'no answer, with a reason',
    question,
    { approved: false, by: 'user', reason: 'Ask Ada.' },
    'The user did not answer. Their reason: Ask Ada.',
  ],
  ['nobody’s answer', question, { approved: false, by: 'expiry' }, 'Nobody answered in time.'],
  [
    'an interrupted question',
    question,
    { approved: false, by: 'interrupt' },
    'Not answered: the user interrupted.',
  ],
])('%s is an error that the model reads', (_, item, decision, words) => {
  expect(read(item, decision)).toEqual([words, true]);
});

test('an answer is the result as it was given', () => {
  expect(read(question, { approved: true, by: 'user', answer: ' Red. ' })).toEqual([
    ' Red. ',
    false,
  ]);
});

test.each<[ToolAnnotations, string]>([
  [{}, 'changes things, is tried once'],
  [{ readOnlyHint: true }, 'reads only'],
  [{ destructiveHint: false }, 'adds, is tried once'],
  [{ keyed: true }, 'changes things, may be tried again'],
  [{ idempotentHint: true, destructiveHint: false }, 'adds, may be tried again'],
])('what a person should know of a tool with %j', (annotations, words) => {
  const tool = { name: 'pay', description: '', inputSchema: {}, annotations };
  expect(effectOf(tool)).toBe(words);
});

test('a question is found by its name, and shown as it came where it has none', () => {
  expect(questionOf({ question: 'Which?', options: ['a'] })).toBe('Which?');
  expect(questionOf({ ask: 1 })).toBe('{"ask":1}');
});
