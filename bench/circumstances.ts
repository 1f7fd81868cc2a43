/** The machine and the versions that figures belong to. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import { type ContenderName, peers } from './contenders/contract';
import { peerVersions } from './peers';
import type { Circumstances } from './results';

export async function circumstancesOf(options: {
  readonly server: string;
  readonly names: readonly ContenderName[];
  readonly loadBefore: number;
  readonly isQuick: boolean;
  readonly problems: readonly string[];
}): Promise<Circumstances> {
  const { server, names, loadBefore, isQuick, problems } = options;
  const shown = peers.filter((peer) => names.includes(peer));
  const versions = await Promise.all(shown.map(peerVersions));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`,
    node: process.version.slice(1),
    server,
    load: [loadBefore, load()],
    versions: Object.assign({ holdfast: ownVersion() }, sdkVersion(), ...versions) as Record<
      string,
      string
    >,
    isQuick,
    problems,
  };
}

/** Of the machine, over one minute. */
export function load(): number {
  return loadavg()[0] ?? NaN;
}

function sdkVersion(): Record<string, string> {
  const { version } = JSON.parse(
    readFileSync(require.resolve('@temporalio/worker/package.json'), 'utf8'),
  ) as { version: string };
  return { '@temporalio/worker of Holdfast and the bare loop': version };
}

function ownVersion(): string {
  try {
    const options = { cwd: __dirname, encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('git', ['describe', '--always', '--dirty'], options).trim();
  } catch {
    const file = path.join(__dirname, '..', 'package.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
}
