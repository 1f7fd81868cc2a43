/** Every example as a process of its own, as a reader would run it. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ownNamespace } from '../support/own-namespace';
import { type TestProcess, repository, spawnScript, spawnWorker } from '../support/processes';

const examples = readdirSync(path.join(repository, 'examples')).filter((name) =>
  name.endsWith('.ts'),
);
/** What other examples import. */
const definitions = ['own-worker-workflows.ts', 'own-workflow-definition.ts'];

let server: Awaited<ReturnType<typeof ownNamespace>>;
const started: TestProcess[] = [];

beforeAll(async () => {
  server = await ownNamespace();
});

afterAll(async () => {
  for (const process of started) process.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
});

async function outputOf(example: string): Promise<string> {
  const process = spawnScript(`examples/${example}`, [], { environment: server });
  started.push(process);
  process.endInput();
  const code = await process.ended;
  if (code !== 0) throw new Error(`${example} ended with ${code}:\n${process.errors()}`);
  return process.output();
}

const expected: Readonly<Record<string, RegExp>> = {
  'whole-program.ts': /^`dice` answered: [1-6] of 6$/m,
  'own-worker.ts':
    /^own workflow: A-17 has left the warehouse\nagent beside it: You are welcome\.$/m,
  'own-workflow.ts':
    /^Invoice over 17 pieces\. The accountant says: 17 \* 23 = 391\.\nthe agent's own conversation has 4 messages$/m,
  'in-process.ts':
    /^act: calculator → .*391.*\n(.*\n)*answer: 17 \* 23 = 391\. \(4 messages\)\nYou\| are\| welcome\.\|$/m,
  'structured-output.ts': /^30 degrees in Rome, after 2 model calls$/m,
  'scripted-test.ts': /^# pass 1\n# fail 0$/m,
};

test.each(Object.entries(expected))('%s prints what it did', async (example, output) => {
  expect(await outputOf(example)).toMatch(output);
});

test('client-script.ts talks to the agent of a worker', async () => {
  started.push(
    await spawnWorker({
      folder: repository,
      taskQueue: 'holdfast',
      environment: { ...server, HOLDFAST_DEMO_WORD_DELAY_MS: '10' },
    }),
  );

  const lines = (await outputOf('client-script.ts')).trim().split('\n');

  const [first, sent] = lines;
  expect(first).toMatch(/^started demo-/);
  expect(sent).toMatch(/^sent twice: (appended|queued)$/);
  expect(lines.find((line) => line.startsWith('answer: '))).toMatch(/^answer: Hello! I am demo\./);
  expect(lines).toContainEqual(expect.stringMatching(/^idle · turn 2 · 6 messages · /));
  expect(lines.filter((line) => /^\d user /.test(line))).toEqual([
    '0 user "What is 17 * 23?"',
    '4 user "Hello."',
  ]);
  expect(lines.at(-1)).toBe('closed: COMPLETED');
});

test('each example is run here, and crash-demo.ts by a test of its own', () => {
  const run = [...Object.keys(expected), 'client-script.ts', 'crash-demo.ts'];
  expect(new Set([...run, ...definitions])).toEqual(new Set(examples));
});
