import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually';
import { cleanUpAfterEach } from '../support/cleanup';
import { type StartFolder, endOf, makeStartFolder } from '../support/npm-start';
import { spawnScript } from '../support/processes';
import { newTaskQueue, testAddress } from '../support/temporal';
import { type ScreenSize, type TerminalProgram, spawnInTerminal } from '../support/screen';
import type { SequencedMessage } from '../../workflows/contract';

jest.setTimeout(120_000);

const afterwards = cleanUpAfterEach();

interface Chat extends TerminalProgram {
  readonly folder: StartFolder;
  readonly id: string;
  /** The worker that the introduction names. */
  readonly worker: number;
  /**
   * What stands between the prompt with `question` and the next one, once that is there: an answer's rows as one line,
   * without what the turn took.
   */
  exchange(question: string, typedNext?: string): Promise<readonly string[]>;
  /** What the agent has said for good, read by another process. */
  durableAnswers(): Promise<readonly string[]>;
}

/** `npm start`, in a terminal, waiting for a question; on the suite's server unless it is to start its own. */
async function startChat(
  size: ScreenSize,
  { ownServer = false }: { readonly ownServer?: boolean } = {},
): Promise<Chat> {
  const shared = { TEMPORAL_ADDRESS: testAddress(), HOLDFAST_TASK_QUEUE: newTaskQueue() };
  const folder = await makeStartFolder({ environment: ownServer ? {} : shared });
  afterwards(folder.remove);
  const program = spawnInTerminal('npm', ['start'], { ...size, ...optionsOf(folder) });
  afterwards(async () => {
    program.kill('SIGTERM');
    await program.ended;
  });
  const [, worker] = await program.waitFor(/worker (\d+) · kill -9 it while it answers/, 60_000);
  const [, id] = await program.waitFor(/conversation (demo-\w+) ·[^]*\nyou ›$/);
  return {
    ...program,
    folder,
    id: id!,
    worker: Number(worker),
    async exchange(question, typedNext = '') {
      const [, text] = await program.waitFor(
        new RegExp(
          `\nyou › ${escaped(question)}\n([^]*)\n${escaped(`you › ${typedNext}`.trim())}$`,
        ),
      );
      return joinRows(text!.split('\n').filter((line) => !/^ {2}\S.* tokens · /.test(line)));
    },
    async durableAnswers() {
      const reader = spawnScript('client/main.ts', ['messages', id!, '--json'], optionsOf(folder));
      expect(await reader.ended).toBe(0);
      const messages = JSON.parse(reader.output()) as readonly SequencedMessage[];
      return messages.flatMap(({ message }) =>
        message.role === 'assistant' ? [message.content] : [],
      );
    },
  };
}

/** The chat breaks an answer between words: what is no line of its own goes on with the one before. */
function joinRows(rows: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const row of rows) {
    const isOwn = /^(?:agent › | {2}\S|──$|worker \d+ lost|attempt \d)/.test(row);
    if (isOwn || lines.length === 0) lines.push(row);
    else lines.push(`${lines.pop()} ${row}`);
  }
  return lines;
}

