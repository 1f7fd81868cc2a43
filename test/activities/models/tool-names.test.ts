import fc from 'fast-check';
import { toolNamesFor } from '../../../activities/models/tool-names';

const legal = /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/;

function spelled(...names: readonly string[]): readonly string[] {
  const { toProvider } = toolNamesFor(names);
  return names.map(toProvider);
}

test('a name that providers take stays as it is', () => {
  expect(spelled('get_weather', '_x', 'a-b', 'A1')).toEqual(['get_weather', '_x', 'a-b', 'A1']);
});

test('an MCP server’s name is spelled with underscores', () => {
  expect(spelled('github.com/search', '7zip', '-x', 'größe')).toEqual([
    'github_com_search',
    '_7zip',
    '_-x',
    'gr__e',
  ]);
});

test('names that would become one get a hash each, whatever their order', () => {
  const [one, two, three] = spelled('a.b', 'a/b', 'a_b');
  expect(one).toMatch(/^a_b_[0-9a-f]{8}$/);
  expect(two).toMatch(/^a_b_[0-9a-f]{8}$/);
  expect(three).toBe('a_b');
  expect(new Set([one, two, three]).size).toBe(3);
  expect(spelled('a_b', 'a/b', 'a.b')).toEqual([three, two, one]);
});

test('a long name is cut and ends in a hash', () => {
  const long = 'x'.repeat(65);
  const [cut, other] = spelled(long, `${long}y`);
  expect(cut).toMatch(/^x{55}_[0-9a-f]{8}$/);
  expect(other).not.toBe(cut);
});

test('the way back', () => {
  const names = toolNamesFor(['github.com/search', 'plain']);
  expect(names.fromProvider('github_com_search')).toBe('github.com/search');
  expect(names.fromProvider('plain')).toBe('plain');
  expect(names.fromProvider('made_up')).toBe('made_up');
});

test('a tool that is gone is still spelled legally, and not as one that is there', () => {
  const { toProvider } = toolNamesFor(['a.b']);
  expect(toProvider('c.d')).toBe('c_d');
  expect(toProvider('a/b')).toMatch(/^a_b_[0-9a-f]{8}$/);
});

test('any names: legal, distinct, and back again', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 80 })), (tools) => {
      const names = toolNamesFor(tools);
      const told = tools.map((name) => names.toProvider(name));
      expect(told.every((name) => legal.test(name))).toBe(true);
      expect(new Set(told).size).toBe(tools.length);
      expect(told.map((name) => names.fromProvider(name))).toEqual(tools);
    }),
  );
});
