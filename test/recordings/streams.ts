/** `npm run recordings:streams [-- DIR]`: every recorded stream in other pieces, and cut off wherever it can be. */
import path from 'node:path';
import { table } from '../../bench/tables';
import { readRecordings } from '../support/raw/raw-exchanges';
import { addStress, noStress } from '../support/streams/stress-counts';
import type { StressCounts } from '../support/streams/stress-counts';
import { isRecordedStream, stressStream } from '../support/streams/stress-stream';

const kept = path.join(__dirname, '..', 'fixtures', 'recordings');
const head = ['provider · source', 'streams', 'rechunked', 'equal', 'cuts', 'refused', 'accepted'];
const lateHead = ['late cuts', 'same or refused'];

async function main(folder: string): Promise<void> {
  const streams = (await readRecordings(folder)).exchanges.filter(isRecordedStream);
  const rows = new Map<string, StressCounts>();
  const violations: string[] = [];
  for (const [index, exchange] of streams.entries()) {
    if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} of ${streams.length}`);
    const name = `${exchange.provider} · ${exchange.source}`;
    const stress = await stressStream(exchange);
    rows.set(name, addStress(rows.get(name) ?? noStress, stress));
    violations.push(...stress.violations);
  }
  const sorted = [...rows].sort(([left], [right]) => (left < right ? -1 : 1));
  const all = sorted.reduce((sum, [, counts]) => addStress(sum, counts), noStress);
  const lines = [...sorted, ['all', all] as const].map(([name, counts]) => cells(name, counts));
  process.stdout.write(`${table([...head, ...lateHead], lines)}\n`);
  for (const violation of violations) process.stdout.write(`violation: ${violation}\n`);
  process.exitCode = violations.length > 0 || streams.length === 0 ? 1 : 0;
}

function cells(name: string, counts: StressCounts): readonly string[] {
  const { streams, rechunked, equal, cuts, refused, lateCuts, lateSame } = counts;
  const figures = [streams, rechunked, equal, cuts, refused, cuts - refused, lateCuts, lateSame];
  return [name, ...figures.map((figure) => figure.toLocaleString('en'))];
}

main(process.argv[2] ?? kept).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
