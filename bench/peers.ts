/** The published packages: installed on first use, each in its own folder by its own lock file; and which versions they are. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PeerName } from './contenders/contract';

const run = promisify(execFile);

/** Of what npm says, the first lines are the cause. */
const reasonLines = 4;

export function peerFolder(peer: PeerName): string {
  return path.join(__dirname, 'peers', peer);
}

/** @returns why it could not be installed; undefined when it is there. */
export async function installPeer(
  peer: PeerName,
  report: (line: string) => void,
): Promise<string | undefined> {
  const folder = peerFolder(peer);
  if (existsSync(path.join(folder, 'node_modules', '.package-lock.json'))) return undefined;
  report(
    `installing the published ${peer} with npm ci in bench/peers/${peer} (about 300 MB, once) …`,
  );
  try {
    // No script of theirs has to run: everything that they need is prebuilt.
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await run('npm', ['ci', ...options], { cwd: folder });
    return undefined;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const lines = stderr.split('\n').map((line) => line.replace(/^npm error ?/, '').trim());
    const reason = lines.filter((line) => line !== '').slice(0, reasonLines);
    return `${peer} could not be installed: ${reason.join(' ') || String(error)}`;
  }
}

/** The packages that the peer's package.json names, as far as they say what it is. */
export async function peerVersions(peer: PeerName): Promise<Readonly<Record<string, string>>> {
  const file = path.join(peerFolder(peer), 'package.json');
  const { dependencies } = JSON.parse(await readFile(file, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const telling = Object.entries(dependencies).filter(
    ([name]) => name === `@temporalio/${peer}` || tellingPackages.has(name),
  );
  return Object.fromEntries(telling);
}

const tellingPackages = new Set(['ai', '@openai/agents-core', '@strands-agents/sdk']);
