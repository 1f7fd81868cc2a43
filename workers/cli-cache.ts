import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './run-command';

const FETCH_FOLDER_PREFIX = 'fetching-';
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** Where this user's programs keep what can be fetched again. */
export function defaultCacheFolder(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = environment.HOME ?? environment.USERPROFILE ?? homedir();
  if (platform === 'win32') {
    return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'holdfast');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'holdfast');
  return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'holdfast');
}

/** The Temporal CLIs in the cache, newest version first. */
export async function listCachedClis(cacheFolder: string): Promise<string[]> {
  const names = await readdir(cacheFolder).catch(() => []);
  return names
    .filter((name) => /^temporal-\d+\.\d+\.\d+(\.exe)?$/.test(name))
    .toSorted((left, right) => right.localeCompare(left, 'en', { numeric: true }))
    .map((name) => join(cacheFolder, name));
}

/** A folder of one's own to fetch into; inside the cache, so that the last step is a rename on one file system. */
export async function makeFetchFolder(cacheFolder: string): Promise<string> {
  await mkdir(cacheFolder, { recursive: true });
  await removeAbandonedFetches(cacheFolder);
  return mkdtemp(join(cacheFolder, FETCH_FOLDER_PREFIX));
}

/** Puts a fetched program in its place. Two starts at once both rename; either file is whole. */
export async function keepInCache(options: {
  readonly file: string;
  readonly version: string;
  readonly cacheFolder: string;
}): Promise<string> {
  const { file, version, cacheFolder } = options;
  const path = join(cacheFolder, cachedName(version));
  await rename(file, path);
  return path;
}

function cachedName(version: string): string {
  return process.platform === 'win32' ? `temporal-${version}.exe` : `temporal-${version}`;
}

/** A killed start leaves up to 200 MB behind; a fetch of today may still be running. */
async function removeAbandonedFetches(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    if (!name.startsWith(FETCH_FOLDER_PREFIX)) continue;
    const path = join(cacheFolder, name);
    const modifiedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - modifiedMs > ABANDONED_AFTER_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
