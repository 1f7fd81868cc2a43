import { createColors } from 'picocolors';
import { textResponse, toolCallResponse } from '../../../activities/models/scripted-model';
import type { AgentResponseMessage } from '../../../agent/agent-messages';
import { text, userMessage } from '../../../agent/messages';
import type { Message } from '../../../agent/model';
import { noUsage } from '../../../agent/model';
import { LiveRows } from '../../../client/chat/live-rows';
import { TurnView } from '../../../client/chat/turn-view';
import type { StreamedEvent } from '../../../client/conversation-events';
import type { PendingItem } from '../../../workflows/contract';
import { Screen, type ScreenSize } from '../../support/screen';

const notice = 'worker 1 lost · attempt 2 on 2';

/** Turns on a real terminal's screen, without colours; time stands still unless it is told to pass. */
function show(size: Partial<ScreenSize> = {}, hasColors = false) {
  const screen = new Screen({ columns: 41, rows: 16, ...size });
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const live = new LiveRows(screen);
  const view = new TurnView({
    colors: createColors(hasColors),
    now: () => nowMs,
    width: () => screen.columns - 1,
    height: () => live.reach,
  });
  const draw = () => {
    const { lasting, live: rows } = view.rows();
    view.seal(live.draw(lasting, rows));
  };
  const tell = (event: StreamedEvent) => {
    view.observe({ ...event, offset: '' });
    draw();
  };
  view.begin();
  return {
    screen,
    view,
    draw,
    tell,
    partial: (content: string) =>
      tell({
        type: 'partial',
        content,
        isFinal: false,
        turn: 1,
        step: 1,
        attempt: 1,
        textOffset: 0,
      }),
    think: (content: string) =>
      tell({
        type: 'thinking',
        isFinal: false,
        content,
        turn: 1,
        step: 1,
        attempt: 1,
        textOffset: 0,
      }),
    restart: () =>
      tell({
        ...{ type: 'attempt', isFinal: false, activity: 'getResponse', attempt: 2 },
        ...{ lostWorker: '1@host', worker: '2@host' },
      } as StreamedEvent),
    message: (message: Message, messageId?: string) =>
      tell({
        type: 'message',
        isFinal: false,
        message: { seq: 0, turn: 1, message, ...(messageId && { messageId }) },
      }),
    complete: (over: Partial<AgentResponseMessage> = {}) => {
      const response = {
        ...{ role: 'agent', content: '', turn: 1, finishReason: 'stop', costUsd: 0 },
        ...{ usage: noUsage, ...over },
      } as AgentResponseMessage;
      tell({ type: 'complete', content: '', isFinal: true, response });
    },
    pass: (ms: number) => {
      nowMs += ms;
      draw();
    },
    narrow: (columns: number) => {
      screen.resize({ columns, rows: screen.rows });
      live.settle();
      view.breakOff();
    },
    /** Without the line that tells what goes on. */
    lines: async (): Promise<readonly string[]> => {
      await screen.settle();
      return screen
        .lines()
        .filter((line) => !/^ {2}\S (?:thinking|answering|at work|waits for you) · \d/.test(line));
    },
  };
}

const finished = '  0 ms · 0 → 0 tokens · $0';

describe('an answer that comes piece by piece', () => {
  test('is what the durable answer says, whole words to a row', async () => {
    const { partial, message, complete, lines } = show();
    for (const piece of ['It is tw', 'elve, and that i', 's more than one row holds.']) {
      partial(piece);
    }
    message(textResponse('It is twelve, and that is more than one row holds.'));
    complete();

    expect(await lines()).toEqual([
      'agent › It is twelve, and that is more',
      'than one row holds.',
      finished,
    ]);
  });

  test('gives way to a durable answer that says something else', async () => {
    const { partial, message, lines } = show();
    partial('It is eleven, and this takes more than one row of it.');
    message(textResponse('It is twelve.'));

    expect(await lines()).toEqual(['agent › It is twelve.']);
  });

  test('does not break an emoji whose halves arrive apart', async () => {
    const { partial, message, lines } = show();
    partial(`Hi ${'🙂'[0]}`);
    partial(`${'🙂'[1]}!`);
    message(textResponse('Hi 🙂!'));

    expect(await lines()).toEqual(['agent › Hi 🙂!']);
  });

  test('cannot move the cursor, clear the screen or ring the bell, and neither can a tool', async () => {
    const { partial, message, lines } = show({ columns: 80 });
    const evil = 'a\u001b[2J\u001b[Hb\u0007\rc\u009bd';
    partial(evil);
    const response = toolCallResponse([{ name: 'dice', arguments: { evil } }]);
    message({ ...response, content: evil });
    const [call] = response.toolCalls;
    message({
      ...{ role: 'tool_response', toolCallId: call!.id, toolName: 'dice', isError: false },
      content: [text(evil)],
    });

    expect(await lines()).toEqual([
      'agent › a[2J[Hbcd',
      '  ✓ dice({"evil":"a\\u001b[2J\\u001b[Hb\\u0007\\rcd"}) → a[2J[Hbcd',
    ]);
  });
});

