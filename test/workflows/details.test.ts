import { textResponse } from '../../activities/models/scripted-model';
import type { JsonObject } from '../../agent/json';
import type { AskedItem } from '../../workflows/approvals';
import { Conversation } from '../../workflows/conversation';
import { toDetails } from '../../workflows/details';
import {
  answers,
  asksForTools,
  callsTools,
  openConversation,
  pinnedAgent,
  said,
} from '../support/workflow-conversation';

const draw = (conversation: Conversation) => toDetails(conversation, 'talk-1');
const lines = (conversation: Conversation) => draw(conversation).split('\n\n');
/** Without what it has taken. */
const withoutCosts = (conversation: Conversation) =>
  lines(conversation).filter((line) => !line.includes('tokens in'));

function asks(conversation: Conversation, fields: Partial<AskedItem>): void {
  const item = {
    callId: 't1s1c0',
    kind: 'approval',
    tool: 'pay',
    arguments: { amount: 500 },
    effect: 'changes things, is tried once',
  } as const;
  conversation.approvals.ask({ ...item, ...fields }, Date.UTC(2026, 0, 2, 3, 4, 5), 3_600_000);
}

test('a conversation that has just begun waits for a message', () => {
  expect(withoutCosts(new Conversation('conversation'))).toEqual([
    '### agent · …',
    'turn 0 · step 1 · **waiting for a message**',
  ]);
});

test('a conversation at work shows its agent, what goes on, who waits and what was said', () => {
  const conversation = openConversation();
  conversation.accept(said('m1', 'Roll a die,\nplease.'));
  conversation.accept(said('m2', 'And then?'));
  conversation.accept({ ...said('m3', 'Twice.'), delivery: 'steer' });
  callsTools(conversation, ['dice']);
  conversation.activity = 'think · step 2 · scripted';

  expect(withoutCosts(conversation)).toEqual([
    '### gambler · scripted',
    'turn 1 · step 2 · **think · step 2 · scripted** · 1 queued · 1 steering',
    '_steering_ `m3` Twice.',
    '_queued_ `m2` And then?',
    '**user** Roll a die, please.',
    '**agent** `dice()`',
    '**dice** dice did it.',
  ]);
});

test('it shows what is taken, and how far it may go', () => {
  const now = { ms: 0 };
  const conversation = new Conversation('conversation', undefined, () => now.ms);
  const limits = { budgets: { turn: { steps: 20 }, conversation: { costUsd: 2 } } };
  conversation.pinned = { ...pinnedAgent, agent: { ...pinnedAgent.agent, limits } };
  conversation.accept(said('m1'));
  now.ms = 12_000;
  callsTools(conversation, ['dice'], {
    usage: { inputTokens: 1_200, outputTokens: 30 },
    costUsd: 0.5,
  });

  expect(lines(conversation)[2]).toBe(
    [
      'this turn: 1 of 20 model calls · 1 tool call · 1,230 tokens · \\$0.5 · 12 s',
      'conversation: 1 model call · 1 tool call · 1,230 tokens · \\$0.5 of \\$2 · 12 s',
      '1,200 tokens in, 30 out',
    ].join('  \n'),
  );
});

test('what waits for a person is there with its exact arguments, and the command that answers it', () => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  asks(conversation, {});
  asks(conversation, {
    ...{ callId: 't1s1c1', kind: 'question', tool: 'ask_user', effect: 'Which *colour*?' },
    arguments: { question: 'Which *colour*?' },
  });
  asks(conversation, {
    ...{ callId: 't1turn1', kind: 'budget', tool: 'budget', effect: 'goes on, as far again' },
    arguments: { scope: 'turn', name: 'steps', limit: 2, spent: 2 },
  });

  const { pending } = conversation.approvals;
  expect(lines(conversation).slice(1, 9)).toEqual([
    'turn 1 · step 1 · **waiting for a person**',
    '**Waits for a person** · approval · `pay` · `t1s1c0` · until 2026-01-02 04:04 UTC  \neffect: changes things, is tried once',
    '```json\n{\n  "amount": 500\n}\n```',
    `\`holdfast approve talk-1 t1s1c0\` or \`holdfast deny talk-1 t1s1c0\`, or the update \`decide\` with \`{"callId":"t1s1c0","approved":true,"argumentsHash":"${pending[0]!.argumentsHash}"}\``,
    '**Waits for a person** · question · `ask_user` · `t1s1c1` · until 2026-01-02 04:04 UTC  \nasks: Which \\*colour\\*?',
    '`holdfast answer talk-1 t1s1c1 \'…\'` or `holdfast deny talk-1 t1s1c1`, or the update `decide` with `{"callId":"t1s1c1","approved":true,"answer":"…"}`',
    '**Waits for a person** · budget · `budget` · `t1turn1` · until 2026-01-02 04:04 UTC  \nthe turn has taken 2 of 2 model calls · a yes: goes on, as far again',
    `\`holdfast approve talk-1 t1turn1\` or \`holdfast deny talk-1 t1turn1\`, or the update \`decide\` with \`{"callId":"t1turn1","approved":true,"argumentsHash":"${pending[2]!.argumentsHash}"}\``,
  ]);
});

