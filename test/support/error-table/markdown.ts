/** The error table for readers: a line for each condition and each way in which the providers differ at it. */
import type { StrictProvider } from '../strict/strict-answer';
import type { Condition, Outcome } from './condition';
import { providers, setups } from './condition';
import type { Chapter } from './index';
import type { Attempt } from './run-condition';

const intro = `# When a model call fails

What happens at each provider, what Holdfast makes of it, and what the user reads. One attempt is one HTTP request: the
SDKs' own retries are off, and redirects are not followed. *Again* says whether Temporal tries again, and after how long
where the provider says so; without that the agent's own pauses hold, at most five attempts. A call that fails for good
ends its turn with the text; the conversation goes on with the next message. Keys never stand in a text.

Written by \`npm run docs:failures\` from the conditions in \`test/support/error-table\`; the test beside them fails when
this page is out of date.
`;

export type Attempted = (condition: Condition, provider: StrictProvider) => Attempt;

export function toMarkdown(chapters: readonly Chapter[], attempted: Attempted): string {
  const parts = chapters.map(({ title, conditions }) => {
    const rows = conditions.flatMap((condition) => rowsOf(condition, attempted));
    const head =
      '| Condition | At | Failure | Again | What the user reads |\n|---|---|---|---|---|';
    return `## ${title}\n\n${head}\n${rows.join('\n')}\n`;
  });
  return [intro, ...parts].join('\n');
}

function rowsOf(condition: Condition, attempted: Attempted): readonly string[] {
  const known = providers.filter((provider) => condition.play[provider] !== undefined);
  const rows = new Map<string, { cells: readonly string[]; at: string[] }>();
  for (const provider of known) {
    const cells = cellsOf(condition.outcome[provider]!, attempted(condition, provider));
    const key = JSON.stringify(cells).replaceAll(setups[provider].model, '').replace(nameIn, '');
    const row = rows.get(key) ?? { cells, at: [] };
    rows.set(key, row);
    row.at.push(setups[provider].name);
  }
  return [...rows.values()].map(({ cells, at }, index) => {
    const where = at.length === providers.length ? 'all' : at.join(', ');
    return `| ${[index === 0 ? condition.name : '', where, ...cells].join(' | ')} |`;
  });
}

const nameIn = /failed: (openai-chat|openai|anthropic|gemini)\b/;

function cellsOf(outcome: Outcome, { result }: Attempt): readonly string[] {
  if (!('kind' in outcome)) {
    return [`none: finish reason \`${outcome.finishReason}\``, '', 'the answer'];
  }
  const again = outcome.isRetried ? `yes${delayOf(outcome.afterMs)}` : 'no';
  const message = 'failure' in result ? result.failure.message : '';
  const type = 'failure' in result ? `\`${result.failure.type}\`` : '';
  return [type, again, escaped(message)];
}

function delayOf(afterMs: number | readonly [number, number] | undefined): string {
  if (afterMs === undefined) return '';
  if (typeof afterMs === 'object') return ', at that date';
  return afterMs < 1_000 ? `, after ${afterMs} ms` : `, after ${afterMs / 1_000} s`;
}

/** Codes of the platform differ from one version of Node to the next. */
function escaped(text: string): string {
  const short = text.length > 300 ? `${text.slice(0, 140)} … ${text.slice(-120)}` : text;
  return short
    .replace(/(no connection|connection broke) \([A-Z_\d]+\)/, '$1 (code)')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;');
}