function optionsOf({ path, environment }: StartFolder): Pick<StartFolder, 'environment'> & {
  folder: string;
} {
  return { folder: path, environment };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function killNine(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await endOf(pid);
}

/** The worker that the notice says has taken over: a process that is there, and another one. */
function successorIn(lines: readonly string[], lost: number): number {
  const notice = lines.find((line) => line.includes(`worker ${lost} lost`)) ?? '';
  const successor = Number(/(\d+)(?: took its place)?$/.exec(notice)?.[1]);
  expect(successor).not.toBe(lost);
  expect(() => process.kill(successor, 0)).not.toThrow();
  return successor;
}

const story = 'tell me a story';

/** Kills the worker once so many words of the story stand on the screen. */
async function killInMidStory(chat: Chat, words: number): Promise<readonly string[]> {
  chat.type(`${story}\r`);
  await chat.waitFor(new RegExp(`\nagent › (?:\\S+\\s+){${words}}`));
  await killNine(chat.worker);
  return chat.exchange(story);
}

test('the worker is killed in mid-answer: the screen shows one notice and the whole answer, every word once', async () => {
  const chat = await startChat({ columns: 100, rows: 30 }, { ownServer: true });
  const lines = await killInMidStory(chat, 20);

  const answers = await chat.durableAnswers();
  expect(answers).toHaveLength(1);
  expect(answers[0]!.split(' ').length).toBeGreaterThan(100);
  const successor = successorIn(lines, chat.worker);
  expect(lines).toEqual([
    `worker ${chat.worker} lost · attempt 2 on ${successor}`,
    `agent › ${answers[0]}`,
  ]);
});

test('the worker is killed twice in one answer: each attempt leaves its notice, the last one its words', async () => {
  const chat = await startChat({ columns: 100, rows: 30 });
  chat.type(`${story}\r`);
  await chat.waitFor(/\nagent › (?:\S+\s+){10}/);
  await killNine(chat.worker);
  const [, second] = await chat.waitFor(/attempt 2 on (\d+)\nagent › (?:\S+\s+){10}/);
  await killNine(Number(second));
  const lines = await chat.exchange(story);

  const third = successorIn(lines, Number(second));
  expect(lines).toEqual([
    `worker ${chat.worker} lost · attempt 2 on ${second}`,
    `worker ${second} lost · attempt 3 on ${third}`,
    `agent › ${(await chat.durableAnswers())[0]}`,
  ]);
});

test('the worker is killed while nobody speaks: that is told above the prompt, and the next question is answered', async () => {
  const chat = await startChat({ columns: 100, rows: 30 });
  chat.type('What is 12 * 12?\r');
  await chat.exchange('What is 12 * 12?');
  await killNine(chat.worker);
  const [, successor] = await chat.waitFor(
    new RegExp(`\nworker ${chat.worker} lost · worker (\\d+) took its place\nyou ›$`),
  );
  successorIn(chat.screen.lines(), chat.worker);
  chat.type('What is 13 * 13?\r');
  const lines = await chat.exchange('What is 13 * 13?');

  expect(lines).toEqual([
    'agent › Let me ask calculator.',
    '  ✓ calculator({"expression":"13 * 13"}) → 169',
    'agent › 13 * 13 = 169.',
  ]);
  expect(await chat.folder.workerPids()).toEqual([chat.worker, Number(successor)]);
});

/** Typed key by key, or pasted: the line editor counts its rows differently. */
const keys: readonly (readonly [how: string, type: (chat: Chat, text: string) => Promise<void>])[] =
  [
    [
      'typed',
      async (chat, text) => {
        for (const key of text) {
          chat.type(key);
          await sleep(5);
        }
      },
    ],
    ['pasted', async (chat, text) => chat.type(text)],
  ];

test.each(keys)(
  'what has been %s when an idle worker dies stands under the notice, whole and once, and is sent as it is',
  async (_how, type) => {
    const chat = await startChat({ columns: 40, rows: 30 });
    const question = 'Would you be so kind as to tell me, please, what 12 * 12 and 13 * 13 are?';
    await type(chat, question);
    const before = await chat.waitFor(new RegExp(`^([^]*\n)you › ${escaped(question)}$`));
    await killNine(chat.worker);
    const after = await chat.waitFor(/lost · worker \d+ took its place\nyou › [^]*\?$/);
    const successor = successorIn(chat.screen.lines(), chat.worker);
    expect(after.input).toBe(
      `${before[1]}worker ${chat.worker} lost · worker ${successor} took its place\nyou › ${question}`,
    );
    chat.type('\r');
    const lines = await chat.exchange(question);
    expect(lines.at(-1)).toContain('= 169.');
  },
);

test('what is typed while the agent answers leaves the answer alone, waits for its turn, and is answered', async () => {
  const chat = await startChat({ columns: 60, rows: 40 });
  chat.type(`${story}\r`);
  await chat.waitFor(/\nagent › (?:\S+\s+){10}/);
  const ahead = 'What is 12 * 12?';
  chat.type(`${ahead}\rWhat is 13`);
  const lines = await chat.exchange(ahead, 'What is 13');
  chat.type(' * 13?\r');
  await chat.exchange('What is 13 * 13?');

  const text = chat.screen.text();
  const [answer] = await chat.durableAnswers();
  const words = text.replace(/\s+/g, ' ');
  expect(text).toContain(`queued › ${ahead}\n  queued at position 1`);
  expect(words.replace(/ queued › .* would be sooner\)/, '')).toContain(
    `you › ${story} agent › ${answer} `,
  );
  expect(lines.at(-1)).toBe('agent › 12 * 12 = 144.');
  expect(text.split('13 * 13?')).toHaveLength(2);
  expect(text).toContain('agent › 13 * 13 = 169.');
});

