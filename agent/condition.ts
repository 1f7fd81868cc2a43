/**
 * Conditions on a tool call's arguments, written as JSON Schema: the keywords that say something about one value. A
 * validator of the whole language would cost every conversation its memory; a keyword that is not known here is refused
 * when the agent is pinned, for a rule that is silently not followed protects nobody.
 */
import type { JsonObject, JsonSchema, JsonValue } from './json';

/**
 * Whether `value` is, or may be, as `condition` says. What a keyword does not speak of, such as an absent field, may be,
 * under a `not` too.
 */
export function matches(condition: JsonSchema, value: JsonValue): boolean {
  return verdictOn(condition, value) !== false;
}

/** Undefined where nothing is said of the value. */
type Verdict = boolean | undefined;

function verdictOn(condition: JsonSchema, value: JsonValue): Verdict {
  return all(
    Object.entries(condition).map(([keyword, operand]) =>
      keywords[keyword]!(operand as never, value),
    ),
  );
}

function all(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  return verdicts.includes(undefined) ? undefined : true;
}

function any(verdicts: readonly Verdict[]): Verdict {
  return opposite(all(verdicts.map(opposite)));
}

function opposite(verdict: Verdict): Verdict {
  return verdict === undefined ? undefined : !verdict;
}

/** What of a condition cannot be followed. */
export function conditionProblem(condition: unknown): string | undefined {
  if (!isObject(condition)) return 'must be a JSON Schema.';
  if (Object.keys(condition).length === 0) return 'says nothing: it would match everything.';
  for (const [keyword, operand] of Object.entries(condition)) {
    const wrong = keywordProblem(keyword, operand);
    if (wrong) return wrong;
  }
  return undefined;
}

type Keyword = (operand: never, value: JsonValue) => Verdict;

const keywords: Readonly<Record<string, Keyword>> = {
  type: (type: string, value) => isOfType(type, value),
  const: (wanted: JsonValue, value) => sameJson(wanted, value),
  enum: (wanted: readonly JsonValue[], value) => wanted.some((one) => sameJson(one, value)),
  minimum: ofNumbers((limit, value) => value >= limit),
  maximum: ofNumbers((limit, value) => value <= limit),
  exclusiveMinimum: ofNumbers((limit, value) => value > limit),
  exclusiveMaximum: ofNumbers((limit, value) => value < limit),
  minLength: ofTexts((limit: number, value) => charactersIn(value) >= limit),
  maxLength: ofTexts((limit: number, value) => charactersIn(value) <= limit),
  pattern: ofTexts((pattern: string, value) => new RegExp(pattern, 'u').test(value)),
  minItems: ofLists((limit: number, value) => value.length >= limit),
  maxItems: ofLists((limit: number, value) => value.length <= limit),
  contains: ofLists((item: JsonSchema, value) => any(value.map((one) => verdictOn(item, one)))),
  required: (names: readonly string[], value) =>
    isObject(value) ? names.every((name) => Object.hasOwn(value, name)) : undefined,
  properties: (fields: Readonly<Record<string, JsonSchema>>, value) =>
    isObject(value)
      ? all(
          Object.entries(fields).map(([name, field]) =>
            Object.hasOwn(value, name) ? verdictOn(field, value[name]!) : undefined,
          ),
        )
      : undefined,
  anyOf: (conditions: readonly JsonSchema[], value) =>
    any(conditions.map((condition) => verdictOn(condition, value))),
  allOf: (conditions: readonly JsonSchema[], value) =>
    all(conditions.map((condition) => verdictOn(condition, value))),
  not: (condition: JsonSchema, value) => opposite(verdictOn(condition, value)),
};

function ofNumbers(judge: (operand: number, value: number) => boolean): Keyword {
  return (operand: number, value) =>
    typeof value === 'number' ? judge(operand, value) : undefined;
}

function ofTexts<Operand>(judge: (operand: Operand, value: string) => boolean): Keyword {
  return (operand: Operand, value) =>
    typeof value === 'string' ? judge(operand, value) : undefined;
}

function ofLists<Operand>(
  judge: (operand: Operand, value: readonly JsonValue[]) => Verdict,
): Keyword {
  return (operand: Operand, value) => (Array.isArray(value) ? judge(operand, value) : undefined);
}

function keywordProblem(keyword: string, operand: unknown): string | undefined {
  if (!Object.hasOwn(keywords, keyword)) {
    return `uses \`${keyword}\`. Known: ${Object.keys(keywords).join(', ')}.`;
  }
  switch (keyword) {
    case 'const':
      return undefined;
    case 'type':
      return types.includes(operand as string)
        ? undefined
        : `\`type\` is one of ${types.join(', ')}.`;
    case 'pattern':
      return patternProblem(operand);
    case 'properties':
      return isObject(operand)
        ? firstProblem(Object.values(operand))
        : '`properties` must be an object.';
    case 'not':
    case 'contains':
      return conditionProblem(operand);
    case 'anyOf':
    case 'allOf':
      return isList(operand)
        ? firstProblem(operand)
        : `\`${keyword}\` must be a list of conditions.`;
    case 'required':
      return isList(operand) && operand.every((name) => typeof name === 'string')
        ? undefined
        : '`required` must be a list of names.';
    case 'enum':
      return isList(operand) ? undefined : '`enum` must be a list.';
    default:
      return typeof operand === 'number' && Number.isFinite(operand)
        ? undefined
        : `\`${keyword}\` must be a number.`;
  }
}

function isList(operand: unknown): operand is readonly unknown[] {
  return Array.isArray(operand) && operand.length > 0;
}

function firstProblem(conditions: readonly unknown[]): string | undefined {
  return conditions.map(conditionProblem).find((problem) => problem !== undefined);
}

function patternProblem(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return '`pattern` must be a regular expression.';
  try {
    RegExp(pattern, 'u');
    return undefined;
  } catch {
    return `\`pattern\` is no regular expression: ${pattern.slice(0, 60)}`;
  }
}

const types: readonly string[] = [
  'string',
  'number',
  'integer',
  'boolean',
  'null',
  'array',
  'object',
];

function isOfType(type: string, value: JsonValue): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === type;
}

/** Code points, as JSON Schema counts them. */
function charactersIn(value: string): number {
  return Array.from(value).length;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sameJson(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item: JsonValue, index) => sameJson(item, right[index] as JsonValue))
    );
  }
  if (!isObject(left) || !isObject(right)) return left === right;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameJson(left[name], right[name]))
  );
}
