/**
 * `npm run bench [-- --quick] [--only holdfast,bare,turns] [--steps 10,100]`: Holdfast beside a bare loop and the published
 * peers, interleaved, on one real server and one fake provider. Prints tables; a whole run writes RESULTS.md.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AgentClient } from '../client/agent-client';
import { freePort, startDevServer } from '../workers/dev-server';
import { circumstancesOf, load } from './circumstances';
import { compile } from './compiled';
import { runOnce } from './contender-process';
import { type ContenderName, peers } from './contenders/contract';
import type { Arena } from './measures/arena';
import { type BundleSize, bundleSizes } from './measures/bundle-size';
import { toReason } from './measures/collected';
import { measureColdStart } from './measures/cold-start';
import { measureFirstPiece } from './measures/first-piece';
import { measureMemory } from './measures/memory';
import { measureReplay } from './measures/replay';
import { measureTurns } from './measures/turns';
import { installPeer } from './peers';
import { type Plan, type Measure, measures, planOf } from './plan';
import { startProvider } from './provider-process';
import { toMarkdown, toText } from './report';
import type { Section } from './results';
import { verdictsOf } from './verdicts';

const resultsFile = path.join(__dirname, 'RESULTS.md');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      steps: { type: 'string', default: '' },
    },
  });
  const plan = planOf(values);
  const loadBefore = load();
  const startedAt = performance.now();
  const { names, problems } = await readyContenders(plan.names);
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-bench-'));
  const server = await startDevServer({
    folder,
    environment: { ...process.env, TEMPORAL_ADDRESS: undefined, HOLDFAST_PORT: undefined },
    report: progress,
    ports: { server: await freePort(), ui: await freePort() },
    inMemory: true,
  });
  const provider = await startProvider();
  const { address, version } = server;
  const client = await AgentClient.connect({ address, namespace: 'default' });
  try {
    const bundled = await bundle(names, folder, problems);
    const ready = names.filter((name) => bundled.sizes.has(name));
    const arena: Arena = {
      client: client.temporal,
      address,
      provider,
      names: ready,
      bundles: bundled.files,
      progress,
    };
    const sections = await runMeasures(arena, plan, bundled.sizes, problems);
    const results = {
      circumstances: await circumstancesOf({
        server: version,
        names: ready,
        loadBefore,
        isQuick: plan.isQuick,
        problems,
      }),
      sections,
      verdicts: verdictsOf(sections, [...plan.turns.keys()]),
    };
    process.stdout.write(`${toText(results)}\n`);
    if (plan.isWhole) await writeFile(resultsFile, toMarkdown(results));
  } finally {
    await client.disconnect();
    await provider.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
    progress(`${Math.round((performance.now() - startedAt) / 1_000)} s in all`);
  }
}

/** Compiled and installed. Who cannot be is a problem to report, and no reason to stop. */
async function readyContenders(
  wanted: readonly ContenderName[],
): Promise<{ names: readonly ContenderName[]; problems: string[] }> {
  progress('compiling');
  await compile();
  const problems: string[] = [];
  const names: ContenderName[] = [];
  for (const name of wanted) {
    const peer = peers.find((each) => each === name);
    const problem = peer && (await installPeer(peer, progress));
    if (problem === undefined) names.push(name);
    else problems.push(problem);
  }
  problems.forEach(progress);
  return { names, problems };
}

async function bundle(
  names: readonly ContenderName[],
  folder: string,
  problems: string[],
): Promise<{
  files: Partial<Record<ContenderName, string>>;
  sizes: ReadonlyMap<ContenderName, BundleSize>;
}> {
  progress('bundling');
  const files: Partial<Record<ContenderName, string>> = {};
  const sizes = new Map<ContenderName, BundleSize>();
  for (const name of names) {
    const file = path.join(folder, `${name}-bundle.js`);
    try {
      sizes.set(name, await runOnce(name, { role: 'bundle', file }, 'bundled'));
      files[name] = file;
    } catch (error) {
      problems.push(`${name} could not be bundled: ${toReason(error)}`);
    }
  }
  return { files, sizes };
}

/** A measurement that fails is a problem to report; the others go on. */
async function runMeasures(
  arena: Arena,
  plan: Plan,
  sizes: ReadonlyMap<ContenderName, BundleSize>,
  problems: string[],
): Promise<readonly Section[]> {
  const run: Readonly<Record<Measure, () => Promise<readonly Section[]>>> = {
    turns: () => measureTurns(arena, { rounds: plan.turns }),
    replay: async () => [await measureReplay(arena, plan.replay)],
    memory: async () => [await measureMemory(arena, plan.memory)],
    bundle: async () => [bundleSizes(sizes)],
    'cold-start': async () => [await measureColdStart(arena, plan.coldStart)],
    'first-piece': async () => [await measureFirstPiece(arena, plan.firstPiece)],
  };
  const sections: Section[] = [];
  for (const measure of measures.filter((each) => plan.measures.includes(each))) {
    try {
      sections.push(...(await run[measure]()));
    } catch (error) {
      problems.push(`${measure} could not be measured: ${toReason(error)}`);
      progress(problems.at(-1)!);
    }
  }
  return sections;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