test('Ctrl-C interrupts the agent, once more ends the chat and leaves no process behind', async () => {
  const chat = await startChat({ columns: 100, rows: 30 }, { ownServer: true });
  const server = await chat.folder.serverPid();
  chat.type(`${story}\r`);
  await chat.waitFor(/\nagent › (?:\S+\s+){10}/);
  chat.type('\u0003\u0003');
  await chat.ended;

  expect(chat.screen.text()).toContain('interrupting (Ctrl-C once more leaves)');
  expect(chat.screen.text()).toContain(`Come back with: npm start -- ${chat.id}`);
  expect(chat.screen.text()).not.toContain('signed the page.');
  await endOf(chat.worker);
  await endOf(server);
});

test.each([
  ['while nobody speaks', undefined],
  ['while the agent answers', story],
])('a terminal that is closed %s leaves no process behind', async (_when, question) => {
  const chat = await startChat({ columns: 100, rows: 30 }, { ownServer: true });
  const server = await chat.folder.serverPid();
  if (question !== undefined) {
    chat.type(`${question}\r`);
    await chat.waitFor(/\nagent › (?:\S+\s+){10}/);
  }
  chat.close();
  await endOf(chat.worker);
  await endOf(server);
  const stateFile = path.join(chat.folder.path, '.holdfast', 'server.json');
  // Removed once the server is gone.
  expect(await eventually(() => !existsSync(stateFile))).toBe(true);
});

test('the worker is killed while a tool runs: the call stands there once, and so does its result', async () => {
  const chat = await startChat({ columns: 100, rows: 30 });
  chat.type('wait 4 seconds\r');
  await chat.waitFor(/ slow\(\{"seconds":4\}\) · \d+ s\n/);
  await killNine(chat.worker);
  const lines = await chat.exchange('wait 4 seconds');

  const successor = successorIn(lines, chat.worker);
  expect(lines.map((line) => line.replace(/ · [\d.]+ s$/, ''))).toEqual([
    'agent › Let me ask slow.',
    `worker ${chat.worker} lost · attempt 2 on ${successor}`,
    '  ✓ slow({"seconds":4}) → waited 4 seconds',
    'agent › slow answered: waited 4 seconds',
  ]);
  expect(await chat.durableAnswers()).toEqual([
    'Let me ask `slow`.',
    '`slow` answered: waited 4 seconds',
  ]);
});

test('in a narrow terminal the answer wraps over many rows, and all of them are taken back', async () => {
  const chat = await startChat({ columns: 40, rows: 40 });
  const lines = await killInMidStory(chat, 60);

  const [answer] = await chat.durableAnswers();
  const successor = successorIn(lines, chat.worker);
  expect(lines).toEqual([
    `worker ${chat.worker} lost · attempt 2 on ${successor}`,
    `agent › ${answer}`,
  ]);
});

test('where the lost words have scrolled off a low terminal, a rule parts them from the answer, which follows whole', async () => {
  const chat = await startChat({ columns: 40, rows: 10 });
  const lines = await killInMidStory(chat, 100);

  const [answer] = await chat.durableAnswers();
  const [lost, ...rest] = lines;
  expect(`agent › ${answer}`.startsWith(lost!)).toBe(true);
  expect(lost!.length).toBeGreaterThan(40 * 10);
  const successor = successorIn(lines, chat.worker);
  expect(rest).toEqual([
    '──',
    `worker ${chat.worker} lost · attempt 2 on ${successor}`,
    `agent › ${answer}`,
  ]);
});

test('a terminal that gets another size in mid-answer shows the answer on', async () => {
  const chat = await startChat({ columns: 100, rows: 40 });
  chat.type(`${story}\r`);
  await chat.waitFor(/\nagent › (?:\S+\s+){30}/);
  chat.resize({ columns: 120, rows: 40 });
  const lines = await chat.exchange(story);

  const [answer] = await chat.durableAnswers();
  const withoutBreaks = (text: string) => text.replace(/\s/g, '');
  expect(withoutBreaks(lines.join(''))).toBe(withoutBreaks(`agent › ${answer}`));
});

test('a worker that is killed after the terminal got another size takes no other line with it', async () => {
  const chat = await startChat({ columns: 100, rows: 40 });
  chat.type(`${story}\r`);
  await chat.waitFor(/\nagent › (?:\S+\s+){30}/);
  chat.resize({ columns: 60, rows: 40 });
  await killNine(chat.worker);
  const lines = await chat.exchange(story);

  const [answer] = await chat.durableAnswers();
  const successor = successorIn(lines, chat.worker);
  expect(lines.slice(-3)).toEqual([
    '──',
    `worker ${chat.worker} lost · attempt 2 on ${successor}`,
    `agent › ${answer}`,
  ]);
});
