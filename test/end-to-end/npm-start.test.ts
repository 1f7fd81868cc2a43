import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentClient } from '../../client/agent-client';
import { createProgram } from '../../client/commands/program';
import type { Timeline } from '../../client/timeline/types';
import { isProcessAlive } from '../../workers/dev-server-state';
import type { ConversationState, SequencedMessage } from '../../workflows/contract';
import { eventually } from '../support/eventually';
import { activitiesIn } from '../support/activities-in';
import { cleanUpAfterEach } from '../support/cleanup';
import {
  type Program,
  type StartFolder,
  endOf,
  makeStartFolder,
  spawnProgram,
  startCommand,
  startFolderAt,
} from '../support/npm-start';
import { repository } from '../support/processes';
import { newTaskQueue, testAddress } from '../support/temporal';

jest.setTimeout(120_000);

const afterwards = cleanUpAfterEach();
const root = path.resolve(repository);

async function newFolder(
  options: Parameters<typeof makeStartFolder>[0] = {},
): Promise<StartFolder> {
  const folder = await makeStartFolder(options);
  afterwards(folder.remove);
  return folder;
}

function run(
  folder: StartFolder,
  [command, ...parameters]: readonly [string, ...string[]],
  options: { readonly input?: 'open' | 'none' } = {},
): Program {
  const program = spawnProgram(command, parameters, folder, options);
  afterwards(async () => {
    program.kill('SIGTERM');
    program.endInput();
    await program.ended;
  });
  return program;
}

const npmStart = ['npm', 'start'] as const;

/** Another process, as a second terminal would start it. */
async function holdfast(
  folder: StartFolder,
  ...parameters: readonly string[]
): Promise<{ code: number | string; output: string; errors: string; tookMs: number }> {
  const [command, ...words] = await startCommand();
  const startedAtMs = Date.now();
  const program = run(folder, [command, ...words.slice(0, -1), ...parameters], { input: 'none' });
  const code = await program.ended;
  const tookMs = Date.now() - startedAtMs;
  return { code, output: program.output(), errors: program.errors(), tookMs };
}

async function holdfastJson<Value>(folder: StartFolder, ...parameters: string[]): Promise<Value> {
  const { code, output, errors } = await holdfast(folder, ...parameters, '--json');
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  return JSON.parse(output) as Value;
}

/** Everything that `npm start` has running once it is ready. */
async function processesOf(folder: StartFolder, program: Program) {
  const [, worker] = await program.waitFor(/worker (\d+) · kill -9 it/, 'errors');
  const [, id] = await program.waitFor(/conversation (\S+) ·/, 'errors');
  const pids = { server: await folder.serverPid(), worker: Number(worker) };
  expect(isProcessAlive(pids.server)).toBe(true);
  expect(isProcessAlive(pids.worker)).toBe(true);
  return { ...pids, id: id! };
}

/** The lines of standard output without those in which npm says what it runs. */
function answersOf(program: Program): readonly string[] {
  return program
    .output()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('> '));
}

/** A config whose only agent has these tools of the repository. */
function configWith(tools: Readonly<Record<string, string>>, name = 'plain'): string {
  const from = (file: string) => JSON.stringify(path.join(root, file));
  return `
    import { defineAgent } from ${from('agent/index.ts')};
    ${Object.entries(tools)
      .map(([tool, file]) => `import { ${tool} } from ${from(file)};`)
      .join('\n')}
    export default {
      agents: [
        defineAgent({
          name: '${name}',
          model: 'demo',
          instructions: 'Be brief.',
          tools: [${Object.keys(tools).join(', ')}],
        }),
      ],
    };
  `;
}

/** Two numbers that no one has written down anywhere. */
function drawProduct() {
  const [left, right] = [randomInt(1_000, 100_000), randomInt(1_000, 100_000)];
  return { question: `What is ${left} * ${right}?`, product: String(left * right) };
}

