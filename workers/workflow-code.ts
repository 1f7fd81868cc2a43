/** The code that workers run as workflows: a bundle that was built before, or one that is made now. */
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type BundleOptions,
  type WorkflowBundleOption,
  bundleWorkflowCode,
} from '@temporalio/worker';
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

export async function buildWorkflowBundle(
  file: string,
  options: Pick<BundleOptions, 'logger'> = {},
): Promise<void> {
  const { code } = await bundleWorkflowCode({
    ...options,
    ...bundleSettings(),
    workflowsPath: require.resolve('../workflows'),
  });
  // Renamed in one go: another worker may look for it at this moment.
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, code);
  await rename(temporary, file);
}

/** What every bundle of ours is made with. */
export function bundleSettings(): Pick<
  BundleOptions,
  'payloadConverterPath' | 'webpackConfigHook'
> {
  const { payloadConverterPath } = dataConverter;
  return {
    ...(payloadConverterPath && { payloadConverterPath }),
    webpackConfigHook: keepGenerators,
  };
}

/**
 * Compiles TypeScript for the Node that runs it. The bundler's own target is ES2017, which turns the loop's async
 * generators into helpers of many promises; and the sandbox records a stack for each promise.
 */
const keepGenerators: NonNullable<BundleOptions['webpackConfigHook']> = (configuration) => {
  for (const rule of configuration.module?.rules ?? []) {
    const use = typeof rule === 'object' && rule ? rule.use : undefined;
    if (typeof use !== 'object' || !use || !('options' in use)) continue;
    const { options } = use;
    if (typeof options === 'object' && 'jsc' in options) {
      Object.assign(options.jsc as object, { target: 'es2022' });
    }
  }
  return configuration;
};
