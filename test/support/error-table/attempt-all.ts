/** Every condition at every provider that knows it, once. */
import { providers } from './condition';
import type { Chapter } from './index';
import type { Attempted } from './markdown';
import type { Attempt } from './run-condition';
import { attempt } from './run-condition';

export async function attemptAll(chapters: readonly Chapter[]): Promise<Attempted> {
  const attempts = new Map<string, Attempt>();
  for (const { conditions } of chapters) {
    for (const condition of conditions) {
      const known = providers.filter((provider) => condition.play[provider] !== undefined);
      await Promise.all(
        known.map(async (provider) => {
          attempts.set(`${condition.name}/${provider}`, await attempt(condition, provider));
        }),
      );
    }
  }
  return (condition, provider) => {
    const found = attempts.get(`${condition.name}/${provider}`);
    if (!found) throw new Error(`\`${condition.name}\` was not attempted at ${provider}.`);
    return found;
  };
}
