import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until what it sees is true, and gives it back. @throws Error, with what it looked for, after `withinMs`. */
export async function eventually<Found>(
  look: () => Found | Promise<Found>,
  withinMs = 20_000,
): Promise<Exclude<Found, false | undefined>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found as Exclude<Found, false | undefined>;
    if (Date.now() > deadline)
      throw new Error(`It did not come within ${withinMs} ms: ${String(look)}`);
    await sleep(20);
  }
}
