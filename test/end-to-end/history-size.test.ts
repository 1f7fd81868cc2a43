import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bareBundle } from '../../bench/environment';
import { compareHistories, historyTargets } from '../../bench/history-comparison';
import { cleanUpAfterEach } from '../support/cleanup';
import { TemporaryFolders } from '../support/dev-server-folders';
import {
  newTaskQueue,
  quietRuntime,
  testAddress,
  testBundle,
  testClient,
} from '../support/temporal';

const cleanUp = cleanUpAfterEach();

test('a turn of a hundred steps: history stays linear, and close to a bare loop', async () => {
  quietRuntime();
  const folders = new TemporaryFolders();
  cleanUp(() => folders.removeAll());
  const bare = path.join(await folders.make(), 'bare-bundle.js');
  await writeFile(bare, await bareBundle());
  const client = await testClient(newTaskQueue());
  cleanUp(() => client.disconnect());
  const bundles = { holdfast: testBundle().codePath, bare };

  const [hundred] = await compareHistories({ client, address: testAddress(), bundles }, [100]);

  const { holdfast, eventsPerStep, overheadBytes, ratioToBare } = hundred!;
  const measured = `${holdfast.bytes} bytes and ${holdfast.events} events in ${holdfast.runs} run; bare ${hundred!.bare.bytes} bytes; unique JSON ${hundred!.uniqueBytes} bytes`;
  expect(over('events per step', eventsPerStep, historyTargets.eventsPerStep, measured)).toBe('');
  expect(
    over('bytes over JSON per step', overheadBytes, historyTargets.overheadBytes, measured),
  ).toBe('');
  expect(over('÷ bare loop', ratioToBare, historyTargets.ratioToBare, measured)).toBe('');
  expect(
    over(
      'bytes of the largest activity input',
      holdfast.largestActivityInputBytes,
      historyTargets.largestActivityInputBytes,
      measured,
    ),
  ).toBe('');
}, 120_000);

/** Nothing, or what a failure is to say. */
function over(name: string, value: number, limit: number, measured: string): string {
  return value <= limit ? '' : `${name}: ${value}, the limit is ${limit}. Measured: ${measured}.`;
}