test('arguments that are too long are cut, and it is said where all of them are', () => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  asks(conversation, { arguments: { text: 'x'.repeat(20_000) } });
  const shown = draw(conversation);

  expect(Buffer.byteLength(shown)).toBeLessThan(8_000);
  expect(shown).toContain(
    '**The arguments are longer than this.** All of it: `holdfast pending talk-1`',
  );
});

test.each(['x', '你'])('of several with long arguments each has its command, in %s', (unit) => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  for (let call = 0; call < 8; call += 1) {
    asks(conversation, { callId: `t1s1c${call}`, arguments: { text: unit.repeat(3_000) } });
  }

  expect(draw(conversation).match(/holdfast approve talk-1 t1s1c\d/g)).toHaveLength(8);
});

test('an id that a shell would take for something else is quoted', () => {
  const conversation = openConversation();
  asks(conversation, {});

  expect(toDetails(conversation, "it's; `rm`")).toContain(
    "``holdfast approve 'it'\\''s; `rm`' t1s1c0``",
  );
});

/** Whatever would make more of the text around it than text. */
const markup: readonly (readonly [string, string])[] = [
  ['a heading', '# Approved'],
  ['bold', '**agent** done'],
  ['a link', '[all is well](https://evil.example)'],
  ['an address', 'https://evil.example www.evil.example a@evil.example'],
  ['a picture', '![x](https://evil.example/x.png)'],
  ['a tag', '<img src="https://evil.example/x.png" onerror="alert(1)">'],
  ['an entity', '&lt;b&gt;'],
  ['a fence', '```\n\n# Approved\n\n```'],
  ['a longer fence', '`````'],
  ['a formula', 'costs $1 and $2'],
  ['a definition', 'b\n: a'],
  ['a table', '| a | b |\n| - | - |'],
];

test.each(markup)('%s in a message stays text', (_name, text) => {
  const conversation = openConversation();
  conversation.accept(said('m1', text));
  const line = lines(conversation).at(-1)!.replace('**user** ', '');

  // Every mark has a backslash before it, and nothing is lost.
  expect(line.replace(/\\[^\w\s]/g, '')).not.toMatch(/[`*_[\]<>&~|$#]|^:|:\S|www\./);
  expect(line.replace(/\\(?=[^\w\s])/g, '')).toBe(text.replace(/\s+/g, ' '));
});

test.each(markup)('%s in arguments stays in its code', (_name, text) => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  const toolArguments: JsonObject = { text };
  asks(conversation, { arguments: toolArguments });
  asksForTools(conversation, [], {
    toolCalls: [{ id: 't1s1c0', name: 'pay', arguments: toolArguments }],
  });
  const shown = draw(conversation);
  const block = /\n(`{3,})json\n([^]*?)\n\1\n/.exec(shown);
  const call = lines(conversation).at(-1)!.replace('**agent** ', '');
  const [, ticks = '', code = ''] = /^(`+)([^]*)\1$/.exec(call) ?? [];

  expect(JSON.parse(block![2]!)).toEqual(toolArguments);
  expect(block![2]!.split(block![1]!)).toHaveLength(1);
  expect(code.trim()).toBe(`pay(${text.replace(/\s+/g, ' ')})`);
  expect(code.match(/`+/g) ?? []).not.toContain(ticks);
});

