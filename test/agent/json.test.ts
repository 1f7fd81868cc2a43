import { cut, jsonBytes } from '../../agent/json';

test('bytes of JSON are counted in UTF-8, quotes included', () => {
  expect(jsonBytes('abc')).toBe(5);
  expect(jsonBytes('é')).toBe(4);
  expect(jsonBytes('😀')).toBe(6);
  expect(jsonBytes({ a: [1, null] })).toBe('{"a":[1,null]}'.length);
  expect(jsonBytes(undefined)).toBe(0);
});

test('a short text is only put on one line', () => {
  expect(cut('  two\n\twords ', 9)).toBe('two words');
});

test('a long text is cut to the limit, with an ellipsis that counts', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdefg', 6)).toBe('abcde…');
});

test('a cut through the middle of a character leaves no half of it', () => {
  expect(cut('ab😀cdef', 4)).toBe('ab\uFFFD…');
});
