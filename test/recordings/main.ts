/** `npm run recordings [-- DIR]`: every recorded exchange through our adapters, against an independent reading of its bytes. */
import path from 'node:path';
import { table } from '../../bench/tables';
import { differences } from '../support/compare-recordings';
import { startDecoder } from '../support/decode-recordings';
import { readRecordings } from '../support/raw/raw-exchanges';
import { readAnswer } from '../support/raw/raw-readings';

interface Row {
  exchanges: number;
  noModelCall: number;
  asRead: number;
  failed: number;
}

const kept = path.join(__dirname, '..', 'fixtures', 'recordings');

async function main(folder: string): Promise<void> {
  const { exchanges, unread } = await readRecordings(folder);
  const decoder = await startDecoder();
  const rows = new Map<string, Row>();
  const failures: string[] = [];
  let unexcused = 0;
  try {
    for (const [index, exchange] of exchanges.entries()) {
      if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} of ${exchanges.length}`);
      const name = `${exchange.provider} · ${exchange.source}`;
      const row = rows.get(name) ?? { exchanges: 0, noModelCall: 0, asRead: 0, failed: 0 };
      rows.set(name, row);
      row.exchanges += 1;
      if (exchange.kind === 'other') {
        row.noModelCall += 1;
        continue;
      }
      const found = differences(await decoder.decode(exchange), readAnswer(exchange));
      row[found.length > 0 ? 'failed' : 'asRead'] += 1;
      if (found.length === 0) continue;
      const excuse = exchange.sdkDecodes === false ? ' (its SDK cannot read it either)' : '';
      if (!excuse) unexcused += 1;
      failures.push(`${exchange.id}${excuse}\n    ${found.join('\n    ')}`);
    }
  } finally {
    await decoder.close();
  }
  const lines = [...rows].sort(([left], [right]) => (left < right ? -1 : 1));
  const cells = lines.map(([name, row]) => [name, ...Object.values(row).map(String)]);
  const head = ['provider · source', 'exchanges', 'no model call', 'as read', 'differs'];
  process.stdout.write(`${table(head, cells)}\n`);
  for (const { path: file, reason } of unread)
    process.stdout.write(`not read: ${file}: ${reason}\n`);
  for (const failure of failures) process.stdout.write(`differs: ${failure}\n`);
  process.exitCode = unexcused > 0 ? 1 : 0;
}

main(process.argv[2] ?? kept).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
