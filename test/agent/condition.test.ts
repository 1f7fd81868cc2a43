import Ajv from 'ajv';
import fc from 'fast-check';
import { conditionProblem, matches } from '../../agent/condition';
import type { JsonObject, JsonValue } from '../../agent/json';

const names = fc.constantFrom('amount', 'to', 'note', 'constructor');
const scalars = fc.constantFrom<JsonValue>(0, -0, 1, 1.5, 100, '', 'a', 'ab', '😀', true, null);
const values: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const limit = fc.constantFrom(0, 1, 2, 100);
const conditions = fc.letrec<{ condition: JsonObject }>((tie) => {
  const some = fc.array(tie('condition'), { minLength: 1, maxLength: 3 });
  const fields: Readonly<Record<string, fc.Arbitrary<JsonValue>>> = {
    type: fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'array', 'object'),
    const: values,
    enum: fc.uniqueArray(values, {
      minLength: 1,
      maxLength: 3,
      selector: (it) => JSON.stringify(it),
    }),
    minimum: limit,
    maximum: limit,
    exclusiveMinimum: limit,
    exclusiveMaximum: limit,
    minLength: limit,
    maxLength: limit,
    pattern: fc.constantFrom('^a', 'b$', '^.$', '\\p{L}'),
    minItems: limit,
    maxItems: limit,
    contains: tie('condition'),
    required: fc.uniqueArray(names, { minLength: 1, maxLength: 2 }),
    properties: fc.dictionary(names, tie('condition'), { maxKeys: 3, noNullPrototype: true }),
    anyOf: some,
    allOf: some,
    not: tie('condition'),
  };
  const leaf = fc.record({ type: fields.type! }) as fc.Arbitrary<JsonObject>;
  const one = Object.entries(fields).map(([keyword, operand]) =>
    operand.map((value): JsonObject => ({ [keyword]: value })),
  );
  const two = fc.tuple(fc.oneof(...one), fc.oneof(...one)).map(([a, b]) => ({ ...a, ...b }));
  return { condition: fc.oneof({ maxDepth: 4 }, leaf, ...one, two) };
}).condition;

/** Whether a condition says no to anything, and so might say no to what is not there. */
const hasNot = (condition: JsonObject) => JSON.stringify(condition).includes('"not":');

test('a condition and ajv give the same verdict, however they are nested; where it asks alone, there is a `not`', () => {
  const ajv = new Ajv({ strict: false, ownProperties: true });
  const verdicts = { true: 0, false: 0, more: 0 };
  fc.assert(
    fc.property(conditions, values, (condition, value) => {
      expect(conditionProblem(condition)).toBeUndefined();
      const verdict = matches(condition, value);
      const byAjv = ajv.validate(condition, value);
      // It may ask where a `not` is around what ajv takes for said.
      expect(verdict).toBe(byAjv || (hasNot(condition) && verdict));
      const counted = verdict === byAjv ? (`${verdict}` as const) : 'more';
      verdicts[counted] += 1;
    }),
    { numRuns: 1_000, seed: 20_261_121 },
  );
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(200);
  expect(verdicts.more).toBeGreaterThan(20);
  expect(verdicts.more).toBeLessThan(200);
});

test.each<[string, JsonObject, JsonValue, boolean]>([
  ['an absent field passes', { properties: { amount: { minimum: 100 } } }, {}, true],
  ['also under a `not`', { properties: { to: { not: { const: 'me' } } } }, {}, true],
  ['and around it', { not: { properties: { to: { const: 'Ann' } } } }, {}, true],
  [
    'who is there is judged',
    { not: { properties: { to: { const: 'Ann' } } } },
    { to: 'Ann' },
    false,
  ],
  [
    'with others absent too',
    { not: { required: ['to'], properties: { a: { minimum: 1 } } } },
    {},
    true,
  ],
  ['one no is enough', { properties: { a: { minimum: 1 }, b: { minimum: 1 } } }, { a: 0 }, false],
  ['any yes is enough', { not: { anyOf: [{ minimum: 1 }, { type: 'string' }] } }, '1', false],
  ['of lists too', { not: { contains: { minimum: 1 } } }, ['5'], true],
  ['but an empty one has nothing', { contains: { minimum: 1 } }, [], false],
  ['what is no number has no minimum', { minimum: 100 }, '5', true],
  ['also under a `not`, for it may become one', { not: { minimum: 100 } }, '500', true],
  ['characters are counted, not code units', { maxLength: 1 }, '😀', true],
  ['inherited names are no fields', { required: ['toString'] }, {}, false],
  ['the order of fields does not matter', { const: { a: 1, b: 2 } }, { b: 2, a: 1 }, true],
])('%s', (_, condition, value, verdict) => {
  expect(matches(condition, value)).toBe(verdict);
});

test.each<[unknown, string]>([
  [true, 'must be a JSON Schema.'],
  [[], 'must be a JSON Schema.'],
  [{}, 'says nothing: it would match everything.'],
  [{ format: 'email' }, 'uses `format`. Known: type, const, enum, minimum'],
  [{ properties: { to: { toString: 1 } } }, 'uses `toString`. Known:'],
  [JSON.parse('{"__proto__": {}}'), 'uses `__proto__`. Known:'],
  [{ type: ['string', 'null'] }, '`type` is one of string, number'],
  [{ pattern: '(' }, '`pattern` is no regular expression: ('],
  [{ pattern: 7 }, '`pattern` must be a regular expression.'],
  [{ properties: [] }, '`properties` must be an object.'],
  [{ anyOf: [] }, '`anyOf` must be a list of conditions.'],
  [{ allOf: [{ minimum: '5' }] }, '`minimum` must be a number.'],
  [{ required: [7] }, '`required` must be a list of names.'],
  [{ enum: 'a' }, '`enum` must be a list.'],
  [{ not: {} }, 'says nothing'],
  [{ maximum: Number.NaN }, '`maximum` must be a number.'],
])('a rule that cannot be followed is refused: %j', (condition, problem) => {
  expect(conditionProblem(condition)).toContain(problem);
});
