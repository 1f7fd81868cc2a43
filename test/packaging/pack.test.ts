/** The package as somebody who installs it has it: packed, installed in an empty folder, used from there. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import packageJson from '../../package.json';
import { ownNamespace } from '../support/own-namespace';
import { repository } from '../support/processes';
import { codeBlocks, readmeSection } from '../support/readme';

/** The workflow bundle is three quarters of it. */
const packedLimitKib = 1024;
const programLineLimit = 25;

const program = codeBlocks(readmeSection('A whole program'), 'ts')[0]!;
const ownWorkflow = codeBlocks(
  readmeSection('In your own worker, from your own workflow'),
  'ts',
).find((block) => block.includes('executeChild'))!;

const ownWorkflowProgram = `
import { defineAgent } from 'holdfast/agent';
import { AgentClient } from 'holdfast/client';
import { createWorker } from 'holdfast/worker';
import { fileURLToPath } from 'node:url';
import { reply } from './workflows.js';

const clerk = defineAgent({ name: 'clerk', model: 'demo', instructions: 'You answer.' });
const taskQueue = 'shop';
const workflowsPath = fileURLToPath(new URL('./workflows.js', import.meta.url));
const worker = await createWorker({ agents: [clerk], taskQueue, workerOptions: { workflowsPath } });
const client = await AgentClient.connect({ taskQueue });
const options = { taskQueue, workflowId: 'letter', args: ['Thank you!'] as [string] };
console.log(await worker.runUntil(client.temporal.workflow.execute(reply, options)));
await client.disconnect();
`;

const config = `
import { defineAgent } from 'holdfast/agent';
import { defineTool } from 'holdfast/tools';
import { defineConfig } from 'holdfast/worker';
import { z } from 'zod';

const shout = defineTool({
  name: 'shout',
  description: 'Says it louder.',
  input: z.object({ words: z.string() }),
  execute: ({ words }) => words.toUpperCase(),
});
export default defineConfig({
  agents: [defineAgent({ name: 'crier', model: 'demo', instructions: '', tools: [shout] })],
});
`;

let folder: string;
let tarball: string;
let server: Awaited<ReturnType<typeof ownNamespace>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-pack-'));
  tarball = await pack(path.join(folder, 'source'));
  server = await ownNamespace();
  const user = userFolder();
  await mkdir(user);
  const files = {
    'package.json': '{ "name": "someone", "private": true, "type": "module" }',
    'program.ts': program,
    'workflows.ts': ownWorkflow,
    'own-workflow.ts': ownWorkflowProgram,
    'holdfast.config.ts': config,
    'tsconfig.json': JSON.stringify({ compilerOptions: userCompilerOptions() }),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(path.join(user, name), content);
  }
  await run('npm', ['install', tarball, '--prefer-offline', '--no-audit', '--no-fund']);
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function userFolder(): string {
  return path.join(folder, 'user');
}

function userCompilerOptions(): object {
  return {
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [path.join(repository, 'node_modules', '@types')],
  };
}

