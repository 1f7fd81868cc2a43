/** The chat in a real terminal: typed, pasted, completed, approved, interrupted, left and come back to. */
import { DemoModel } from '../../activities/models/demo-model';
import { builtInConfig } from '../../workers/built-in-config';
import { cleanUpAfterEach } from '../support/cleanup';
import { makeStartFolder } from '../support/npm-start';
import { describeWith } from '../support/system-program';
import { newTaskQueue, testAddress, testClient, testWorker } from '../support/temporal';
import { openTmux } from '../support/tmux';

jest.setTimeout(120_000);
const afterwards = cleanUpAfterEach();

describeWith('tmux', 'a person at a terminal', (file) => {
  async function openTerminal() {
    const taskQueue = newTaskQueue();
    const worker = await testWorker({
      taskQueue,
      agents: builtInConfig.agents,
      // Slow enough that somebody can stop it, and leave, in mid-answer.
      models: { demo: new DemoModel({ wordDelayMs: 80 }) },
    });
    afterwards(() => worker.stop());
    const client = await testClient(taskQueue);
    afterwards(() => client.disconnect());
    const folder = await makeStartFolder({
      environment: { TEMPORAL_ADDRESS: testAddress(), HOLDFAST_TASK_QUEUE: taskQueue },
    });
    afterwards(folder.remove);
    const { path, environment } = folder;
    const terminal = await openTmux({ file, folder: path, environment, columns: 90, rows: 40 });
    afterwards(() => terminal.close());
    const enter = async (line: string) => {
      await terminal.type(line);
      await terminal.press('Enter');
    };
    return { client, enter, ...terminal };
  }

  test('types, pastes, completes, approves, interrupts, leaves and comes back in mid-answer', async () => {
    const { client, enter, type, press, paste, screen, waitFor } = await openTerminal();
    await waitFor(/shell>$/);
    await enter('npm run -s holdfast -- chat demo');
    const [, id = ''] = await waitFor(/conversation (demo-\w+) ·[^]*\nyou ›$/);

    // Streamed: some of it is there before all of it is.
    await enter('tell me a story');
    await waitFor(/agent › On a rock(?![^]*signed)[^]*queue ›$/);
    await press('C-c');
    await waitFor(/interrupting \(Ctrl-C once more leaves\)[^]*\n {2}interrupted\n[^]*\nyou ›$/);
    expect(await screen()).not.toContain('signed the page');

    // At the prompt: nothing is done before the word, and once after it.
    await enter('send 100 $ to Ann');
    await waitFor(/transfer\(\{"amount":100,"to":"Ann"\}\)[^]*\ny\/n ›$/);
    expect((await client.state(id)).pending).toMatchObject([
      { tool: 'transfer', arguments: { amount: 100, to: 'Ann' } },
    ]);
    await enter('y');
    await waitFor(/✓ transfer\([^\n]* → sent 100 \$ to Ann[^]*tokens[^\n]*\nyou ›$/);
    expect((await screen()).match(/✓ transfer\(/g)).toHaveLength(1);

    // A command by its beginning; what it could be, when that is not enough.
    await type('/pen');
    await press('Tab');
    await waitFor(/\nyou › \/pending$/);
    await press('Enter');
    await waitFor(/Nothing waits for a person\.\nyou ›$/);
    await type('/p');
    await press('Tab', 'Tab');
    await waitFor(/\/pending[^]*\/pause[^]*\/prompt[^]*you › \/p$/);
    await press('BSpace', 'BSpace');

    // Two lines are one message, pasted or typed.
    await paste('first pasted\nsecond pasted');
    await press('Enter');
    await waitFor(/tokens[^\n]*\nyou ›$/);
    await type('first typed\\');
    await press('Enter');
    await enter('second typed');
    await waitFor(/second typed[^]*tokens[^\n]*\nyou ›$/);
    const messages = await client.allMessages(id);
    const said = messages.flatMap(({ message }) => (message.role === 'user' ? [message] : []));
    expect(said.map(({ content }) => content).slice(2)).toEqual([
      'first pasted\nsecond pasted',
      'first typed\nsecond typed',
    ]);

    // Whoever leaves is told the way back, and finds what was said meanwhile.
    await enter('tell me a story');
    await waitFor(/first typed[^]*agent › On a rock[^]*queue ›$/);
    await enter('/quit');
    const [, back = ''] = await waitFor(/Come back with: ([^\n]+)\n(?:[^]*\n)?shell>$/);
    expect(back).toBe(`npm run -s holdfast -- chat ${id}`);
    await enter(back);
    await waitFor(
      new RegExp(
        `shell> ${back}\\n[^]*\\nyou › tell me a story\\nagent › On a rock[^]*signed the page\\.\\n[^\\n]*tokens[^\\n]*\\nyou ›$`,
      ),
    );
    expect((await client.state(id)).turns.map(({ status }) => status)).toEqual([
      'interrupted',
      ...Array.from({ length: 4 }, () => 'answered'),
    ]);
    await press('C-c');
    await waitFor(/shell>$/);
  });
});
