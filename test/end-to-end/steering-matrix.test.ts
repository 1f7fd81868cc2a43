/**
 * Whatever an agent does, it can be spoken to in three ways: the table of docs/control.md, cell by cell. Behind each cell
 * every call has one result, nothing is lost or there twice, and every provider takes what is said next.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { contentToText } from '../../agent/messages';
import type { Message } from '../../agent/model';
import { readTimeline } from '../../client/timeline';
import type { Acknowledgement, ConversationState, Delivery } from '../../workflows/contract';
import type { Effect, Line, Provider, Stage, StageTool, Theatre } from '../support/steering-stage';
import { linesOf, openTheatre, providers, summaryWords, unpaired } from '../support/steering-stage';
import { runsOf } from '../support/chain';
import { nextPending, until } from '../support/talks';

jest.setTimeout(90_000);

const words = 'one two three four five six seven eight nine ten eleven twelve';
const filling = `${'Long ago. '.repeat(300)}`;
const deliveries = ['queue', 'steer', 'interrupt'] as const satisfies readonly Delivery[];

/** Slower than anybody interrupts. */
const slowly = { eventDelayMs: 300 } as const;

/** What the agent does when `Begin.` is said; everything else it reads aloud. */
type Begin = (stage: Stage, delivery: Delivery) => Line;

interface Situation {
  readonly begin: Begin;
  /** Brings the agent there. */
  readonly reach: (stage: Stage) => Promise<unknown>;
  /** Has it go on, once somebody has spoken to it. @returns what was to be seen until then */
  readonly release?: (stage: Stage, delivery: Delivery) => Promise<object | void>;
}

/** What has come of it. */
interface Outcome {
  readonly accepted: Acknowledgement['accepted'];
  readonly lines: readonly string[];
  readonly turns: readonly ConversationState['turns'][number]['status'][];
  /** By tool. @default none was called */
  readonly effects?: Readonly<Record<string, readonly Effect[]>>;
  /** @default 0 */
  readonly compactions?: number;
  /** What was to be seen before it went on. @default nothing */
  readonly seen?: object;
}

const calls =
  (...names: readonly StageTool[]): Begin =>
  (stage) => ({
    says: {
      reasoning: 'It takes tools.',
      toolCalls: names.map((name) => ({ name, arguments: { stage: stage.number } })),
    },
  });

const asks: Begin = () => ({
  says: { toolCalls: [{ name: 'ask_user', arguments: { question: 'Which colour?' } }] },
});

/** It stops in the midst of its words; when somebody interrupts, its provider has not sent the rest. */
const speaks =
  (...names: readonly StageTool[]): Begin =>
  (stage, delivery) => ({
    says: {
      reasoning: 'It thinks first.',
      text: words,
      toolCalls: names.map((name) => ({ name, arguments: { stage: stage.number } })),
      ...(delivery === 'interrupt' && slowly),
    },
    gate: stage.thinking,
  });

const isReady = (stage: Stage) => until(stage, ({ status }) => status === 'idle');

const begun = ({ client, id }: Stage) => client.send(id, 'Begin.');

async function atTool(stage: Stage, tool: StageTool): Promise<void> {
  await begun(stage);
  await stage.tool(tool).reached;
}

async function decided(stage: Stage, answer?: string): Promise<void> {
  const { callId } = await nextPending(stage);
  await stage.client.decide(stage.id, { callId, approved: true, ...(answer && { answer }) });
}

/** Two turns whose words fill most of the prompt. */
async function filled({ client, id }: Stage): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await client.ask(id, 'Fill.');
}

const thinks = (...names: readonly StageTool[]): Situation => ({
  begin: speaks(...names),
  reach: async (stage) => {
    await begun(stage);
    await stage.thinking.reached;
  },
  release: async (stage) => stage.thinking.open(),
});

