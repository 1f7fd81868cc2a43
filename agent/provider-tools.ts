/** Tools that a provider's own servers run within a model call; the loop sees nothing but the answer. */
import { cut } from './json';

export const providerTools = ['web_search', 'code_execution'] as const;
export type ProviderTool = (typeof providerTools)[number];

/** What is wrong with an agent's `providerTools`, beside its own tools. */
export function providerToolsProblem(
  given: unknown,
  ownTools: readonly string[],
): string | undefined {
  const known: readonly unknown[] = providerTools;
  if (!Array.isArray(given)) return `must be a list. Known: ${providerTools.join(', ')}.`;
  const unknown = given.findIndex((tool) => !known.includes(tool));
  if (unknown >= 0) {
    const shown = cut(JSON.stringify(given[unknown]) ?? 'undefined', 60);
    return `names an unknown one, ${shown}. Known: ${providerTools.join(', ')}.`;
  }
  const names = given as readonly ProviderTool[];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) return `names \`${twice}\` twice.`;
  const both = names.find((name) => ownTools.includes(name));
  return (
    both && `names \`${both}\`, and a tool of the agent's own is named so too. Rename that one.`
  );
}
