import { comparePrompt } from '../../client/prompt-verdict';

const compared = { digest: 'a', sentDigest: 'a', isProven: true, modelName: 'fast' };

test('equal digests are the last word, whatever is proven besides', () => {
  const identical = { verdict: 'identical', differences: [] };
  expect(comparePrompt(compared)).toEqual(identical);
  expect(comparePrompt({ ...compared, isProven: false })).toEqual(identical);
});

test('where it differs, what is proven says who is to blame', () => {
  const differs = comparePrompt({ ...compared, sentDigest: 'b' });
  expect(differs.verdict).toBe('differs');
  expect(differs.differences.join()).toContain('or because `fast` names another model');
  const doubtful = comparePrompt({ ...compared, sentDigest: 'b', isProven: false });
  expect(doubtful.differences.join()).toContain('The messages are not those of the call');
});

test('without a digest there is no verdict, but a doubt is told', () => {
  const unrecorded = { ...compared, sentDigest: undefined };
  expect(comparePrompt(unrecorded)).toEqual({ verdict: 'unrecorded', differences: [] });
  expect(comparePrompt({ ...unrecorded, isProven: false }).differences).toHaveLength(1);
});
