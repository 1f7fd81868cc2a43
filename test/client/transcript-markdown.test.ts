import type { ContentBlock } from '../../agent/messages';
import { toSummaryMessage } from '../../agent/summary';
import { toPrintable } from '../../client/chat/printable';
import type { Transcript, TranscriptMessage } from '../../client/transcript';
import { transcriptToMarkdown } from '../../client/transcript';
import type { TimelineWork } from '../../client/timeline';

const work: TimelineWork = {
  startedAt: '2026-01-02T03:04:05.000Z',
  durationMs: 320,
  beforeLastAttemptMs: 0,
  status: 'done',
  attempts: 1,
  lostWorkers: [],
};
const usage = { inputTokens: 1_200, outputTokens: 30 };

const user: TranscriptMessage = {
  seq: 0,
  turn: 1,
  messageId: 'm1',
  acceptedAt: '2026-01-02T03:04:05.000Z',
  message: { role: 'user', content: 'What is it?' },
};
const asks: TranscriptMessage = {
  seq: 1,
  turn: 1,
  step: 1,
  message: {
    role: 'assistant',
    content: 'I look.',
    toolCalls: [{ id: 't1s1c0', name: 'look', arguments: { at: 'it' } }],
    finishReason: 'tool_calls',
    usage,
    model: 'gpt-5-mini',
  },
  usage,
  costUsd: 0.00042,
  work: { ...work, attempts: 2, worker: '4711@host' },
};
const told: TranscriptMessage = resultOf([{ type: 'text', text: 'a stone' }]);

function resultOf(content: readonly ContentBlock[], isError = false): TranscriptMessage {
  return {
    seq: 2,
    turn: 1,
    step: 1,
    message: { role: 'tool_response', toolCallId: 't1s1c0', toolName: 'look', content, isError },
    work,
  };
}

function transcriptOf(
  messages: readonly TranscriptMessage[],
  fields: Partial<Transcript> = {},
): Transcript {
  return {
    id: 'demo-1',
    agent: 'demo',
    model: 'demo',
    status: 'closed',
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: '2026-01-02T03:05:05.000Z',
    readAt: '2026-01-02T04:00:00.000Z',
    runs: 2,
    isBeginningLost: false,
    unproven: [],
    usage,
    costUsd: 0.00042,
    turns: [
      {
        turn: 1,
        status: 'answered',
        startedAt: '2026-01-02T03:04:05.000Z',
        durationMs: 1_250,
        usage,
        costUsd: 0.00042,
      },
    ],
    messages,
    compactions: [],
    waiting: [],
    ...fields,
  };
}

test('a turn has a heading with how it went; each message its number, and what it took', () => {
  expect(transcriptToMarkdown(transcriptOf([user, asks, told]))).toBe(`# Conversation \`demo-1\`

agent \`demo\` · model \`demo\` · closed · 1 turn · 3 messages · 2 runs · 1,200 → 30 tokens · $0.000420 · 2026-01-02T03:04:05.000Z to 2026-01-02T03:05:05.000Z

## Turn 1 · answered · 1,200 → 30 tokens · $0.000420 · 1.25 s

### 0 · User · 2026-01-02T03:04:05.000Z

> What is it?

### 1 · Agent · step 1 · \`gpt-5-mini\` · 1,200 → 30 tokens · $0.000420 · 320 ms · 2 attempts

- ↻ attempt 2 on 4711

> I look.

Calls \`look\` · \`t1s1c0\`

\`\`\`json
{
  "at": "it"
}
\`\`\`

### 2 · Tool \`look\` · \`t1s1c0\` · 320 ms

\`\`\`
a stone
\`\`\`
`);
});

