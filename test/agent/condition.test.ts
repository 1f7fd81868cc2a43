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

test('a condition and ajv give the same verdict, however they are nested', () => {
  const ajv = new Ajv({ strict: false, ownProperties: true });
  const verdicts = { true: 0, false: 0 };
  fc.assert(
    fc.property(conditions, values, (condition, value) => {
      expect(conditionProblem(condition)).toBeUndefined();
      const verdict = matches(condition, value);
      expect(verdict).toBe(ajv.validate(condition, value));
      verdicts[`${verdict}`] += 1;
    }),
    { numRuns: 1_000, seed: 20_261_121 },
  );
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(200);
});

test.each<[string, JsonObject, JsonValue, boolean]>([
  ['an absent field passes', { properties: { amount: { minimum: 100 } } }, {}, true],
  ['also under a `not`', { properties: { to: { not: { const: 'me' } } } }, {}, true],
  ['what is no number has no minimum', { minimum: 100 }, '5', true],
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
