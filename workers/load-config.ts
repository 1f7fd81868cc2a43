/** Finds `holdfast.config.{ts,js}` from a folder upwards and loads it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createJiti } from 'jiti';
import { z } from 'zod';
import { providerTools } from '../agent/provider-tools';
import { builtInConfig } from './built-in-config';
import type { HoldfastConfig } from './config';

export interface LoadedConfig extends HoldfastConfig {
  /** Absent for the built-in demo agent. */
  readonly file?: string;
}

const fileNames = ['holdfast.config.ts', 'holdfast.config.js', 'holdfast.config.mjs'];

const agentSchema = z.looseObject({
  name: z.string().min(1),
  model: z.string().min(1),
  instructions: z.string(),
  tools: z.array(
    z.looseObject({
      name: z.string().min(1),
      execute: z.custom(
        (value) => typeof value === 'function',
        'expected a tool made by defineTool',
      ),
    }),
  ),
  output: z.looseObject({ type: z.literal('object') }).optional(),
  providerTools: z.array(z.enum(providerTools)).optional(),
});
const amount = z.number().nonnegative();
const priceSchema = z.strictObject({
  inputPerMillion: amount,
  outputPerMillion: amount,
  cachedInputPerMillion: amount.optional(),
  cacheWritePerMillion: amount.optional(),
});
const priceTable = z.record(z.string(), priceSchema);
const configSchema = z.strictObject({
  agents: z.array(agentSchema).min(1),
  modelAliases: z.record(z.string(), z.string()).optional(),
  prices: z
    // What a function knows, nobody can check.
    .preprocess((given) => (typeof given === 'function' ? {} : given), priceTable)
    .optional(),
});

/**
 * The config of `folder` or the nearest folder above it; without one, the built-in demo agent.
 *
 * @throws TypeError that names the file and the key that is wrong; whatever the file itself throws.
 */
export async function loadConfig(folder: string): Promise<LoadedConfig> {
  const file = findConfig(folder);
  if (file === undefined) return builtInConfig;
  const loader = createJiti(__filename, { tryNative: true });
  const loaded: unknown = await loader.import(file, { default: true });
  const parsed = configSchema.safeParse(loaded);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path: key, message }) => `${key.join('.') || 'default export'}: ${message}`,
    );
    throw new TypeError(`${file} is not usable. ${problems.join('. ')}.`);
  }
  return { ...(loaded as HoldfastConfig), file };
}

function findConfig(folder: string): string | undefined {
  const here = fileNames.map((name) => path.join(folder, name)).find((file) => existsSync(file));
  const above = path.dirname(folder);
  if (here !== undefined || above === folder) return here;
  return findConfig(above);
}