const runs = (tool: StageTool, ...others: readonly StageTool[]): Situation => ({
  begin: calls(...others, tool),
  reach: async (stage) => {
    await atTool(stage, tool);
    await until(stage, () => others.every((name) => stage.effects[name]?.includes('done')));
  },
  release: async (stage, delivery) => {
    if (delivery !== 'interrupt') stage.tool(tool).open();
  },
});

const situations = {
  'is idle': { begin: speaks(), reach: isReady },
  'thinks, and calls a tool': thinks('quick'),
  'gives its last answer': thinks(),
  'runs a read-only tool': runs('reads'),
  'runs an idempotent tool': runs('repeats'),
  'runs a keyed tool': runs('pays'),
  'runs a destructive tool': runs('fires'),
  'runs two tools, of which one is done': runs('fires', 'quick'),
  'runs a tool that hears no signal': runs('stubborn'),
  'waits for an approval': {
    begin: calls('signs'),
    reach: async (stage) => {
      await begun(stage);
      await nextPending(stage);
    },
    release: async (stage, delivery) => {
      if (delivery !== 'interrupt') await decided(stage);
    },
  },
  'waits for an answer': {
    begin: asks,
    reach: async (stage) => {
      await begun(stage);
      await nextPending(stage);
    },
    release: async (stage, delivery) => {
      if (delivery !== 'interrupt') await decided(stage, 'blue');
    },
  },
  'is paused in a turn': {
    begin: calls('reads'),
    reach: async (stage) => {
      await atTool(stage, 'reads');
      await stage.client.pause(stage.id);
      stage.tool('reads').open();
      await until(stage, ({ activity }) => activity === 'paused');
    },
    release: async (stage) => {
      const asked = stage.prompts.length;
      await sleep(150);
      const askedWhilePaused = stage.prompts.length - asked;
      await stage.client.resume(stage.id);
      return { askedWhilePaused };
    },
  },
  'is paused between two turns': {
    begin: speaks(),
    reach: async (stage) => {
      await isReady(stage);
      await stage.client.pause(stage.id);
    },
    release: async (stage) => {
      await until(stage, ({ activity }) => activity === 'paused');
      const askedWhilePaused = stage.prompts.length;
      await stage.client.resume(stage.id);
      return { askedWhilePaused };
    },
  },
  'compacts in a turn': {
    begin: calls('reads'),
    reach: async (stage) => {
      await filled(stage);
      await atTool(stage, 'reads');
      await stage.client.compact(stage.id);
      stage.tool('reads').open();
      await stage.summary.reached;
    },
    release: async (stage, delivery) => {
      const isThere = ({ turn }: ConversationState) => delivery !== 'interrupt' || turn === 4;
      const { compactions: before } = await until(stage, isThere);
      const { length: messages } = await stage.client.allMessages(stage.id);
      stage.summary.open();
      return { before, messages };
    },
  },
  'compacts between two turns': {
    begin: speaks(),
    reach: async (stage) => {
      await filled(stage);
      await stage.client.compact(stage.id);
      await stage.summary.reached;
    },
    release: async (stage) => stage.summary.open(),
  },
} as const satisfies Record<string, Situation>;

type SituationName = keyof typeof situations;

/** A turn of the message's own. */
const own = (turn: number) => [`${turn} user: Then this.`, `${turn} agent: Read: Then this.`];
const begin = '1 user: Begin.';
const interrupted = ['interrupted', 'answered'] as const;
const answered = ['answered', 'answered'] as const;

/** Where the agent is free, there is but one way to speak to it. */
function free(turn = 1, more: Partial<Outcome> = {}): Readonly<Record<Delivery, Outcome>> {
  const turns = Array.from({ length: turn }, () => 'answered' as const);
  const outcome = { accepted: 'appended', lines: own(turn), turns, ...more } as const;
  return { queue: outcome, steer: outcome, interrupt: outcome };
}

