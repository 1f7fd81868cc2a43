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

/**
 * What every bundle with our workflows is made with, beside what its maker has asked for. The workflows' modules are
 * evaluated once and shared: they hold no state, and of their own each conversation would keep a copy of every one.
 */
export function bundleSettings(
  own: Partial<BundleOptions> = {},
): Pick<BundleOptions, 'payloadConverterPath' | 'preloadModules' | 'webpackConfigHook'> {
  const payloadConverterPath = own.payloadConverterPath ?? dataConverter.payloadConverterPath;
  return {
    ...(payloadConverterPath && { payloadConverterPath }),
    preloadModules: [
      ...(own.preloadModules ?? []),
      require.resolve('../workflows'),
      require.resolve('../workflows/payload-converter'),
    ],
    webpackConfigHook: (configuration) => {
      const adjusted = adjustCompiler(configuration);
      return own.webpackConfigHook?.(adjusted) ?? adjusted;
    },
  };
}

/**
 * Compiles TypeScript for the Node that runs it. The bundler's own target is ES2017, which turns the loop's async
 * generators into helpers of many promises; and the sandbox records a stack for each promise. Comments stay out, a
 * quarter of the code; names stay, and so do the lines that the source map tells of.
 */
const adjustCompiler: NonNullable<BundleOptions['webpackConfigHook']> = (configuration) => {
  const rules = [...(configuration.module?.rules ?? [])];
  for (const rule of [...rules]) {
    const use = typeof rule === 'object' && rule ? rule.use : undefined;
    if (typeof use !== 'object' || !use || !('options' in use)) continue;
    const { loader, options } = use;
    if (loader === undefined || typeof options !== 'object' || !('jsc' in options)) continue;
    Object.assign(options.jsc as object, { target });
    rules.push({
      test: /\.[jt]s$/,
      include: knownToNeedNoComments,
      enforce: 'post',
      use: { loader, options: withoutComments },
    });
  }
  return {
    ...configuration,
    module: { ...configuration.module, rules },
    // Paths of modules, as comments.
    output: { ...configuration.output, pathinfo: false },
  };
};

const target = 'es2022';

/** Others may speak to the bundler in comments. */
const knownToNeedNoComments = [
  ...['agent', 'workflows', 'activities'].map((folder) => path.join(__dirname, '..', folder)),
  /[\\/]node_modules[\\/](@temporalio|@noble|nexus-rpc|long)[\\/]/,
];

/**
 * For the bundler's own compiler, which has compiled before. The map is by lines: with columns it has names too, of
 * whatever stands there, and the sandbox prefers them to the names of functions.
 */
const withoutComments = {
  sourceMaps: true,
  emitSourceMapColumns: false,
  isModule: 'unknown',
  jsc: { target, minify: { compress: false, mangle: false, format: { comments: false } } },
};
