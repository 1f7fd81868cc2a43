/** Part of `npm run build`: the workflow bundle, so that workers start without webpack. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { dataConverter } from '../wire/data-converter';

async function buildBundle(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../workflows'),
    payloadConverterPath: dataConverter.payloadConverterPath!,
  });
  await writeFile(path.join(__dirname, '..', 'workflow-bundle.js'), code);
}

buildBundle().catch((error: unknown) => {
  process.stderr.write(`The workflow bundle cannot be built: ${String(error)}\n`);
  process.exitCode = 1;
});