/** `done`: what Memory holds of the step when nobody interrupts. */
function inTurn(
  step: readonly string[],
  stopped: readonly string[],
  effects: Partial<Record<'goesOn' | 'isStopped', Outcome['effects']>> = {},
): Readonly<Record<Delivery, Outcome>> {
  const { goesOn = {}, isStopped = {} } = effects;
  return {
    queue: {
      accepted: 'queued',
      lines: [begin, ...step, '1 agent: Through.', ...own(2)],
      turns: answered,
      effects: goesOn,
    },
    steer: {
      accepted: 'steering',
      lines: [begin, ...step, ...own(1)],
      turns: ['answered'],
      effects: goesOn,
    },
    interrupt: {
      accepted: 'queued',
      lines: [begin, ...stopped, ...own(2)],
      turns: interrupted,
      effects: isStopped,
    },
  };
}

function inTool(tool: StageTool, told: string) {
  return inTurn([`1 agent: ${tool}`, `1 ${tool}: done`], [`1 agent: ${tool}`, `1 ${told}`], {
    goesOn: { [tool]: ['begun', 'done'] },
    isStopped: { [tool]: ['begun', 'cancelled'] },
  });
}

const noResult = (tool: string) =>
  `\`${tool}\` was interrupted by the user before it had a result.`;
const isUnknown = (tool: string) =>
  `\`${tool}\` was interrupted by the user. Whether it took effect is unknown.`;
const cutShort = '1 agent: one two three … (interrupted)';

const thinking = inTurn([`1 agent: ${words} → quick`, '1 quick: done'], [cutShort], {
  goesOn: { quick: ['begun', 'done'] },
});

/** The table. */
const outcomes: Readonly<Record<SituationName, Readonly<Record<Delivery, Outcome>>>> = {
  'is idle': free(),
  'thinks, and calls a tool': thinking,
  'gives its last answer': {
    queue: {
      accepted: 'queued',
      lines: [begin, `1 agent: ${words}`, ...own(2)],
      turns: answered,
    },
    steer: {
      accepted: 'steering',
      lines: [begin, `1 agent: ${words}`, ...own(1)],
      turns: ['answered'],
    },
    interrupt: thinking.interrupt,
  },
  'runs a read-only tool': inTool('reads', noResult('reads')),
  'runs an idempotent tool': inTool('repeats', noResult('repeats')),
  'runs a keyed tool': inTool('pays', noResult('pays')),
  'runs a destructive tool': inTool('fires', isUnknown('fires')),
  'runs two tools, of which one is done': inTurn(
    ['1 agent: quick,fires', '1 quick: done', '1 fires: done'],
    ['1 agent: quick,fires', '1 quick: done', `1 ${isUnknown('fires')}`],
    {
      goesOn: { quick: ['begun', 'done'], fires: ['begun', 'done'] },
      isStopped: { quick: ['begun', 'done'], fires: ['begun', 'cancelled'] },
    },
  ),
  'runs a tool that hears no signal': inTurn(
    ['1 agent: stubborn', '1 stubborn: done'],
    ['1 agent: stubborn', `1 ${isUnknown('stubborn')}`],
    { goesOn: { stubborn: ['begun', 'done'] }, isStopped: { stubborn: ['begun'] } },
  ),
  'waits for an approval': inTurn(
    ['1 agent: signs', '1 signs: done'],
    ['1 agent: signs', '1 Not executed: the user interrupted.'],
    { goesOn: { signs: ['begun', 'done'] } },
  ),
  'waits for an answer': inTurn(
    ['1 agent: ask_user', '1 blue'],
    ['1 agent: ask_user', '1 Not answered: the user interrupted.'],
  ),
  'is paused in a turn': paused(
    inTurn(['1 agent: reads', '1 reads: done'], ['1 agent: reads', '1 reads: done'], {
      goesOn: { reads: ['begun', 'done'] },
      isStopped: { reads: ['begun', 'done'] },
    }),
  ),
  'is paused between two turns': paused(free()),
  'compacts in a turn': compacted(
    inTurn(['1 agent: reads', '1 reads: done'], ['1 agent: reads', '1 reads: done'], {
      goesOn: { reads: ['begun', 'done'] },
      isStopped: { reads: ['begun', 'done'] },
    }),
  ),
  'compacts between two turns': free(3, { compactions: 1 }),
};