describe('without input, npm start', () => {
  test('answers a question of its own in a folder without a config, ends, and leaves no process behind', async () => {
    const folder = await newFolder();
    const program = run(folder, npmStart, { input: 'none' });
    const { server, worker } = await processesOf(folder, program);

    expect(await program.ended).toBe(0);
    expect(answersOf(program)).toEqual(['17 * 23 = 391.']);
    expect(program.errors()).toContain('you › What is 17 * 23?');
    expect(program.errors()).toContain('the built-in demo agent');
    expect([isProcessAlive(server), isProcessAlive(worker)]).toEqual([false, false]);
    expect(await folder.workerPids()).toEqual([worker]);
    expect(existsSync(path.join(folder.path, '.holdfast', 'server.json'))).toBe(false);
  });

  test('does the same in the repository itself, with the agents of its config and a bundle of its own', async () => {
    const folder = await startFolderAt(root, {
      environment: { HOLDFAST_TASK_QUEUE: newTaskQueue(), HOLDFAST_WORKFLOW_BUNDLE: undefined },
    });
    afterwards(folder.remove);
    const program = run(folder, npmStart, { input: 'none' });
    const [, worker] = await program.waitFor(/worker (\d+) · kill -9 it/, 'errors');

    expect(await program.ended).toBe(0);
    expect(answersOf(program)).toEqual(['17 * 23 = 391.']);
    expect(program.errors()).toContain(path.join(root, 'holdfast.config.ts'));
    expect(isProcessAlive(Number(worker))).toBe(false);
  });
});

test('what the agent says is what its tool worked out, and other processes find it in memory and in history', async () => {
  const folder = await newFolder();
  const program = run(folder, npmStart);
  const { id, server, worker } = await processesOf(folder, program);
  const { question, product } = drawProduct();
  program.write(`${question}\n`);
  await program.waitFor(new RegExp(` = ${product}\\.\\n`));

  const messages = await holdfastJson<readonly SequencedMessage[]>(folder, 'messages', id);
  expect(messages.map(({ message }) => message.role)).toEqual([
    'user',
    'assistant',
    'tool_response',
    'assistant',
  ]);
  expect(messages[2]?.message).toMatchObject({
    toolName: 'calculator',
    content: [{ type: 'text', text: product }],
    isError: false,
  });
  const timeline = await holdfastJson<Timeline>(folder, 'timeline', id);
  expect(timeline).toMatchObject({ id, status: 'idle', turns: [{ status: 'answered' }] });
  expect(timeline.turns[0]?.steps.flatMap(({ act }) => act)).toMatchObject([
    { tool: 'calculator', status: 'done', attempts: 1, isError: false },
  ]);
  expect(timeline.turns[0]?.answer).toContain(product);
  const state = await holdfastJson<ConversationState>(folder, 'state', id);
  expect(state).toMatchObject({ status: 'idle', turn: 1, messages: 4, agent: { name: 'demo' } });
  const list = await holdfastJson<readonly { id: string; status: string }[]>(folder, 'list');
  expect(list).toMatchObject([{ id, status: 'RUNNING' }]);

  // And past everything of ours: the server's own history.
  const client = await AgentClient.connect({
    address: `127.0.0.1:${folder.environment['HOLDFAST_PORT']}`,
  });
  afterwards(() => client.disconnect());
  const tools = (await activitiesIn(client, id)).filter(({ type }) => type === 'executeTool');
  expect(tools).toMatchObject([{ outcome: 'completed', attempt: 1 }]);
  expect(tools[0]?.worker).toMatch(new RegExp(`^${worker}@`));

  const unknown = await holdfast(folder, 'ask', 'nobody', 'Hello?');
  expect(unknown.code).toBe(1);
  expect(unknown.output).toBe('');
  expect(unknown.errors).toMatch(/^holdfast: .*`nobody`.*`?demo`?.*\n$/);

  program.endInput();
  expect(await program.ended).toBe(0);
  expect([isProcessAlive(server), isProcessAlive(worker)]).toEqual([false, false]);
});