describe('an attempt that was lost', () => {
  const words = (count: number) => Array.from({ length: count }, (_, n) => `word${n}`).join(' ');
  const partials: readonly (readonly [what: string, text: string])[] = [
    ['a word', 'It'],
    ['exactly a row', 'x'.repeat(32)],
    ['one column more than a row', 'x'.repeat(33)],
    ['words over many rows', words(60)],
    ['line breaks, and an empty line', 'one\n\nthree\nfour'],
    ['wide characters', '你好，世界。'.repeat(20)],
    ['emoji that do not fit at the end of a row', `x${'🙂'.repeat(25)}`],
    ['accents that combine', 'e\u0301'.repeat(80)],
    ['tabs', 'a\tb\tc\td\te\tf'],
    ['a list and code', '- one\n- two\n```\nlet  x\n```\nso'],
  ];

  test.each(partials)('leaves its notice, and the next one stands whole: %s', async (_, said) => {
    const lost = show();
    lost.partial(said);
    lost.restart();
    lost.partial(said);
    lost.message(textResponse(`${said} And so on.`));
    const alone = show();
    alone.message(textResponse(`${said} And so on.`));

    expect(await lost.lines()).toEqual([notice, ...(await alone.lines())]);
  });

  test('that is taller than the screen stays above a rule, and the answer follows whole', async () => {
    const { partial, restart, message, lines } = show({ rows: 6 });
    for (const word of words(60).split(' ')) partial(`${word} `);
    restart();
    partial(words(40));
    message(textResponse(words(60)));

    const joined = (await lines()).join(' ').replace(/\s+/g, ' ');
    expect(joined).toBe(`agent › ${words(60)} ── ${notice} agent › ${words(60)}`);
  });

  test('is parted by a rule when the terminal has got narrower meanwhile', async () => {
    const { partial, restart, message, narrow, lines } = show();
    partial('It is');
    narrow(30);
    restart();
    message(textResponse('It is twelve.'));

    expect(await lines()).toEqual(['agent › It is', '──', notice, 'agent › It is twelve.']);
  });
});

test('a terminal that gets narrower in mid-answer shows the rest below, no word twice', async () => {
  const { partial, message, narrow, lines } = show();
  partial('one two three');
  narrow(20);
  partial(' four five six seven');
  message(textResponse('one two three four five six seven eight'));

  expect((await lines()).join(' ').replace(/\s+/g, ' ')).toBe(
    'agent › one two three four five six seven eight',
  );
});

