/** A person at a terminal: types, approves, interrupts, leaves and comes back. */
import { DemoModel } from '../../activities/models/demo-model';
import { cleanUpAfterEach } from '../support/cleanup';
import { makeStartFolder } from '../support/npm-start';
import { type TerminalProgram, spawnInTerminal } from '../support/screen';
import { newTaskQueue, testAddress, testWorker } from '../support/temporal';
import { builtInConfig } from '../../workers/built-in-config';

jest.setTimeout(120_000);

const afterwards = cleanUpAfterEach();
const ctrlC = '\u0003';

interface Terminal extends TerminalProgram {
  readonly id: string;
}

/** A worker with the built-in agent, and whoever wants to talk to it. */
async function openHouse() {
  const taskQueue = newTaskQueue();
  const worker = await testWorker({
    taskQueue,
    agents: builtInConfig.agents,
    // Slow enough that somebody can leave in mid-answer and come back.
    models: { demo: new DemoModel({ wordDelayMs: 100 }) },
  });
  afterwards(() => worker.stop());
  const folder = await makeStartFolder({
    environment: { TEMPORAL_ADDRESS: testAddress(), HOLDFAST_TASK_QUEUE: taskQueue },
  });
  afterwards(folder.remove);
  return async (agentOrId: string): Promise<Terminal> => {
    const program = spawnInTerminal('npm', ['run', '-s', 'holdfast', '--', 'chat', agentOrId], {
      ...{ columns: 80, rows: 40, folder: folder.path, environment: folder.environment },
    });
    afterwards(async () => {
      program.kill('SIGTERM');
      await program.ended;
    });
    const [, id] = await program.waitFor(/conversation (demo-\w+) ·/);
    return { ...program, id: id! };
  };
}

test('a person approves, denies, answers, queues, interrupts, leaves in mid-answer and comes back', async () => {
  const chat = await openHouse();
  const terminal = await chat('demo');
  await terminal.waitFor(/\nyou ›$/);

  terminal.type('send 100 $ to Ann\r');
  await terminal.waitFor(
    /\n {2}t1s1c0 waits for you · expires in [^\n]+\n {4}transfer\(\{"amount":100,"to":"Ann"\}\)\n[^]*\ny\/n ›$/,
  );
  terminal.type('perhaps\r');
  await terminal.waitFor(/t1s1c0 waits for y, n, a \(always\)/);
  terminal.type('y\r');
  await terminal.waitFor(/✓ transfer\([^\n]* → sent 100 \$ to Ann[^]*tokens[^\n]*\nyou ›$/);

  terminal.type('send 200 $ to Bob\r');
  await terminal.waitFor(/t2s1c0 waits for you[^]*y\/n ›$/);
  terminal.type('n too much\r');
  await terminal.waitFor(
    /✗ transfer\([^\n]*did not allow[^]*Their reason:\s+too\s+much\n[^]*\nyou ›$/,
  );

  terminal.type('ask me something\r');
  await terminal.waitFor(/answers to choose from: tea · coffee[^]*\nanswer ›$/);
  terminal.type('tea, please\r');
  await terminal.waitFor(/agent › You said: tea, please\n[^\n]*tokens[^\n]*\nyou ›$/);

  terminal.type('tell me a story\r');
  await terminal.waitFor(/agent › (?:\S+\s+){10}[^]*queue ›$/);
  terminal.type('What is 12 * 12?\r');
  await terminal.waitFor(/queued › What is 12 \* 12\?\n {2}queued at position 1/);
  terminal.type(ctrlC);
  await terminal.waitFor(
    /interrupting[^]*\n {2}interrupted\n[^]*\nyou › What is 12 \* 12\?\n[^]*12 \* 12 = 144\.\n[^\n]*tokens[^\n]*\nyou ›$/,
  );
  expect(terminal.screen.text()).not.toContain('signed the page.');

  terminal.type('tell me a story\r');
  await terminal.waitFor(/you › tell me a story\nagent › (?:\S+\s+){10}[^]*queue ›$/);
  terminal.type('/quit\r');
  await terminal.ended;
  expect(terminal.screen.text()).toContain(
    `Come back with: npm run -s holdfast -- chat ${terminal.id}`,
  );

  const again = await chat(terminal.id);
  await again.waitFor(
    /\nyou › tell me a story\nagent › On a rock [^]*signed the page\.\n[^\n]*tokens[^\n]*\nyou ›$/,
  );
  again.type(ctrlC);
  expect(await again.ended).toBe(0);
});
