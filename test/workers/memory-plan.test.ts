import { spawnSync } from 'node:child_process';
import { readEnvironment } from '../../workers/environment';
import { planInWords, planMemory } from '../../workers/memory-plan';
import { repository } from '../support/processes';

const nothingSet = readEnvironment({});

describe('where the environment says nothing, the heap decides', () => {
  test.each([
    // Node's own limit on a machine of 24 GiB, of 8 GiB, in the container of docker-compose.yml, and a small one.
    { heapLimitMib: 4_144, maxCachedWorkflows: 2_288, transcriptCacheMib: 256 },
    { heapLimitMib: 2_096, maxCachedWorkflows: 922, transcriptCacheMib: 256 },
    { heapLimitMib: 1_584, maxCachedWorkflows: 658, transcriptCacheMib: 198 },
    { heapLimitMib: 648, maxCachedWorkflows: 190, transcriptCacheMib: 81 },
  ])(
    '$heapLimitMib MiB: $maxCachedWorkflows conversations, $transcriptCacheMib MiB of transcripts',
    ({ heapLimitMib, ...kept }) => {
      expect(planMemory(nothingSet, heapLimitMib)).toMatchObject({
        ...kept,
        maxCachedWorkflowsFrom: 'heap',
        transcriptCacheFrom: 'heap',
      });
    },
  );

  test.each([300, 648, 1_048, 4_144, 16_048])(
    'in %d MiB there is room for all of it and 200 MiB more',
    (heapLimitMib) => {
      const { maxCachedWorkflows, transcriptCacheMib } = planMemory(nothingSet, heapLimitMib);

      expect(1.5 * maxCachedWorkflows + 2 * transcriptCacheMib + 200).toBeLessThanOrEqual(
        heapLimitMib,
      );
    },
  );

  test('in a heap that has no room for any, ten are kept all the same', () => {
    expect(planMemory(nothingSet, 128).maxCachedWorkflows).toBe(10);
  });

  test('the heap is the one that V8 has been given', () => {
    const script =
      "const { planMemory } = require('./workers/memory-plan.ts'); console.log(planMemory({}).heapLimitMib)";
    const { stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--max-old-space-size=700', '-e', script],
      { cwd: repository, encoding: 'utf8' },
    );

    // V8 adds its young generation.
    expect(Number(stdout)).toBeGreaterThanOrEqual(700);
    expect(Number(stdout)).toBeLessThan(800);
  });
});

test('what is set is what is kept, and more transcripts leave room for fewer conversations', () => {
  const one = readEnvironment({ HOLDFAST_MAX_CACHED_WORKFLOWS: '0' });
  const other = readEnvironment({ HOLDFAST_TRANSCRIPT_CACHE_MB: '200' });

  expect(planMemory(one, 648)).toMatchObject({ maxCachedWorkflows: 0, transcriptCacheMib: 81 });
  expect(planMemory(other, 648)).toMatchObject({ maxCachedWorkflows: 32, transcriptCacheMib: 200 });
});

test('a worker says how much it keeps, and who decided', () => {
  const words = (variables: Record<string, string>) =>
    planInWords(planMemory(readEnvironment(variables), 648));

  expect(words({})).toBe(
    'keeps 190 conversations and 81 MiB of transcripts (both by its heap of 648 MiB)',
  );
  expect(words({ HOLDFAST_MAX_CACHED_WORKFLOWS: '50' })).toBe(
    'keeps 50 conversations (by HOLDFAST_MAX_CACHED_WORKFLOWS) and 81 MiB of transcripts (by its heap of 648 MiB)',
  );
  expect(words({ HOLDFAST_TRANSCRIPT_CACHE_MB: '2' })).toBe(
    'keeps 296 conversations (by its heap of 648 MiB) and 2 MiB of transcripts (by HOLDFAST_TRANSCRIPT_CACHE_MB)',
  );
});