test('an agent without the calculator does not know the product: nobody but the tool works it out', async () => {
  const folder = await newFolder({ config: configWith({ clock: 'activities/tools/clock.ts' }) });
  const program = run(folder, npmStart);
  const { id } = await processesOf(folder, program);
  const { question, product } = drawProduct();
  program.write(`${question}\n`);
  await program.waitFor(/I have no `calculator` tool/);

  expect(program.errors()).toContain(path.join(folder.path, 'holdfast.config.ts'));
  expect(program.output()).not.toContain(product);
  const messages = await holdfastJson<readonly SequencedMessage[]>(folder, 'messages', id);
  expect(messages.map(({ message }) => message.role)).toEqual(['user', 'assistant']);
  expect(JSON.stringify(messages)).not.toContain(product);
});

test('every line of input is answered, in order, each on a line of output', async () => {
  const folder = await newFolder();
  const products = Array.from({ length: 4 }, drawProduct);
  const program = run(folder, npmStart);
  program.write(`${products[0]!.question}\n\n${products[1]!.question}\n`);
  await program.waitFor(new RegExp(` = ${products[1]!.product}\\.\\n`));
  // The last line has no line break.
  program.write(`${products[2]!.question}\n${products[3]!.question}`);
  program.endInput();

  expect(await program.ended).toBe(0);
  expect(answersOf(program).map((line) => line.replace(/^.* = /, ''))).toEqual(
    products.map(({ product }) => `${product}.`),
  );
});

test('answers are JSON, one a line, when a program asks for that', async () => {
  const folder = await newFolder();
  const products = Array.from({ length: 2 }, drawProduct);
  const program = run(folder, ['npm', 'start', '--silent', '--', '--json']);
  program.write(products.map(({ question }) => `${question}\n`).join(''));
  program.endInput();

  expect(await program.ended).toBe(0);
  const answers = program.output().trimEnd().split('\n');
  expect(answers.map((line) => JSON.parse(line) as unknown)).toMatchObject(
    products.map(({ product }, index) => ({
      role: 'agent',
      turn: index + 1,
      content: expect.stringContaining(` = ${product}.`) as string,
      finishReason: 'stop',
    })),
  );
});

test('a server that TEMPORAL_ADDRESS names is used; none is started, and it is not stopped', async () => {
  const environment = { TEMPORAL_ADDRESS: testAddress(), HOLDFAST_TASK_QUEUE: newTaskQueue() };
  const folder = await newFolder({ environment });
  const program = run(folder, npmStart);
  const [, worker] = await program.waitFor(/worker (\d+) · kill -9 it/, 'errors');
  const [, id] = await program.waitFor(/conversation (\S+) ·/, 'errors');
  const { question, product } = drawProduct();
  program.write(`${question}\n`);
  program.endInput();

  expect(await program.ended).toBe(0);
  expect(answersOf(program).join()).toContain(product);
  expect(existsSync(path.join(folder.path, '.holdfast', 'server.json'))).toBe(false);
  expect(existsSync(path.join(folder.path, '.holdfast', 'server.log'))).toBe(false);
  expect(isProcessAlive(Number(worker))).toBe(false);
  const client = await AgentClient.connect({ address: testAddress() });
  afterwards(() => client.disconnect());
  expect(await client.describe(id!)).toMatchObject({ status: 'RUNNING' });
});

/** To whom a signal goes: a terminal sends it to all of the group, a supervisor to the process that it knows. */
const ends: readonly (readonly [
  signal: NodeJS.Signals,
  target: 'npm and its group' | 'npm alone' | 'the program itself',
  when: 'it starts' | 'it waits for input' | 'the agent answers' | 'a tool runs',
])[] = [
  ['SIGINT', 'npm and its group', 'it waits for input'],
  ['SIGINT', 'npm and its group', 'the agent answers'],
  ['SIGHUP', 'npm and its group', 'it waits for input'],
  ['SIGTERM', 'npm alone', 'it waits for input'],
  ['SIGTERM', 'npm alone', 'a tool runs'],
  ['SIGTERM', 'the program itself', 'it starts'],
  ['SIGTERM', 'the program itself', 'the agent answers'],
  ['SIGINT', 'the program itself', 'it waits for input'],
];