/** The same, and no model was called before somebody said `resume`. */
function paused(cells: Readonly<Record<Delivery, Outcome>>): Readonly<Record<Delivery, Outcome>> {
  const seen = { askedWhilePaused: 0 };
  return {
    queue: { ...cells.queue, seen },
    steer: { ...cells.steer, seen },
    interrupt: { ...cells.interrupt, seen },
  };
}

/** The same behind two turns that a summary stands for. What was asked for and was interrupted comes about later. */
function compacted(
  cells: Readonly<Record<Delivery, Outcome>>,
): Readonly<Record<Delivery, Outcome>> {
  const later = ({ lines, turns, ...outcome }: Outcome): Outcome => ({
    ...outcome,
    lines: lines.map((line) => `${Number(line[0]) + 2}${line.slice(1)}`),
    turns: ['answered', 'answered', ...turns],
    compactions: 1,
  });
  return {
    queue: { ...later(cells.queue), seen: { before: 0, messages: 7 } },
    steer: { ...later(cells.steer), seen: { before: 0, messages: 7 } },
    // By the time that it comes about, the stopped turn is one of those that it stands for.
    interrupt: {
      ...later(cells.interrupt),
      lines: own(4),
      seen: { before: 0, messages: 8 },
    },
  };
}

interface Cell {
  readonly title: string;
  readonly situation: SituationName;
  readonly delivery: Delivery;
  readonly provider: Provider;
}

const providerNames = Object.keys(providers) as Provider[];
const cells: readonly Cell[] = (Object.keys(situations) as SituationName[]).flatMap(
  (situation, row) =>
    deliveries.map((delivery, column) => ({
      title: `${situation}: ${delivery}`,
      situation,
      delivery,
      provider: providerNames[(row + column) % providerNames.length]!,
    })),
);

/** As many as the machine can attend to at once. */
const atOnce = 4;
let theatre: Theatre;
/** What came of each cell, by its title. */
let played: ReadonlyMap<string, () => Promise<unknown>>;

beforeAll(async () => {
  theatre = await openTheatre();
  const lanes = Array.from({ length: atOnce }, () => Promise.resolve<unknown>(undefined));
  played = new Map(
    cells.map((cell, index) => {
      const lane = index % atOnce;
      const outcome = lanes[lane]!.then(() => playCell(cell));
      // Told by the cell's own test.
      lanes[lane] = outcome.catch(() => undefined);
      return [cell.title, () => outcome];
    }),
  );
});

afterAll(() => theatre.close());

test.each(cells)('$title ($provider)', async ({ title, situation, delivery }) => {
  expect(await played.get(title)?.()).toEqual({
    effects: {},
    compactions: 0,
    faults: [],
    ...outcomes[situation][delivery],
  });
});

/** Reads everything aloud that is said behind `Begin.` */
const readsAloud = (begins: Begin) => (inputs: readonly Message[], self: Stage) => {
  const said = lastSaid(inputs);
  if (said === 'Begin.') return begins(self, 'queue');
  return { says: { text: said === undefined ? 'Through.' : `Read: ${said}` } };
};

async function say(stage: Stage, messageId: string, delivery: Delivery): Promise<void> {
  await stage.client.send(stage.id, `${messageId}.`, { messageId, delivery });
}