describe('no text breaks out', () => {
  test('a fence is longer than any run of backticks within', () => {
    const text = '```\n# Turn 99\n`````\nx ``````` y';
    const markdown = transcriptToMarkdown(transcriptOf([resultOf([{ type: 'text', text }])]));
    const fence = '`'.repeat(8);
    expect(markdown).toContain(`\n${fence}\n${text}\n${fence}\n`);
  });

  test('every line of a message is quoted, whatever ends a line; no HTML closes or swallows the quote', () => {
    const content = 'a\n# b\r\n## c\rd\n\n</blockquote> <!-- x <? y';
    const message = { role: 'user', content } as const;
    const markdown = transcriptToMarkdown(transcriptOf([{ ...user, message }]));
    expect(markdown).toContain(
      '\n\n> a\n> # b\n> ## c\n> d\n>\n> &lt;/blockquote> &lt;!-- x &lt;? y\n',
    );
  });

  test('a name that the model made up stays on its line, as code', () => {
    const call = { id: 't1s1c0', name: 'a`\n# b', arguments: {} };
    const message = { ...asks.message, toolCalls: [call] } as typeof asks.message;
    const markdown = transcriptToMarkdown(transcriptOf([{ ...asks, message }]));
    expect(markdown).toContain('Calls ``a` # b`` · `t1s1c0`');
  });

  test('on a terminal control characters are gone before fences are measured', () => {
    const text = '``\u001b`\u009b2J\u0007';
    const transcript = transcriptOf([
      { ...user, message: { role: 'user', content: 'hi \u001b[31mred' } },
      resultOf([{ type: 'text', text }]),
    ]);
    const markdown = transcriptToMarkdown(transcript, { clean: toPrintable });
    expect(markdown).toContain('> hi [31mred\n');
    expect(markdown).toContain('\n````\n```2J\n````\n');
    expect(markdown).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

test('what is no text is named with its type and size', () => {
  const content: readonly ContentBlock[] = [
    { type: 'text', text: 'see' },
    { type: 'image', mimeType: 'image/png', data: 'A'.repeat(16_384) },
    { type: 'audio', mimeType: 'audio/wav', data: 'AAA=' },
    { type: 'resource', resource: { uri: 'file:///a', text: 'inside' } },
    { type: 'resource', resource: { uri: 'file:///b', mimeType: 'x/y', blob: 'AA==' } },
    { type: 'resource_link', uri: 'https://example.com/', name: 'a [link]' },
  ];
  const markdown = transcriptToMarkdown(transcriptOf([resultOf(content)]));
  const [, shown] = markdown.split('320 ms\n\n');
  expect(shown).toBe(`\`\`\`
see
\`\`\`

[image image/png, 12.0 KiB]

[audio audio/wav, 2 B]

[resource file:///a]

\`\`\`
inside
\`\`\`

[resource file:///b, x/y, 1 B]

[link a \\[link\\], https://example.com/]
`);
});

test('a result without content is shown by its value, or said to be none', () => {
  const empty = resultOf([]);
  const structured = { ...empty.message, structuredContent: { a: 1 } } as typeof empty.message;
  const markdown = transcriptToMarkdown(
    transcriptOf([{ ...empty, message: structured }, resultOf([], true)]),
  );
  expect(markdown).toContain('```json\n{\n  "a": 1\n}\n```');
  expect(markdown).toContain('· **error** · 320 ms\n\nNo content.');
});

test('what failed, waits, is missing or in doubt is said', () => {
  const markdown = transcriptToMarkdown(
    transcriptOf([{ ...told, seq: 8 }], {
      isBeginningLost: true,
      unproven: [{ turn: 1, step: 2 }],
      error: { type: 'UnknownAgent', message: 'No *such* agent.' },
      turns: [
        {
          ...transcriptOf([]).turns[0]!,
          status: 'failed',
          error: { type: 'ModelError.server', message: 'Down.\n# up' },
        },
      ],
      waiting: [{ messageId: 'm9', message: { role: 'user', content: 'Hello?' } }],
    }),
  );
  expect(markdown).toContain('**The conversation failed:** `UnknownAgent` No \\*such\\* agent.');
  expect(markdown).toContain('the first runs: 8 messages at the beginning are missing.');
  expect(markdown).toContain('are of other messages: turn 1 step 2.');
  expect(markdown).toContain('**The turn failed:** `ModelError.server`\n\n> Down.\n> # up\n');
  expect(markdown.endsWith('## Waiting\n\n### User · `m9`\n\n> Hello?\n')).toBe(true);
});

test('a summary stands before the message that came next, and says what it stands for', () => {
  const summary = toSummaryMessage('They looked.', 2);
  const compaction = { turn: 1, step: 2, beforeSeq: 2, untilSeq: 1, keptSeqs: [0], summary };
  const markdown = transcriptToMarkdown(
    transcriptOf([user, asks, told], { compactions: [{ ...compaction, usage, work }] }),
  );
  const headings = markdown.split('\n').filter((line) => line.startsWith('### '));
  expect(headings.map((line) => line.split(' · ')[0])).toEqual([
    '### 0',
    '### 1',
    '### Compacted: messages 0–1 → summary',
    '### 2',
  ]);
  expect(headings[2]).toBe(
    '### Compacted: messages 0–1 → summary · but for 0 · before step 2 · 1,200 → 30 tokens · 320 ms',
  );
  expect(markdown).toContain('\n> They looked.\n');
});

describe('a result that the model was shown a part of', () => {
  const partly = (shown: readonly ContentBlock[], whole: TranscriptMessage['whole']) =>
    transcriptToMarkdown(transcriptOf([{ ...resultOf(shown), ...(whole && { whole }) }]));
  const text = (value: string): ContentBlock => ({ type: 'text', text: value });

  test('is shown whole, and where the model saw less', () => {
    const shown = [text('one\ntwo'), text('[… 12 bytes are left out …]'), text('five\nsix')];
    const markdown = partly(shown, { content: [text('one\ntwo\nthree\nfour\nfive\nsix')] });

    expect(markdown).toContain(
      [
        '```\none\ntwo\n```',
        '_The model was not shown these 10 B:_',
        '```\nthree\nfour\n```',
        '_From here on it was:_',
        '```\nfive\nsix\n```',
      ].join('\n\n'),
    );
    expect(markdown).not.toContain('left out');
  });

  test('may have no beginning and no end', () => {
    const markdown = partly([text('[… all …]')], { content: [text('one')] });

    expect(markdown).toContain('_The model was not shown these 3 B:_\n\n```\none\n```\n');
    expect(markdown).not.toContain('From here on');
  });

  test('is told of where only what stands beside its text is missing', () => {
    const markdown = partly([text('2 rows')], {
      content: [text('2 rows')],
      structuredContent: { rows: [1, 2] },
    });

    expect(markdown).toContain(
      '```\n2 rows\n```\n\n_The model was not shown all that this stands for._\n',
    );
  });
});
