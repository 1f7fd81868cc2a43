import { Parser } from 'expr-eval-fork';
import { z } from 'zod';
import { ToolError, isToolError } from '../../agent/errors';
import { cut } from '../../agent/json';
import { defineTool } from './define-tool';

const maxExpressionLength = 500;
const functionNames = [
  ...['sqrt', 'cbrt', 'abs', 'sign', 'round', 'roundTo', 'floor', 'ceil', 'trunc', 'min', 'max'],
  ...['exp', 'ln', 'log2', 'log10', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan'],
];
const constants = { PI: Math.PI, pi: Math.PI, E: Math.E, e: Math.E };
const knownNames: ReadonlySet<string> = new Set([...functionNames, ...Object.keys(constants)]);

/** Arithmetic on numbers. The expression is parsed by a library and never run as code. */
export const calculator = defineTool({
  name: 'calculator',
  description:
    'Evaluates an arithmetic expression. Operators: + - * / ^ (power) % (remainder) ! (factorial) and parentheses. ' +
    `Functions: ${functionNames.join(', ')} (angles in radians; roundTo(number, decimals)). Constants: PI, E. ` +
    'Integers are exact up to 2^53, other numbers to 15 digits. No variables.',
  input: z.object({
    expression: z
      .string()
      .min(1)
      .max(maxExpressionLength)
      .describe('For example "(17 + 4) * 23" or "sqrt(2) / 2".'),
  }),
  annotations: { title: 'Calculator', readOnlyHint: true, openWorldHint: false },
  execute: ({ expression }) => formatNumber(evaluate(expression)),
});

function evaluate(expression: string): number {
  const normalized = expression
    .replaceAll('**', '^')
    .replaceAll('×', '*')
    .replaceAll('÷', '/')
    .replaceAll('−', '-');
  rejectUnknownParts(normalized);
  try {
    return finite(parser.evaluate(normalized), `\`${cut(expression, 80)}\``);
  } catch (error) {
    if (isToolError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ToolError(`Cannot read \`${cut(expression, 80)}\`: ${reason.replace(/\.$/, '')}.`);
  }
}

/** A list of what may pass, checked before the parser sees anything: it knows strings, arrays and assignments too. */
function rejectUnknownParts(expression: string): void {
  const character = /[^\w\s+\-*/^%!().,]/u.exec(expression)?.[0];
  if (character !== undefined) {
    throw new ToolError(
      `\`${character}\` is not arithmetic. Use numbers, + - * / ^ % ! and parentheses.`,
    );
  }
  for (const [name] of expression.matchAll(/(?<![\w.])[a-z_]\w*/gi)) {
    if (knownNames.has(name)) continue;
    throw new ToolError(`Unknown name \`${name}\`. Known names: ${[...knownNames].join(', ')}.`);
  }
}

/** Checked after every operation, so that an overflow cannot hide in a quotient. */
const binaryOperators = {
  '+': (left: number, right: number) => finite(left + right, `${left} + ${right}`),
  '-': (left: number, right: number) => finite(left - right, `${left} - ${right}`),
  '*': (left: number, right: number) => finite(left * right, `${left} * ${right}`),
  '^': (left: number, right: number) => finite(left ** right, `${left} ^ ${right}`),
  '/': (left: number, right: number) => finite(left / nonZero(right), `${left} / ${right}`),
  '%': (left: number, right: number) => finite(left % nonZero(right), `${left} % ${right}`),
};

const parser = createParser();

function createParser(): Parser {
  const created = new Parser({
    allowMemberAccess: false,
    operators: {
      assignment: false,
      comparison: false,
      concatenate: false,
      conditional: false,
      fndef: false,
      in: false,
      length: false,
      logical: false,
      random: false,
    },
  });
  created.consts = constants;
  // Its type declarations leave `binaryOps` out.
  return Object.assign(created, { binaryOps: binaryOperators });
}

function nonZero(divisor: number): number {
  if (divisor === 0) throw new ToolError('Division by zero.');
  return divisor;
}

function finite(value: unknown, what: string): number {
  if (typeof value !== 'number') throw new ToolError(`${what} is not a number.`);
  if (Number.isNaN(value)) throw new ToolError(`${what} has no real value.`);
  if (!Number.isFinite(value)) {
    throw new ToolError(`${what} is not a finite number. The limit is about 1.8e308.`);
  }
  return value;
}

/** Beyond 15 digits a double holds noise (0.1 + 0.2); beyond 2^53 it is not exact, which is said. */
function formatNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  const rounded = String(Number(value.toPrecision(15)));
  return Number.isInteger(value) ? `about ${rounded}` : rounded;
}