describe('a tool call', () => {
  const response = toolCallResponse([{ name: 'pay', arguments: { amount: 500 } }]);
  const [call] = response.toolCalls;
  const item: PendingItem = {
    ...{ callId: call!.id, kind: 'approval', tool: 'pay', arguments: { amount: 500 } },
    ...{ argumentsHash: 'h', effect: 'changes things, is tried once' },
    ...{ askedAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-01T01:00:00Z' },
  };

  test('is one line: while it runs with its seconds, then with its result and duration', async () => {
    const { message, pass, lines } = show({ columns: 60 });
    message(response);
    pass(2_000);
    expect((await lines()).map((line) => line.slice(4))).toEqual(['pay({"amount":500}) · 2 s']);
    pass(500);
    message({
      ...{ role: 'tool_response', toolCallId: call!.id, toolName: 'pay', isError: false },
      content: [text('paid')],
    });

    expect(await lines()).toEqual(['  ✓ pay({"amount":500}) → paid · 2.50 s']);
  });

  test('that waits for a person is shown whole, with what may be said to it', async () => {
    const { tell, message, view, lines } = show({ columns: 80 });
    message(response);
    tell({ type: 'pending', isFinal: false, item });

    expect(view.pending).toEqual([item]);
    expect((await lines()).slice(0, 4)).toEqual([
      `  ${call!.id} waits for you · expires in 1 h 00 m`,
      '    pay({"amount":500})',
      '    effect: changes things, is tried once',
      '    y: yes · n: no (n and a reason) · a: yes, and always for this tool',
    ]);
    tell({ type: 'settled', isFinal: false, callId: item.callId });
    expect(view.pending).toEqual([]);
  });
});

test('what users say is shown once, whoever says it', async () => {
  const { view, message, lines } = show();
  view.open('Mine.', 'm1');
  message(userMessage('Mine.'), 'm1');
  message(userMessage('Theirs.'), 'm2');

  expect(await lines()).toEqual(['you › Mine.', 'you › Theirs.']);
});

test('a turn that failed says why, one that was interrupted says that', async () => {
  const failed = show({ columns: 80 });
  failed.partial('Half an ans');
  failed.complete({ error: { type: 'ModelError.quota', message: 'No money left.' } });
  expect(await failed.lines()).toEqual([
    'The turn failed (ModelError.quota): No money left.',
    finished,
  ]);

  const stopped = show();
  stopped.partial('Half an ans');
  stopped.message({ ...textResponse('Half an ans'), finishReason: 'interrupted' });
  stopped.complete({ finishReason: 'interrupted' });
  expect(await stopped.lines()).toEqual(['agent › Half an ans', '  interrupted', finished]);
});

describe('what the model thinks', () => {
  const thoughts = 'One\ntwo, which is more than one row of this screen holds.\nthree\nfour';

  test('is shown dimmed, the last rows of it, and is one line once the answer begins', async () => {
    const { think, partial, message, complete, pass, lines } = show({}, true);
    think(thoughts.slice(0, 9));
    think(`${thoughts.slice(9)}\u001b[2J`);
    expect(await lines()).toEqual([
      ...['  two, which is more than one row of', '  this screen holds.', '  three', '  four[2J'],
    ]);

    pass(3_000);
    partial('Five.');
    message(textResponse('Five.'));
    complete();

    expect(await lines()).toEqual([
      ...['  thought for 3.00 s', 'agent › Five.', '  3.00 s · 0 → 0 tokens · $0'],
    ]);
  });

  test('of an attempt that is lost leaves nothing', async () => {
    const { think, restart, lines } = show({}, true);
    think(thoughts);
    restart();

    expect(await lines()).toEqual([notice]);
  });

  test('is not shown where nothing can be dimmed', async () => {
    const { think, partial, message, lines } = show();
    think(thoughts);
    partial('Five.');
    message(textResponse('Five.'));

    expect(await lines()).toEqual(['agent › Five.']);
  });
});

test('trouble and the end are said in a line, and a turn that somebody else opens is one', async () => {
  const { view, tell, partial, complete, lines } = show({ columns: 80 });
  tell({ type: 'trouble', isFinal: false, message: 'No worker is running.' });
  complete();
  expect(view.isRunning).toBe(false);
  tell({
    type: 'partial',
    ...{ isFinal: false, turn: 2, step: 1, attempt: 1 },
    content: 'Hi',
    textOffset: 0,
  });
  expect(view.isRunning).toBe(true);
  tell({ type: 'status', isFinal: false, status: 'running', activity: 'paused' });
  expect(view.isPaused).toBe(true);
  tell({ type: 'status', isFinal: false, status: 'running', activity: 'think' });
  expect(view.isPaused).toBe(false);
  partial('!');
  complete();
  tell({ type: 'ended', isFinal: true, error: { type: 'UnknownAgent', message: 'No `x`.' } });

  expect(await lines()).toEqual([
    ...['No worker is running.', finished, 'agent › Hi!', finished],
    'The conversation has ended. UnknownAgent: No `x`.',
  ]);
});

test('on a screen that cannot hold it, what passes is cut: no frame leaves anything above', async () => {
  const { partial, think, message, pass, screen } = show({ rows: 6, columns: 60 }, true);
  const calls = Array.from({ length: 8 }, (_, index) => ({ name: `tool${index}` }));
  partial('Let me see.');
  message({ ...toolCallResponse(calls), content: 'Let me see.' });
  for (let frame = 0; frame < 20; frame++) pass(120);
  think(Array.from({ length: 12 }, (_, index) => `thought ${index}`).join('\n'));
  for (let frame = 0; frame < 20; frame++) pass(120);
  await screen.settle();

  expect(screen.lines().length).toBeLessThanOrEqual(6);
});
