/** What `DemoModel` recognises in a message as a request to a tool. Pure pattern matching; nothing is computed. */
import type { JsonObject } from '../../agent/json';

export interface DemoToolCall {
  readonly name: string;
  readonly arguments: JsonObject;
  readonly malformedArguments?: string;
  /** Completes the sentence “I have no such tool, so I cannot …”. */
  readonly purpose: string;
  /** The user named the tool: it is called even if the agent does not have it. */
  readonly named: boolean;
}

/** In order: a message with `call` lines is nothing else; the others add up. */
export function toolCallsIn(text: string): readonly DemoToolCall[] {
  const named = namedCalls(text);
  if (named.length > 0) return named;
  return [
    ...calculations(text),
    ...timeQuestions(text),
    ...waits(text),
    ...transfers(text),
    ...questions(text),
  ];
}

/** `call dice {"sides": 6}`, one call a line. */
function namedCalls(text: string): readonly DemoToolCall[] {
  const lines = text.split(/\n|\s+and\s+(?=call\s)/i);
  return lines.flatMap((line) => {
    const match = /^\s*call\s+([\w.\-/]+)\s*(\{.*)?$/i.exec(line);
    const [, name, json = '{}'] = match ?? [];
    if (name === undefined) return [];
    return [{ name, ...parseArguments(json.trim()), purpose: 'call it', named: true }];
  });
}

/** As with a real model, arguments that are no JSON object travel on as they were written. */
function parseArguments(json: string): Pick<DemoToolCall, 'arguments' | 'malformedArguments'> {
  try {
    // What begins with a brace and parses is an object.
    return { arguments: JSON.parse(json) as JsonObject };
  } catch {
    return { arguments: {}, malformedArguments: json };
  }
}

function calculations(text: string): readonly DemoToolCall[] {
  return expressionsIn(text).map((expression) => ({
    name: 'calculator',
    arguments: { expression },
    purpose: `work out ${expression}`,
    named: false,
  }));
}

const timeQuestion =
  /\b(?:what|tell|current|know)\b.*\btime\b|\btime is it\b|\bwhat(?:[’']s| is)? (?:the |today[’']s )?(?:date|day)\b/i;

function timeQuestions(text: string): readonly DemoToolCall[] {
  if (!timeQuestion.test(text)) return [];
  const timeZone = timeZoneIn(text);
  return [
    {
      name: 'clock',
      arguments: timeZone === undefined ? {} : { timeZone },
      purpose: 'tell the time',
      named: false,
    },
  ];
}

/** `in Europe/Berlin`, or a city that a time zone is named after: `in Tokyo`. */
function timeZoneIn(text: string): string | undefined {
  const place = /\bin\s+([A-Za-z_]+(?:\/[A-Za-z_]+)*(?: [A-Z][a-z]+)?)/.exec(text)?.[1];
  if (place === undefined || place.includes('/')) return place;
  const suffix = `/${place.replaceAll(' ', '_').toLowerCase()}`;
  return Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase().endsWith(suffix));
}

/** `wait 5 seconds`, `wait for 2 s`, or just `slow`. */
function waits(text: string): readonly DemoToolCall[] {
  const pattern = /\b(?:wait|sleep)(?:\s+for)?\s+(\d+)\s*(?:s|sec|seconds?)\b|\bslow\b/gi;
  return [...text.matchAll(pattern)].map(([, seconds = '5']) => ({
    name: 'slow',
    arguments: { seconds: Number(seconds) },
    purpose: `wait ${seconds} seconds`,
    named: false,
  }));
}

/** `send 100 $ to Ann`, `pay Ann 20 dollars`. */
function transfers(text: string): readonly DemoToolCall[] {
  const amount = String.raw`\$?\s?(?<amount>\d+(?:\.\d+)?)(?:\s?(?:\$|dollars?|usd))?`;
  const patterns = [
    String.raw`\b(?:send|transfer|pay)\s+${amount}\s+to\s+(?<to>\p{L}[\p{L}\w-]*)`,
    String.raw`\b(?:send|pay)\s+(?<to>\p{Lu}[\p{L}\w-]*)\s+${amount}`,
  ];
  return patterns.flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern, 'gu'))].map(({ groups }) => ({
      name: 'transfer',
      arguments: { amount: Number(groups?.['amount']), to: groups?.['to'] ?? '' },
      purpose: `send money to ${groups?.['to']}`,
      named: false,
    })),
  );
}

