/** The code that workers run as workflows: a bundle that was built before, or one that is made now. */
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type WorkflowBundleOption, bundleWorkflowCode } from '@temporalio/worker';
import { dataConverter } from '../wire/data-converter';

/** The bundle that `npm run build` made, else the source, which the worker bundles itself. */
export function workflowCode():
  { workflowBundle: WorkflowBundleOption } | { workflowsPath: string } {
  const codePath = path.join(__dirname, '..', 'workflow-bundle.js');
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: require.resolve('../workflows') };
}

/** The bundle at `file`, made there first when it is missing. */
export async function workflowBundleAt(file: string): Promise<WorkflowBundleOption> {
  if (!existsSync(file)) await buildWorkflowBundle(file);
  return { codePath: file };
}

export async function buildWorkflowBundle(file: string): Promise<void> {
  const { payloadConverterPath } = dataConverter;
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../workflows'),
    ...(payloadConverterPath && { payloadConverterPath }),
  });
  // Renamed in one go: another worker may look for it at this moment.
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, code);
  await rename(temporary, file);
}
