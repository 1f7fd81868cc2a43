/** `npm run recordings:conversations [-- DIR]`: every recorded conversation with tools, held again by the workflow. */
import path from 'node:path';
import { table } from '../../bench/tables';
import { conversationsReport, nameOf } from '../support/conversations/conversations-report';
import startServer from '../support/global-setup';
import stopServer from '../support/global-teardown';

const kept = path.join(__dirname, '..', 'fixtures', 'recordings');

async function main(folder: string): Promise<void> {
  await startServer();
  try {
    await report(folder);
  } finally {
    await stopServer();
  }
}

async function report(folder: string): Promise<void> {
  const { rows, held, notHeld } = await conversationsReport(folder, (done, of) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of}`);
  });
  const head = [
    'provider · source',
    'conversations',
    'turns',
    'steps',
    'tool calls',
    'answers equal',
    'differ',
    'requests equal',
  ];
  const lines = [...rows].sort(([left], [right]) => (left < right ? -1 : 1));
  print(
    table(
      head,
      lines.map(([name, row]) => [name, ...Object.values(row).map(String)]),
    ),
  );
  print('');
  for (const { script, differences } of held) {
    const steps = script.turns.reduce((sum, turn) => sum + turn.steps.length, 0);
    const end = script.endsInCalls ? ', ends in calls' : '';
    const verdict = differences.length === 0 ? 'equal' : 'DIFFERS';
    print(
      `${verdict}  ${nameOf(script)}  ${script.turns.length} turns, ${steps} steps${end}  ${script.id}`,
    );
    for (const difference of differences) print(`    ${difference}`);
  }
  print(`\nNot held (${notHeld.length}):`);
  for (const { id, reason } of notHeld) print(`${reason}  ${id}`);
  process.exitCode = held.every(({ differences }) => differences.length === 0) ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv[2] ?? kept).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
