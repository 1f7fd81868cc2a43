/** `npm run bench:history [-- --steps 10,100,1000]`: what a turn costs in history, and what a bare loop costs. */
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { AgentClient } from '../client/agent-client';
import { withBenchEnvironment } from './environment';
import { type HistoryComparison, compareHistories, historyTargets } from './history-comparison';
import { bytes, decimal, table } from './tables';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { steps: { type: 'string', default: '10,100,1000' } } });
  const lengths = values.steps.split(',').map(Number);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  await withBenchEnvironment(async ({ address, serverVersion, bundles }) => {
    const client = await AgentClient.connect({ address, namespace: 'default' });
    const rows = await compareHistories({ client, address, bundles }, lengths);
    await client.disconnect();
    process.stdout.write(`${report(rows, serverVersion)}\n`);
    process.exitCode = rows.every(isOnTarget) ? 0 : 1;
  });
}

function report(rows: readonly HistoryComparison[], serverVersion: string): string {
  return [
    `History of one turn: one tool call a step, 2 KB results, 2 KB instructions, an 800-character answer. Server ${serverVersion}.`,
    table(
      [
        'steps',
        'runs',
        'history',
        'carry',
        'events',
        'events/step',
        'unique JSON',
        'overhead/step',
        'largest input',
        'bare loop',
        '÷ bare',
      ],
      rows.map((row) => [
        String(row.steps),
        String(row.holdfast.runs),
        bytes(row.holdfast.bytes),
        bytes(row.holdfast.carryBytes),
        String(row.holdfast.events),
        decimal(row.eventsPerStep),
        bytes(row.uniqueBytes),
        bytes(row.overheadBytes),
        bytes(row.holdfast.largestActivityInputBytes),
        bytes(row.bare.bytes),
        decimal(row.ratioToBare, 3),
      ]),
    ),
    'History and events are summed over the runs; the carry of continue-as-new is not in `history`.',
    'Overhead and events per step: for each step with its tool call; what a turn of one step takes is taken off.',
    `Targets: events/step ≤ ${historyTargets.eventsPerStep}, overhead/step ≤ ${bytes(historyTargets.overheadBytes)}, largest input ≤ ${bytes(historyTargets.largestActivityInputBytes)}, ÷ bare ≤ ${historyTargets.ratioToBare}: ${rows.every(isOnTarget) ? 'met' : 'MISSED'}.`,
  ].join('\n');
}

function isOnTarget(row: HistoryComparison): boolean {
  return (
    row.eventsPerStep <= historyTargets.eventsPerStep &&
    row.overheadBytes <= historyTargets.overheadBytes &&
    row.holdfast.largestActivityInputBytes <= historyTargets.largestActivityInputBytes &&
    row.ratioToBare <= historyTargets.ratioToBare
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
