import { z } from 'zod';
import { schemaFault, withOutputCheck, withVerdict } from '../../../activities/models/output-check';
import { ScriptedModel, textResponse } from '../../../activities/models/scripted-model';
import { defineAgent } from '../../../agent/define-agent';
import { ModelError } from '../../../agent/errors';
import type { JsonSchema } from '../../../agent/json';
import { userMessage } from '../../../agent/messages';

const clerk = { name: 'clerk', model: 'scripted', instructions: '' };
const trip = z.object({
  city: z.string().min(2),
  days: z.number().int().max(30),
  by: z.enum(['train', 'ship']),
  kind: z.literal('trip'),
  stops: z.array(z.strictObject({ name: z.string() })),
});
const agent = defineAgent({ ...clerk, output: trip });
const good = { city: 'Rome', days: 3, by: 'train', kind: 'trip', stops: [{ name: 'Pisa' }] };

function problemOf(value: unknown): string | null | undefined {
  const content = typeof value === 'string' ? value : JSON.stringify(value);
  return withVerdict(agent, textResponse(content)).outputProblem;
}

test('an answer as it should be has no problem', () => {
  expect(problemOf(good)).toBeNull();
  expect(problemOf(`\`\`\`json\n${JSON.stringify(good)}\n\`\`\``)).toBeNull();
});

test.each<[string, unknown, string]>([
  ['words', 'A trip to Rome.', 'It is not JSON.'],
  ['no object', '[]', '`/` must be object.'],
  ['a missing field', { ...good, city: undefined }, "`/` must have required property 'city'."],
  ['a wrong type', { ...good, days: '3' }, '`/days` must be integer.'],
  ['too much', { ...good, days: 31 }, '`/days` must be <= 30.'],
  [
    'none of the words',
    { ...good, by: 'air' },
    '`/by` must be equal to one of the allowed values: ["train","ship"].',
  ],
  ['not the word', { ...good, kind: 'tour' }, '`/kind` must be equal to constant: "trip".'],
  [
    'a field too many',
    { ...good, stops: [{ name: 'Pisa', stars: 3 }] },
    '`/stops/0` must NOT have additional properties: "stars".',
  ],
  [
    'two things',
    { ...good, city: 'R', days: 0.5 },
    '`/city` must NOT have fewer than 2 characters; `/days` must be integer.',
  ],
  [
    'seven things: five are told',
    { ...good, stops: [1, 2, 3, 4, 5, 6, 7] },
    '`/stops/0` must be object; `/stops/1` must be object; `/stops/2` must be object; `/stops/3` must be object; `/stops/4` must be object; and 2 more.',
  ],
])('%s: the path and the rule are told', (_what, value, problem) => {
  expect(problemOf(value)).toBe(problem);
});

test('a path of megabytes is told in part', () => {
  const problem = problemOf({ ...good, stops: [{ name: 'Pisa', ['x'.repeat(1_000_000)]: 3 }] });

  expect(problem).toMatch(/^`\/stops\/0` must NOT have additional properties: "x+…$/);
  expect(Buffer.byteLength(problem!)).toBeLessThanOrEqual(4_096);
});

test('a value that could not be stored is a problem, however well it fits', () => {
  const output: JsonSchema = { type: 'object' };
  const content = `${'{"a":'.repeat(80)}1${'}'.repeat(80)}`;

  expect(withVerdict({ name: 'clerk', output }, textResponse(content)).outputProblem).toBe(
    'It is nested more than 64 levels deep.',
  );
});

test('a format is no rule: what zod says beside it is', () => {
  const mail = defineAgent({ ...clerk, output: z.object({ to: z.email() }) });

  expect(withVerdict(mail, textResponse('{"to":"ada@example.org"}')).outputProblem).toBeNull();
  expect(withVerdict(mail, textResponse('{"to":"ada"}')).outputProblem).toMatch(
    /^`\/to` must match pattern /,
  );
});

test('an agent without an output is not looked at', () => {
  const response = textResponse('Hello.');
  expect(withVerdict(clerk, response)).toBe(response);
});

test('a schema that is none is said to be so, once for all', () => {
  const output: JsonSchema = { type: 'object', properties: { city: { type: 'town' } } };

  expect(schemaFault(agent.output!)).toBeUndefined();
  expect(schemaFault(output)).toContain('schema is invalid: data/properties/city/type');
  expect(() => withVerdict({ name: 'clerk', output }, textResponse('{}'))).toThrow(ModelError);
  expect(schemaFault({ type: 'object', $ref: '#/$defs/lost' })).toContain('#/$defs/lost');
});

test('the dialect that a schema names is passed over', () => {
  const $schema = 'http://json-schema.org/draft-07/schema#';
  expect(schemaFault({ $schema, type: 'object' })).toBeUndefined();
});

test('a checked model is the model, with a verdict', async () => {
  const model = new ScriptedModel([textResponse(JSON.stringify(good))]);
  const checked = withOutputCheck(model);

  const response = await checked.getResponse(agent, [userMessage('Where to?')]);

  expect(response.outputProblem).toBeNull();
  expect(checked.toRequest?.(agent, [])).toEqual(model.toRequest(agent, []));
  expect(checked.identity).toEqual(model.identity);
});
