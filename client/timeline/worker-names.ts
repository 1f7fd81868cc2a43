/** Workers by their process id alone where one host runs them all. */
import type { Timeline, TimelineWork } from './types';

export function workerNames({ turns }: Timeline): (identity: string) => string {
  const identities = turns
    .flatMap(({ steps }) => steps)
    .flatMap(({ think, act }) => [think, ...act])
    .flatMap(identitiesOf);
  const hosts = new Set(identities.map((identity) => identity.split('@')[1]));
  return (identity) => (hosts.size === 1 ? (identity.split('@')[0] ?? identity) : identity);
}

function identitiesOf({ worker, lostWorkers }: TimelineWork): readonly string[] {
  return [worker, ...lostWorkers.map((lost) => lost.worker)].filter((name) => name !== undefined);
}