test.each(ends)(
  '%s to %s while %s stops the server, the worker and the program',
  async (signal, target, when) => {
    const folder = await newFolder();
    const isProgram = target === 'the program itself';
    const program = run(folder, isProgram ? await startCommand() : npmStart);
    const pids: number[] = [];
    if (when === 'it starts') {
      pids.push(await eventually(() => folder.serverPid().catch(() => undefined)));
    } else {
      const { server, worker, id } = await processesOf(folder, program);
      pids.push(server, worker);
      if (when !== 'it waits for input') {
        program.write(when === 'a tool runs' ? 'wait 60 seconds\n' : 'tell me a story\n');
        // What is still to be read is not answered either.
        program.write('What is 12 * 12?\n');
        await busy(folder, id);
      }
    }
    if (target === 'npm and its group') program.killGroup(signal);
    else program.kill(signal);
    // Its standard input is still open.
    await program.ended;

    for (const pid of [...pids, ...(await folder.workerPids())]) await endOf(pid, 1_000);
    expect(answersOf(program)).toEqual([]);
    const stateFile = path.join(folder.path, '.holdfast', 'server.json');
    // Removed once the server is gone, by a program that npm does not always wait for.
    expect(await eventually(() => !existsSync(stateFile))).toBe(true);
  },
  45_000,
);

test('a reader of the answers that goes away ends everything at the next answer', async () => {
  const folder = await newFolder();
  const program = run(folder, await startCommand());
  const { server, worker } = await processesOf(folder, program);
  program.closeOutput();
  program.write('What is 12 * 12?\nWhat is 13 * 13?\nWhat is 14 * 14?\n');
  await program.ended;

  expect(program.errors()).not.toContain('14 * 14');
  expect([isProcessAlive(server), isProcessAlive(worker)]).toEqual([false, false]);
});

/** Resolves when an activity of the conversation is at work. */
async function busy(folder: StartFolder, id: string): Promise<void> {
  const client = await AgentClient.connect({
    address: `127.0.0.1:${folder.environment['HOLDFAST_PORT']}`,
  });
  try {
    for (;;) {
      const { pending } = await client.describe(id);
      if (pending.some(({ isStarted, type }) => isStarted && type !== 'resolveAgent')) return;
      await sleep(20);
    }
  } finally {
    await client.disconnect();
  }
}

test('kill -9 of the program ends its worker too; the next start finds the server and the conversation', async () => {
  const folder = await newFolder();
  const first = run(folder, await startCommand());
  const { server, worker, id } = await processesOf(folder, first);
  const { question, product } = drawProduct();
  first.write(`${question}\n`);
  await first.waitFor(new RegExp(` = ${product}\\.\\n`));
  first.kill('SIGKILL');
  await first.ended;
  await endOf(worker);
  expect(isProcessAlive(server)).toBe(true);

  const second = run(folder, [...(await startCommand()), id]);
  const again = await processesOf(folder, second);
  expect(again).toMatchObject({ server, id });
  const messages = await holdfastJson<readonly SequencedMessage[]>(folder, 'messages', id);
  expect(JSON.stringify(messages)).toContain(product);
  second.endInput();
  expect(await second.ended).toBe(0);
  await endOf(again.worker, 1_000);
  // It was found, not started: who started it is gone, and whoever comes next finds it too.
  expect(isProcessAlive(server)).toBe(true);
});

