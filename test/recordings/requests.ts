/** `npm run recordings:requests [-- DIR]`: every recorded request told in neutral words and written again by us, compared. */
import path from 'node:path';
import { table } from '../../bench/tables';
import type { Reasoned } from '../support/fidelity/fidelity-report';
import {
  brokenPromises,
  fidelityReport,
  gatedSources,
  percent,
} from '../support/fidelity/fidelity-report';

const kept = path.join(__dirname, '..', 'fixtures', 'recordings');

async function main(folder: string): Promise<void> {
  const report = await fidelityReport(folder, (done, of) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of}`);
  });
  const { requests, expressible, equal } = report.gated;
  const rows = [...report.rows].sort(([left], [right]) => (left < right ? -1 : 1));
  const head = ['provider · source', 'requests', 'expressible', 'equal', 'differ'];
  print(
    table(
      head,
      rows.map(([name, row]) => [name, ...Object.values(row).map(String)]),
    ),
  );
  print(
    `\nOf ${requests} requests of ${gatedSources.join(' and ')}, ${percent(requests - expressible, requests)} cannot be expressed; of the others ${percent(equal, expressible)} are equal.`,
  );
  printKinds('Cannot be expressed', report.inexpressible);
  printKinds('Said otherwise', report.differences);
  printKinds('Written in two ways that mean the same', report.canonicalised);
  if (report.differing.length > 0) print(`\n${report.differing.join('\n')}`);
  const broken = brokenPromises(report);
  for (const promise of broken) print(`broken: ${promise}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}

function printKinds(title: string, kinds: readonly Reasoned[]): void {
  if (kinds.length === 0) return;
  print(`\n${title}:`);
  for (const { name, count, reason } of kinds)
    print(`${String(count).padStart(5)}  ${name}: ${reason}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv[2] ?? kept).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
