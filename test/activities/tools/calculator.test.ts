import { calculator } from '../../../activities/tools';
import { contentToText } from '../../../agent/messages';
import { mayRunAgain } from '../../../agent/tool';

async function calculate(expression: string): Promise<{ text: string; isError: boolean }> {
  const { content, isError = false } = await calculator.execute(
    { expression },
    { callId: 't1s1c0', idempotencyKey: 'key', attempt: 1 },
  );
  return { text: contentToText(content), isError };
}

test.each([
  ['2+3', '5'],
  ['17 * 23', '391'],
  ['(1 + 2) * (3 + 4)', '21'],
  ['10 / 4', '2.5'],
  ['17 % 5', '2'],
  ['2 ^ 10', '1024'],
  ['2 ** 10', '1024'],
  ['2 ^ 3 ^ 2', '512'],
  ['-2 ^ 2', '-4'],
  ['6 × 7 ÷ 2 − 1', '20'],
  ['5!', '120'],
  ['sqrt(16) + abs(-3)', '7'],
  ['min(4, 2, 8) + max(1, 9)', '11'],
  ['round(2.5) + floor(2.9) + ceil(2.1)', '8'],
  ['roundTo(2 / 3, 2)', '0.67'],
  ['ln(E) + log10(1000)', '4'],
  ['sin(0) + cos(0)', '1'],
  ['PI', '3.14159265358979'],
  ['2 * pi / PI + e - E', '2'],
  ['1.5e3 + 1', '1501'],
])('%s is %s', async (expression, expected) => {
  expect(await calculate(expression)).toEqual({ text: expected, isError: false });
});

test('integers are exact', async () => {
  expect((await calculate('12345678*87654321')).text).toBe('1082152022374638');
  expect((await calculate('9007199254740992 - 1')).text).toBe('9007199254740991');
});

test('the noise beyond fifteen digits is rounded away', async () => {
  expect((await calculate('0.1 + 0.2')).text).toBe('0.3');
  expect((await calculate('1 / 3')).text).toBe('0.333333333333333');
});

test('an integer too large to be exact says that it is not', async () => {
  expect((await calculate('99999999 * 99999999999')).text).toBe('about 9999999899900000000');
  expect((await calculate('25!')).text).toBe('about 1.5511210043331e+25');
});

test.each([
  ['1 / 0', 'Division by zero.'],
  ['5 % 0', 'Division by zero.'],
  ['1 / (1 / 0)', 'Division by zero.'],
  ['sqrt(-1)', '`sqrt(-1)` has no real value.'],
  ['9^9^9^9', '9 ^ 387420489 is not a finite number. The limit is about 1.8e308.'],
  ['1 / 9^9^9^9', '9 ^ 387420489 is not a finite number. The limit is about 1.8e308.'],
  ['171!', '`171!` is not a finite number. The limit is about 1.8e308.'],
  ['1e999', '`1e999` is not a finite number. The limit is about 1.8e308.'],
  ['max', '`max` is not a number.'],
  ['2 3', 'Cannot read `2 3`: parse error [1:4]: Expected EOF.'],
  ['1 +', 'Cannot read `1 +`: unexpected TEOF: EOF.'],
  ['(1', 'Cannot read `(1`: parse error [1:3]: Expected ).'],
  ['2(3)', 'Cannot read `2(3)`: Is not an allowed function.'],
])('%s is refused: %s', async (expression, expected) => {
  expect(await calculate(expression)).toEqual({ text: expected, isError: true });
});

test('an unknown name is refused, and the known ones are listed', async () => {
  const { text, isError } = await calculate('2 * speed');

  expect(isError).toBe(true);
  expect(text).toMatch(/^Unknown name `speed`\. Known names: sqrt, .*, PI, pi, E, e\.$/);
});

test.each([
  ...['toString', 'constructor', '__proto__', 'valueOf(1)', 'hasOwnProperty(1)', 'random()'],
  ...['not 1', '1 and 1', '1 in 2', 'true', 'if(1, 2, 3)', 'map(sqrt, 1)', 'length 5', 'x.y'],
])('the name in `%s` is not known', async (expression) => {
  const { text, isError } = await calculate(expression);

  expect(isError).toBe(true);
  expect(text).toMatch(/^Unknown name `\w+`\./);
});

test.each([
  ...['x = 3', '1; 2', '[1, 2]', '"a" || "b"', "'a'", '1 == 1', '1 < 2', '1 ? 2 : 3'],
  ...['f(x) = 2', '`1`', '{}', '$a', '2 € + 3 €'],
])('`%s` is not arithmetic', async (expression) => {
  const { text, isError } = await calculate(expression);

  expect(isError).toBe(true);
  expect(text).toMatch(/is not arithmetic\.|^Unknown name/);
});

test('an expression is 1 to 500 characters', async () => {
  expect(await calculate('1'.repeat(16) + '+1'.repeat(242))).toMatchObject({ isError: false });
  expect(await calculate('1' + '+1'.repeat(250))).toMatchObject({
    isError: true,
    text: expect.stringContaining('- `expression`: Too big'),
  });
  expect(await calculate('')).toMatchObject({
    isError: true,
    text: expect.stringContaining('- `expression`: Too small'),
  });
});

test('what is nested or repeated as deep as the limit allows is done in no time', async () => {
  const startedAt = performance.now();

  expect((await calculate('('.repeat(249) + '1' + ')'.repeat(249))).text).toBe('1');
  expect((await calculate('-'.repeat(498) + '1')).text).toBe('1');
  expect((await calculate('9^'.repeat(200) + '9')).isError).toBe(true);
  expect((await calculate('9' + '!'.repeat(400))).isError).toBe(true);

  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('the calculator may run again', () => {
  expect(mayRunAgain(calculator)).toBe(true);
});