test('who interrupts goes first and stops who interrupted before; then who steered, then who queued', async () => {
  const stage = await theatre.open({
    provider: 'anthropic',
    script: readsAloud(calls('stubborn')),
  });
  await atTool(stage, 'stubborn');
  // All of it before the tool is given up.
  await say(stage, 'q1', 'queue');
  await say(stage, 's1', 'steer');
  await say(stage, 'i1', 'interrupt');
  await say(stage, 'q2', 'queue');
  await say(stage, 's2', 'steer');
  await say(stage, 'i2', 'interrupt');
  const { queued, steering } = await stage.client.state(stage.id);
  await atRest(stage, 'q2');

  expect([queued, steering]).toEqual([
    ['i1', 'i2', 'q1', 'q2'],
    ['s1', 's2'],
  ]);
  expect(await linesOf(stage)).toEqual([
    '1 user: Begin.',
    '1 agent: stubborn',
    `1 ${isUnknown('stubborn')}`,
    '2 user: i1.',
    '3 user: i2.',
    '3 agent: Read: i2.',
    ...['s1', 's2', 'q1', 'q2'].flatMap((said, index) => [
      `${index + 4} user: ${said}.`,
      `${index + 4} agent: Read: ${said}.`,
    ]),
  ]);
  const { turns } = await stage.client.state(stage.id);
  expect(turns.map(({ status }) => status).join(' ')).toBe(
    'interrupted interrupted answered answered answered answered answered',
  );
  const timeline = await readTimeline(stage.client.temporal, stage.id);
  expect(timeline.turns.map(({ status }) => status)).toEqual(turns.map(({ status }) => status));
  expect(await faultsOf(stage)).toEqual([]);
});

test('who interrupts the turn of one who interrupted goes before what was steered to the first', async () => {
  const stage = await theatre.open({
    provider: 'openai-responses',
    script: (inputs, self) => {
      if (lastSaid(inputs) !== 'i1.') return readsAloud(calls('reads'))(inputs, self);
      return { says: { text: words, ...slowly }, gate: self.thinking };
    },
  });
  await atTool(stage, 'reads');
  await say(stage, 's1', 'steer');
  await say(stage, 'i1', 'interrupt');
  await stage.thinking.reached;
  await say(stage, 'i2', 'interrupt');
  await atRest(stage, 's1');

  expect((await linesOf(stage)).filter((line) => line.includes('user:'))).toEqual([
    '1 user: Begin.',
    '2 user: i1.',
    '3 user: i2.',
    '4 user: s1.',
  ]);
  expect(await faultsOf(stage)).toEqual([]);
});

test('a turn that opens while it compacts between two turns is interrupted at once', async () => {
  const stage = await theatre.open({
    provider: 'gemini',
    summary: () => ({ text: summaryWords, ...slowly }),
    script: (inputs) => ({
      says: { text: lastSaid(inputs) === 'Fill.' ? filling : `Read: ${lastSaid(inputs)}` },
    }),
  });
  const { client, id } = stage;
  await filled(stage);
  await client.compact(id);
  await stage.summary.reached;
  await say(stage, 'said', 'queue');

  expect(await client.interrupt(id)).toEqual({ interrupted: 3 });
  await until(stage, ({ turns }) => turns[2]?.status === 'interrupted');
  expect((await client.state(id)).compactions).toBe(0);

  // What was asked for was not taken back.
  stage.letGo();
  await until(stage, ({ compactions }) => compactions === 1);
  expect(await faultsOf(stage)).toEqual([]);
});

const sent = ['m1', 'm2', 'm3', 'm4', 'm5'];

test.each(deliveries.map((delivery, column) => ({ delivery, provider: providerNames[column]! })))(
  'continues as new at each step: $delivery is delivered to the next run ($provider)',
  async ({ delivery, provider }) => {
    const stage = await theatre.open({
      provider,
      continueAsNewAfterEvents: 1,
      script: (inputs, self) => {
        const results = inputs.filter(({ role }) => role === 'tool_response').length;
        const isEnough = delivery === 'queue' ? results >= sent.length : hasSaid(inputs, 'm5.');
        return isEnough ? readsAloud(calls('quick'))(inputs, self) : calls('reads')(self, delivery);
      },
    });
    await begun(stage);
    for (const messageId of sent) {
      await stage.tool('reads').reached;
      // The step ends, and the run with it, while the message is on its way.
      stage.letOneThrough('reads');
      await say(stage, messageId, delivery);
    }
    stage.letGo();
    await atRest(stage, 'm5');

    const users = (await linesOf(stage)).filter((line) => line.includes('user: '));
    expect(users.map((line) => line.slice(2))).toEqual(
      ['Begin', ...sent].map((said) => `user: ${said}.`),
    );
    const turns = users.map((line) => Number(line[0]));
    // The last one may come when the turn is over.
    expect(turns.slice(0, -1)).toEqual(delivery === 'steer' ? [1, 1, 1, 1, 1] : [1, 2, 3, 4, 5]);
    expect(await runsOf(stage.client, stage.id)).toBeGreaterThan(4);
    expect(await faultsOf(stage)).toEqual([]);
  },
);

