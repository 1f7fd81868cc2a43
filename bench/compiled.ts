/** Holdfast and the contenders' processes as plain JavaScript: a deployed worker compiles nothing either. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { type ContenderName, peers } from './contenders/contract';
import { peerFolder } from './peers';

const repository = path.join(__dirname, '..');
const compiled = path.join(repository, 'node_modules', '.cache', 'holdfast-bench');
const processes = path.join(compiled, 'bench', 'contenders');

export const processMain = path.join(processes, 'process-main.js');
export const streamReader = path.join(processes, 'workflow-stream-reader.js');

export async function compile(): Promise<void> {
  const compiler = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const project = path.join(__dirname, 'compile.json');
  // Types are checked by `npm run check`.
  await promisify(execFile)(process.execPath, [compiler, '-p', project, '--noCheck']);
}

/** The file that exports the `contender`. */
export function contenderFile(name: ContenderName): string {
  const peer = peers.find((each) => each === name);
  return peer === undefined
    ? path.join(processes, `${name}.js`)
    : path.join(peerFolder(peer), 'contender.js');
}