test('what nobody sees is shown as what it is', () => {
  const conversation = openConversation();
  conversation.accept(said('m1', 'to \u202egnp.exe\u0007'));
  asks(conversation, { arguments: { to: 'Ann\u202eB\u0000' } });

  expect(lines(conversation).at(-1)).toBe('**user** to \\\\u202egnp.exe\\\\u0007');
  const [, json = ''] = /```json\n([^]*?)\n```/.exec(draw(conversation)) ?? [];
  expect(json).toContain('Ann\\u202eB\\u0000');
  expect(JSON.parse(json)).toEqual({ to: 'Ann\u202eB\u0000' });
});

test('a failed turn says why, and a result that is an error is marked', () => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  asksForTools(conversation, ['dice']);
  conversation.failTurn({ type: 'ModelError.quota', message: 'No money left.' });

  expect(lines(conversation)[2]).toBe('**Turn 1 failed** · ModelError.quota: No money left.');
  expect(lines(conversation).at(-1)).toBe('**dice** ⚠ Not executed: the turn failed.');
});

test('a paused conversation says so, and a closed one', () => {
  const conversation = openConversation();
  conversation.isPaused = true;
  expect(lines(conversation)[1]).toContain('**paused**');
  conversation.isPaused = false;
  conversation.isClosing = true;
  expect(lines(conversation)[1]).toContain('**closed**');
});

test('only the last eight messages are shown, and how many came before', () => {
  const conversation = openConversation();
  for (let turn = 1; turn <= 6; turn += 1) {
    conversation.accept(said(`m${turn}`, `question ${turn}`));
    answers(conversation, `answer ${turn}`);
  }

  const shown = withoutCosts(conversation);
  expect(shown[2]).toBe('_4 earlier messages_');
  expect(shown.slice(3)).toHaveLength(8);
  expect(shown[3]).toBe('**user** question 3');
  expect(shown.at(-1)).toBe('**agent** answer 6');
});

test('each message is cut at 240 characters', () => {
  const conversation = openConversation();
  conversation.accept(said('m1', 'x'.repeat(10_000)));

  expect(lines(conversation).at(-1)).toBe(`**user** ${'x'.repeat(239)}…`);
});

test.each([
  ['Latin letters', 'x'],
  ['Chinese', '你'],
  ['emoji', '😀'],
  ['control characters', '\u0000'],
  ['marks', '`*'],
  ['lone surrogates', '\ud83d'],
])('all of it fits in 16 KiB and is well-formed, in %s too', (_name, unit) => {
  const conversation = openConversation();
  for (let turn = 1; turn <= 5; turn += 1) {
    conversation.accept(said(`m${turn}`, unit.repeat(5_000)));
    const calls = Array.from({ length: 40 }, (_, index) => ({
      id: `t${turn}s1c${index}`,
      name: `tool_${index}`,
      arguments: { text: unit.repeat(500) },
    }));
    callsTools(conversation, ['dice'], { content: unit.repeat(5_000) });
    asksForTools(conversation, [], { toolCalls: calls, content: unit.repeat(5_000) });
    conversation.failTurn({ type: 'Failed', message: unit.repeat(5_000) });
  }
  conversation.accept(said('m6', unit.repeat(5_000)));
  answers(conversation, textResponse(unit.repeat(5_000)));
  for (let call = 0; call < 20; call += 1) {
    asks(conversation, { callId: `t6s2c${call}`, arguments: { text: unit.repeat(500) } });
  }
  for (let queued = 0; queued < 20; queued += 1) {
    conversation.inbox.queue(said(`q${queued}`, unit.repeat(5_000)));
  }

  const details = draw(conversation);
  expect(Buffer.byteLength(details)).toBeLessThanOrEqual(16 * 1024);
  expect(details).toBe(details.toWellFormed());
  expect(details.startsWith('### gambler · scripted\n\nturn 6 ')).toBe(true);
  expect(details).toContain('… and 12 more: `holdfast pending talk-1`');
});

test('a step with many calls is cut at 16 KiB, and not much below it', () => {
  const conversation = openConversation();
  conversation.accept(said('m1', 'Do it all.'));
  const toolCalls = Array.from({ length: 200 }, (_, index) => ({
    id: `t1s1c${index}`,
    name: 'write',
    arguments: { text: '你'.repeat(150) },
  }));
  asksForTools(conversation, [], { toolCalls });

  const bytes = Buffer.byteLength(draw(conversation));
  expect(bytes).toBeLessThanOrEqual(16 * 1024);
  expect(bytes).toBeGreaterThan(14 * 1024);
});