function hasSaid(inputs: readonly Message[], said: string): boolean {
  return inputs.some(({ role, content }) => role === 'user' && contentToText(content) === said);
}

async function playCell({ situation, delivery, provider }: Cell) {
  const { begin: begins, reach, release }: Situation = situations[situation];
  const isStopped = delivery === 'interrupt';
  const stage = await theatre.open({
    provider,
    // One that is interrupted has not been sent in full.
    summary: (nth) => ({ text: summaryWords, ...(isStopped && nth === 1 && slowly) }),
    script: (inputs, self) => {
      const said = lastSaid(inputs);
      if (said === 'Begin.') return begins(self, delivery);
      if (said === 'Fill.') return { says: { text: filling } };
      return { says: { text: said === undefined ? 'Through.' : `Read: ${said}` } };
    },
  });
  const { client, id } = stage;
  await reach(stage);
  const { accepted } = await client.send(id, 'Then this.', { messageId: 'said', delivery });
  const seen = await release?.(stage, delivery);
  await atRest(stage);

  const { turns, compactions } = await client.state(id);
  return {
    accepted,
    lines: (await linesOf(stage)).filter((line) => !line.includes(filling)).map(cutAtWord),
    turns: turns.map(({ status }) => status),
    effects: structuredClone(stage.effects),
    compactions,
    ...(seen && { seen }),
    faults: await faultsOf(stage),
  };
}

/** Where it was interrupted decides the network: the words are the first ones of what was said. */
function cutAtWord(line: string): string {
  const [, said] = /^1 agent: (.+) … \(interrupted\)$/.exec(line) ?? [];
  return said && words.startsWith(said) && said.length < words.length ? cutShort : line;
}

/** `said` is answered, and nothing else waits. */
async function atRest(stage: Stage, said = 'said'): Promise<ConversationState> {
  const isOver = ({ turns }: ConversationState) =>
    turns.some(({ messageIds }) => messageIds.includes(said));
  return until(stage, (state) => state.status === 'idle' && isOver(state));
}

/** The user's words, if they are the last. */
function lastSaid(inputs: readonly Message[]): string | undefined {
  const last = inputs.at(-1);
  return last?.role === 'user' ? contentToText(last.content) : undefined;
}

/** Why it could not be spoken to any more, what a provider would refuse, and what is lost or there twice. */
async function faultsOf(stage: Stage): Promise<readonly unknown[]> {
  const { client, id, prompts } = stage;
  stage.letGo();
  const { content } = await client.ask(id, 'Are you there?');
  const prompt: readonly Message[] = prompts.at(-1)!;
  const refusals = await theatre.refusals(stage, prompt);
  const messages = await client.allMessages(id);
  const ids = messages.flatMap(({ messageId }) => messageId ?? []);
  const mine = theatre.server.requests.filter(({ bytes }) => bytes.includes(stage.mark));
  return [
    ...(content === 'Read: Are you there?' ? [] : [`it says ${content}`]),
    ...refusals,
    ...prompts.flatMap(unpaired),
    ...messages.filter(({ seq }, index) => seq !== messages[0]!.seq + index),
    ...ids.filter((messageId, index) => ids.indexOf(messageId) !== index),
    ...mine.flatMap(({ refusedBy }) => refusedBy ?? []),
  ];
}