describe('a config that cannot be used ends npm start with one line and without a process left over:', () => {
  test.each([
    ['a syntax error', 'export default {\n  agents: [[\n};\n', /holdfast\.config\.ts/],
    [
      'a key that is none',
      `${configWith({})}`.replace('agents:', 'agent:'),
      /holdfast\.config\.ts is not usable\. .*agent/,
    ],
    [
      'two tools of one name',
      configWith({ clock: 'activities/tools/clock.ts' }).replace('[clock]', '[clock, clock]'),
      /`clock`/,
    ],
    [
      'two agents of one name',
      configWith({}).replace(
        'agents: [',
        "agents: [defineAgent({ name: 'plain', model: 'demo', instructions: '' }),",
      ),
      /`plain`/,
    ],
    ['no agents', 'export default { agents: [] };\n', /agents/],
    ['an import of what is not there', "import './nothing';\nexport default {};\n", /nothing/],
    ['an error of its own', "throw new Error('No key in the vault.');\n", /No key in the vault\./],
  ])('%s', async (_what, config, words) => {
    const folder = await newFolder({ config });
    const program = run(folder, await startCommand(), { input: 'none' });
    const servers = new Set<number>();
    const watching = setInterval(() => {
      folder.serverPid().then(
        (pid) => servers.add(pid),
        () => undefined,
      );
    }, 20);
    const code = await program.ended;
    clearInterval(watching);

    expect(code).toBe(1);
    expect(program.output()).toBe('');
    const lines = program.errors().trimEnd().split('\n');
    const progress = lines.filter((line) => /^Temporal server .* is ready/.test(line));
    const said = lines.filter((line) => !progress.includes(line));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^holdfast: (?!.*holdfast: )/);
    expect(said[0]).toMatch(words);
    for (const pid of [...servers, ...(await folder.workerPids())]) {
      expect(isProcessAlive(pid)).toBe(false);
    }
    expect(existsSync(path.join(folder.path, '.holdfast', 'server.json'))).toBe(false);
  });
});

