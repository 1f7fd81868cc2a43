import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { type Environment, findOnPath, runCommand } from './run-command';

/** Writes the first file of a zip archive whose name `isWanted` accepts to `target`. */
export async function extractFromZip(options: {
  readonly archive: string;
  readonly isWanted: (name: string) => boolean;
  readonly target: string;
}): Promise<void> {
  const { archive, isWanted, target } = options;
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      if (!isWanted(entry.fileName)) continue;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
      return;
    }
  } finally {
    zip.close();
  }
  throw new Error('the archive does not hold the `temporal` program');
}

/** Extracts one file of a `.tar.gz` into `folder`. Every system we start on brings `tar`, so no library is carried for it. */
export async function extractFromTar(options: {
  readonly archive: string;
  readonly name: string;
  readonly folder: string;
  readonly environment: Environment;
}): Promise<void> {
  const { archive, name, folder, environment } = options;
  const tar = await findOnPath('tar', environment);
  if (tar === undefined) throw new Error('`tar` is not on PATH');
  const commandArguments = ['-xzf', archive, '-C', folder, '--', name];
  await runCommand({ command: tar, commandArguments, environment, timeoutMs: 60_000 });
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