/** `ask me something`. */
function questions(text: string): readonly DemoToolCall[] {
  if (!/\bask me\b/i.test(text)) return [];
  const question = 'Which of the two do you like better?';
  return [
    {
      name: 'ask_user',
      arguments: { question, options: ['tea', 'coffee'] },
      purpose: 'ask you anything',
      named: false,
    },
  ];
}

const number = String.raw`(-?\d+(?:\.\d+)?)`;
const operation = (words: string) => new RegExp(words.replaceAll('N', number), 'gi');

/** Arithmetic in words, rewritten as an expression. In order. */
const rewrites: readonly { readonly pattern: RegExp; readonly expression: string }[] = [
  { pattern: /(\d),(?=\d{3}\b)(?![^(]*\))/g, expression: '$1' },
  { pattern: operation(String.raw`\badd N (?:and|to|plus) N`), expression: '$1 + $2' },
  { pattern: operation(String.raw`\bthe sum of N and N`), expression: '$1 + $2' },
  { pattern: operation(String.raw`\bsubtract N from N`), expression: '$2 - $1' },
  { pattern: operation(String.raw`\bmultiply N (?:by|and|with) N`), expression: '$1 * $2' },
  { pattern: operation(String.raw`N ?% of N`), expression: '$1 / 100 * $2' },
  { pattern: operation(String.raw`\b(?:the )?square root of N`), expression: 'sqrt($1)' },
  { pattern: operation(String.raw`\bdivide N by N`), expression: '$1 / $2' },
  { pattern: /(?<=[\d)]\s*)plus(?=\s*[\d(.-])/gi, expression: '+' },
  { pattern: /(?<=[\d)]\s*)minus(?=\s*[\d(.-])/gi, expression: '-' },
  { pattern: /(?<=[\d)]\s*)(?:times|multiplied by|x|×)(?=\s*[\d(.-])/gi, expression: '*' },
  { pattern: /(?<=[\d)]\s*)(?:divided by|over|÷)(?=\s*[\d(.-])/gi, expression: '/' },
  { pattern: /(?<=[\d)]\s*)to the power of(?=\s*[\d(.-])/gi, expression: '^' },
];

const functionNames = '(?:sqrt|cbrt|abs|round|floor|ceil|min|max|sin|cos|tan|ln|exp)';
const expressionPattern = new RegExp(
  String.raw`(?:\b${functionNames}\s*\(|[\d.]+|[-+*/^%(),\s])+`,
  'gi',
);
const operatorBetween = /[\d)]\s*[-+*/^%]\s*[-(]*\s*[\d.a-z]/i;

/** One expression at most in each part of the text: “2+3 and 4*5” holds two. */
function expressionsIn(text: string): readonly string[] {
  const rewritten = rewrites.reduce(
    (result, { pattern, expression }) => result.replace(pattern, expression),
    text,
  );
  const parts = rewritten.split(/\band\b|[;\n?]|,(?![^(]*\))/i);
  return parts.flatMap((part) => {
    const candidates = part.match(expressionPattern) ?? [];
    const expression = candidates.map(trimExpression).find(isArithmetic);
    return expression === undefined ? [] : [expression];
  });
}

function trimExpression(candidate: string): string {
  return candidate.replace(/^(?:[\s,.*/^%+]|-\s)+|[\s,.+\-*/^%(]+$/g, '').replace(/\s+/g, ' ');
}

function isArithmetic(candidate: string): boolean {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(candidate);
  return !isDate && (operatorBetween.test(candidate) || /[a-z]\s*\(.*\)/i.test(candidate));
}