describe('the command line', () => {
  const common = ['--json', '--address', '--namespace', '--task-queue'];
  const options: readonly (readonly [command: string, options: readonly string[]])[] = [
    ['dev', ['[agent]', '--json']],
    ['worker', ['--json']],
    ['start', ['<agent>', '[message]', '--id', '--mode', '--tenant', ...common]],
    ['send', ['<id>', '<message>', '--message-id', '--steer', '--interrupt', ...common]],
    ['ask', ['<agent-or-id>', '<message>', '--message-id', ...common]],
    ['chat', ['[agent-or-id]', ...common]],
    ['adopt', ['<id>', '--agent', '--model', ...common]],
    ['pending', ['[id]', ...common]],
    ['approve', ['<id>', '<call>', '--always', ...common]],
    ['deny', ['<id>', '<call>', '--reason', ...common]],
    ['answer', ['<id>', '<call>', '<text>', ...common]],
    ['interrupt', ['<id>', '[message]', ...common]],
    ['pause', ['<id>', ...common]],
    ['resume', ['<id>', ...common]],
    ['cancel', ['<id>', '<message-ids...>', ...common]],
    ['edit', ['<id>', '<message-id>', '<text>', ...common]],
    ['compact', ['<id>', ...common]],
    ['close', ['<id>', ...common]],
    ['state', ['<id>', '--message-id', ...common]],
    ['messages', ['<id>', '--from', ...common]],
    ['list', ['--limit', '--running', '--status', '--agent', '--needs-approval', ...common]],
    ['timeline', ['<id>', '--proof', ...common]],
    ['transcript', ['<id>', '--turn', ...common]],
    ['prompt', ['<id>', '--turn', '--step', '--raw', ...common]],
    ['setup', common],
    ['serve', ['--host', '--port', ...common]],
  ];
  test.each(options)('explains `%s` and its options', (name, words) => {
    const command = createProgram().commands.find((each) => each.name() === name);
    const help = command?.helpInformation();
    for (const word of words) expect(help).toContain(word);
  });

  test('prints what explains a command, and nothing else', async () => {
    const { code, output, errors } = await holdfast(await newFolder(), 'send', '--help');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(/^Usage: holdfast send/);
  });

  test('lists its commands, each of which is explained', async () => {
    const { code, output } = await holdfast(await newFolder(), '--help');
    expect(code).toBe(0);
    const commands = output.slice(output.indexOf('Commands:')).matchAll(/^ {2}([a-z]+) /gm);
    expect(new Set([...commands].map(([, name]) => name))).toEqual(
      new Set([...options.map(([command]) => command), 'help']),
    );
  });

  test.each<[what: string, parameters: readonly string[], words: RegExp]>([
    ['an unknown command', ['stat'], /unknown command 'stat'/],
    ['an unknown option', ['state', 'x', '--jsn'], /unknown option '--jsn'/],
    ['a missing argument', ['state'], /missing required argument 'id'/],
    ['a missing message', ['ask', 'demo'], /missing required argument 'message'/],
    ['an argument too many', ['state', 'x', 'y'], /too many arguments/],
    ['a mode that is none', ['start', 'demo', '--mode', 'x'], /'--mode <mode>' argument 'x'/],
    ['a number that is none', ['list', '--limit', 'ten'], /'--limit <number>' argument 'ten'/],
    ['a number below zero', ['list', '--limit', '-1'], /'--limit <number>' argument '-1'/],
    ['a decision on nothing', ['approve', 'x'], /missing required argument 'call'/],
    ['two deliveries', ['send', 'x', 'y', '--steer', '--interrupt'], /cannot be used with/],
    ['a place that is none', ['messages', 'x', '--from', 'y'], /'--from <seq>' argument 'y'/],
  ])('refuses %s in one clear line', async (_what, parameters, words) => {
    const { code, output, errors } = await holdfast(await newFolder(), ...parameters);
    expect(code).not.toBe(0);
    expect(output).toBe('');
    const [line, ...hints] = errors.trimEnd().split('\n').filter(Boolean);
    expect(line).toMatch(words);
    // What follows are hints in brackets.
    expect(hints.filter((hint) => !/^\(.*\)$/.test(hint))).toEqual([]);
  });

  test.each<[command: string, parameters: readonly string[]]>([
    ['ask', ['demo', 'Hello?']],
    ['chat', ['demo']],
    ['chat', []],
  ])(
    'says within 3 s that no worker runs, when `%s %p` is called without one',
    async (command, parameters) => {
      const taskQueue = newTaskQueue();
      const environment = { TEMPORAL_ADDRESS: testAddress(), HOLDFAST_TASK_QUEUE: taskQueue };
      const folder = await newFolder({ environment });
      const help = await holdfast(folder, command, '--help');
      const { code, output, errors, tookMs } = await holdfast(folder, command, ...parameters);

      expect({ code, output }).toEqual({ code: 1, output: '' });
      expect(errors.trimEnd().split('\n')).toHaveLength(1);
      expect(errors).toContain(`task queue \`${taskQueue}\``);
      expect(errors).toMatch(/`[^`]*holdfast[^`]* worker`|`npm start`/);
      // A process that only prints its help takes as long to start, more or less.
      expect(tookMs - help.tookMs).toBeLessThan(3_000 + help.tookMs / 2);
    },
  );

  test.each(['state', 'messages', 'timeline', 'close', 'send'])(
    'says in one line that there is no such conversation, when `%s` is asked for one',
    async (command) => {
      const environment = { TEMPORAL_ADDRESS: testAddress(), HOLDFAST_TASK_QUEUE: newTaskQueue() };
      const folder = await newFolder({ environment });
      const words = command === 'send' ? ['Hello?'] : [];
      const { code, output, errors } = await holdfast(folder, command, 'no-such-one', ...words);
      expect({ code, output }).toEqual({ code: 1, output: '' });
      expect(errors).toMatch(/^holdfast: There is no conversation `no-such-one`.*\n$/);
    },
  );

  test('says in one line that no server answers, when there is none', async () => {
    const commands = [
      ['ask', 'demo', 'Hello?'],
      ['chat'],
      ['state', 'x'],
      ['list'],
      ['worker'],
      ['dev'],
    ] as const;
    // A port that was free a moment ago.
    const nowhere = `127.0.0.1:${(await newFolder()).environment['HOLDFAST_PORT']}`;
    const folder = await newFolder({ environment: { TEMPORAL_ADDRESS: nowhere } });

    // Each waits for as long as a connection may take: all at once.
    const runs = commands.map(async ([command, ...parameters]) => ({
      command,
      ...(await holdfast(folder, command, ...parameters)),
    }));

    for (const { command, code, output, errors } of await Promise.all(runs)) {
      expect({ command, code, output }).toEqual({ command, code: 1, output: '' });
      expect(errors.trimEnd().split('\n')).toHaveLength(1);
      expect(errors).toContain(nowhere);
      expect(errors).not.toMatch(/\bat .*:\d+:\d+/);
    }
  });
});
