import { cleanUpAfterEach } from '../support/cleanup';
import { endOf, makeStartFolder, spawnProgram } from '../support/npm-start';

jest.setTimeout(180_000);

const afterwards = cleanUpAfterEach();

test('npm run demo:crash kills two workers and proves from history that nothing was lost or doubled', async () => {
  const folder = await makeStartFolder({ sources: ['examples'] });
  afterwards(folder.remove);
  const demo = spawnProgram('npm', ['run', 'demo:crash'], folder, { input: 'none' });
  afterwards(() => demo.killGroup('SIGTERM'));
  expect(await demo.ended).toBe(0);

  const lines = demo.output().split('\n');
  const killed = lines.flatMap((line) => /^ {2}kill -9 (\d+), /.exec(line)?.[1] ?? []);
  expect(killed).toHaveLength(2);
  expect(new Set(killed).size).toBe(2);
  expect(lines.filter((line) => /^[✓✗] /.test(line))).toEqual([
    '✓ 2 messages were sent, 2 are there',
    '✓ 1 tool call, 1 result',
    '✓ 2 questions, 2 answers',
    '✓ the model call took 2 attempts',
    '✓ the tool call took 2 attempts',
    expect.stringMatching(
      /^✓ attempt 1 sent prompt ([0-9a-f]{12})… \(its heartbeat\), attempt 2 sent \1… \(history\)$/,
    ),
  ]);
  const workers = await folder.workerPids();
  expect(workers.slice(0, 2).map(String)).toEqual(killed);
  expect(workers).toHaveLength(3);
  for (const pid of workers) await endOf(pid, 1_000);
});
