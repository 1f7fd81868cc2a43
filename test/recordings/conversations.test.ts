/** Every kept conversation with tools, held again by the workflow on the real server. */
import path from 'node:path';
import { recordedScripts } from '../support/conversations/conversations-report';
import type { ConversationScript } from '../support/conversations/conversation-script';
import { holdConversations } from '../support/conversations/hold-conversations';
import type { RecordedStep } from '../support/conversations/recorded-chain';

const folder =
  process.env.HOLDFAST_RECORDINGS ?? path.join(__dirname, '..', 'fixtures', 'recordings');

let scripts: readonly ConversationScript[];
let notHeld: readonly { readonly reason: string }[];

beforeAll(async () => {
  ({ scripts, notHeld } = await recordedScripts(folder));
});

afterAll(() => jest.restoreAllMocks());

test('every answer, every call and every result is as it was recorded', async () => {
  const held = await holdConversations(scripts);

  expect(
    held
      .filter(({ differences }) => differences.length > 0)
      .map(({ script, differences }) => [script.id, ...differences]),
  ).toEqual([]);
  expect(held).toHaveLength(scripts.length);
  const wires = new Set(scripts.map((it) => stepsOf(it)[0]?.exchange.wire));
  expect(wires.size).toBe(4);
  expect(scripts.filter(({ turns }) => turns.length > 1).length).toBeGreaterThanOrEqual(3);
  expect(scripts.some(({ endsInCalls }) => endsInCalls)).toBe(true);
}, 180_000);

test('what cannot be held says why', () => {
  expect(notHeld.length).toBeGreaterThan(0);
  expect(notHeld.filter(({ reason }) => reason.trim() === '')).toEqual([]);
});

test('a provider that answers otherwise, and a tool that returns otherwise, are noticed', async () => {
  const [first] = scripts.filter((it) => stepsOf(it).every(isPlainText) && it.results.size > 0);
  if (!first) throw new Error('No kept conversation has plain answers and results.');
  const held = await holdConversations([
    withWord(first, 'Something else entirely.'),
    { ...first, results: new Map() },
    { ...first, turns: first.turns.map((turn) => ({ ...turn, steps: turn.steps.slice(0, -1) })) },
  ]);

  const found = held.map(({ differences }) => differences.join('\n'));
  expect(found[0]).toMatch(/text: .*, not "Something else entirely\."/);
  expect(found[1]).toMatch(/the request carries the results .*not recorded/);
  expect(found[2]).toMatch(/requests beyond the recording/);
}, 60_000);

function stepsOf({ turns }: ConversationScript): readonly RecordedStep[] {
  return turns.flatMap(({ steps }) => steps);
}

function isPlainText({ answer }: RecordedStep): boolean {
  return !answer.refusal && !answer.reasoning.present;
}

/** As if the last answer had been recorded as `text`. */
function withWord(script: ConversationScript, text: string): ConversationScript {
  const turns = script.turns.map((turn, index) => ({
    ...turn,
    steps: turn.steps.map((step, at) =>
      index === script.turns.length - 1 && at === turn.steps.length - 1
        ? { ...step, answer: { ...step.answer, text, textParts: [text] } }
        : step,
    ),
  }));
  return { ...script, turns };
}