test('the tarball holds the build, the README and the licence, and is small', async () => {
  const paths = (await run('tar', ['-tzf', tarball])).trim().split('\n');
  const { size } = await stat(tarball);

  const outside = paths.filter((file) => !file.startsWith('package/dist/'));
  expect(outside.sort()).toEqual(['package/LICENSE', 'package/README.md', 'package/package.json']);
  const folders = paths.flatMap((file) => /^package\/dist\/([^/]+)\//.exec(file)?.[1] ?? []);
  expect(new Set(folders)).toEqual(
    new Set(['activities', 'agent', 'client', 'wire', 'workers', 'workflows']),
  );
  expect(paths.filter((file) => /\.ts$/.test(file) && !file.endsWith('.d.ts'))).toEqual([]);
  expect(paths).toContain('package/dist/workflow-bundle.js');
  expect({ packedKib: Math.ceil(size / 1024), isSmall: size <= packedLimitKib * 1024 }).toEqual({
    packedKib: expect.any(Number) as number,
    isSmall: true,
  });
});

test('the workflow bundle does not tell where it was built', async () => {
  const installed = path.join(userFolder(), 'node_modules', 'holdfast', 'dist');
  const bundle = await readFile(path.join(installed, 'workflow-bundle.js'), 'utf8');

  const sourceMap = /sourceMappingURL=[^,]*;base64,([\w+/=]+)/.exec(bundle)?.[1] ?? '';
  const { sources } = JSON.parse(Buffer.from(sourceMap, 'base64').toString()) as {
    readonly sources: readonly string[];
  };
  expect(sources.length).toBeGreaterThan(10);
  expect(sources.filter((source) => source.includes(folder))).toEqual([]);
});

test('every public entry can be imported', async () => {
  const entries = Object.keys(packageJson.exports).filter((entry) => !entry.endsWith('.json'));
  const lines = entries.map(
    (entry) => `console.log(Object.keys(await import('holdfast/${entry.slice(2)}')).length > 0);`,
  );
  await writeFile(path.join(userFolder(), 'entries.js'), lines.join('\n'));

  const output = await run('node', ['entries.js']);

  expect(output.trim().split('\n')).toEqual(entries.map(() => 'true'));
});

test(`the README’s whole program compiles, runs, and is at most ${programLineLimit} lines`, async () => {
  const lines = program.split('\n').filter((line) => line.trim() !== '');
  expect(lines.length).toBeLessThanOrEqual(programLineLimit);

  expect(await run(path.join(repository, 'node_modules', '.bin', 'tsc'), ['-p', '.'])).toBe('');
  const output = await run('node', ['program.js']);

  expect(output).toMatch(/^`dice` answered: [1-6] of 6$/m);
}, 120_000);

test('the README’s own workflow runs an agent as its child', async () => {
  const output = await run('node', ['own-workflow.js']);

  expect(output).toMatch(/^You are welcome\.$/m);
}, 120_000);

test('`npx holdfast` runs there, and knows the agents of holdfast.config.ts', async () => {
  expect(await run('npx', ['holdfast', '--help'])).toMatch(/^Usage: holdfast /);
  expect((await run('npx', ['holdfast', '--version'])).trim()).toBe(packageJson.version);

  const main = path.join(userFolder(), 'node_modules', 'holdfast', packageJson.bin.holdfast);
  const worker = spawn(process.execPath, [main, 'worker'], {
    cwd: userFolder(),
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(worker.stdout, 'data')) as [Buffer];
    expect(line.toString()).toMatch(/agents: crier \(.*holdfast\.config\.ts\)/);
    const question = 'call shout {"words": "hear ye"}';
    const answer = await run('npx', ['holdfast', 'ask', 'crier', question]);
    expect(answer).toBe('`shout` answered: HEAR YE\n');
  } finally {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
}, 120_000);

/** From a copy, because packing builds anew, and others may be using the build of this folder. */
async function pack(copy: string): Promise<string> {
  const left = new Set(['node_modules', 'dist', '.git', '.holdfast', 'coverage']);
  await cp(repository, copy, {
    recursive: true,
    filter: (source) => !left.has(path.relative(repository, source)),
  });
  await symlink(path.join(repository, 'node_modules'), path.join(copy, 'node_modules'), 'dir');
  await run('npm', ['pack', '--silent', '--pack-destination', folder], copy);
  const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  return path.join(folder, name!);
}

/** Without what `npm test` says of its own run. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name),
  );
  return { ...Object.fromEntries(own), ...server };
}

/** @returns the standard output. @throws Error with all of the output when the program fails. */
function run(
  command: string,
  parameters: readonly string[],
  workingFolder: string = userFolder(),
): Promise<string> {
  const options = { cwd: workingFolder, env: environment(), maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(command, parameters, options, (error, output, errors) => {
      if (!error) return resolve(output);
      reject(new Error(`${command} ${parameters.join(' ')}\n${output}\n${errors}`));
    });
  });
}
