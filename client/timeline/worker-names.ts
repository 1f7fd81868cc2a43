/** Workers by their process id alone where one host runs them all. */
import type { Timeline, TimelineWork } from './types';

export function workerNames({ turns }: Timeline): (identity: string) => string {
  const steps = turns.flatMap((turn) => turn.steps);
  return workerNamesIn(steps.flatMap(({ think, act }) => [think, ...act]));
}

export function workerNamesIn(works: readonly TimelineWork[]): (identity: string) => string {
  const hosts = new Set(works.flatMap(identitiesOf).map((identity) => identity.split('@')[1]));
  return (identity) => (hosts.size === 1 ? (identity.split('@')[0] ?? identity) : identity);
}

function identitiesOf({ worker, lostWorkers }: TimelineWork): readonly string[] {
  return [worker, ...lostWorkers.map((lost) => lost.worker)].filter((name) => name !== undefined);
}
