import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { type FetchedEvent } from '../../client/fetch-history';
import { type ModelCall, ModelCalls } from '../../client/model-calls';
import { findPinnedAgent } from '../../client/pinned-agent';
import { sha256Hex } from '../../agent/digest';
import { replayTranscript } from '../../workers/replay-transcript';
import { quietRuntime, testBundle } from '../support/temporal';

const folder = path.join(__dirname, '..', 'histories');
const names = readdirSync(folder).filter((file) => file.endsWith('.json'));
const code = { workflowBundle: testBundle() };

beforeAll(quietRuntime);

function read(name: string): { events: FetchedEvent['event'][]; calls: readonly ModelCall[] } {
  const text = readFileSync(path.join(folder, name), 'utf8');
  const events = historyFromJSON(JSON.parse(text)).events ?? [];
  const calls = new ModelCalls();
  for (const event of events) calls.observe({ runId: 'run', event });
  return { events, calls: calls.all };
}

const kept = names.flatMap((name) => {
  const { events, calls } = read(name);
  return calls.map((call) => ({ name, events, call, turn: call.turn, step: call.step }));
});

test('the kept histories hold model calls of all kinds', () => {
  expect(kept.length).toBeGreaterThanOrEqual(20);
});

test.each(kept)('$name, turn $turn, step $step: the messages are proven', async (scene) => {
  const { pointer } = scene.call;
  const history = { events: scene.events };

  const transcript = await replayTranscript({ id: 'kept', history, pointer, code });

  expect(transcript.isProven).toBe(true);
  expect(transcript.messages).toHaveLength(pointer.length);
  const agent = findPinnedAgent(scene.events, pointer.agentHash);
  expect(sha256Hex(JSON.stringify(agent))).toBe(pointer.agentHash);
});

test('a history is enough from the event on that asks for the call, wherever it ends', async () => {
  const { events, calls } = read('continued.3.json');
  const { pointer } = calls[0]!;
  const asked = events.findIndex((event) => event.activityTaskScheduledEventAttributes) + 1;
  for (let length = asked; length <= events.length; length++) {
    const history = { events: events.slice(0, length) };
    const { isProven } = await replayTranscript({ id: 'kept', history, pointer, code });
    expect([length, isProven]).toEqual([length, true]);
  }
});

test('a digest of other messages proves nothing', async () => {
  const { events, calls } = read('parallel-tools.1.json');
  const pointer = { ...calls.at(-1)!.pointer, digest: 'f'.repeat(32) };

  const { isProven, messages } = await replayTranscript({
    id: 'kept',
    history: { events },
    pointer,
    code,
  });

  expect(isProven).toBe(false);
  expect(messages).toHaveLength(pointer.length);
});

test('an agent that the run never had is not found', () => {
  const { events } = read('parallel-tools.1.json');
  expect(findPinnedAgent(events, 'f'.repeat(64))).toBeUndefined();
});

test('what no longer replays behind the call does not matter; before it, it is said', async () => {
  const { events, calls } = read('parallel-tools.1.json');
  // The second result that the loop waits for has become another kind of event.
  const broken = events.map((event) =>
    Number(event.eventId) > 20 && event.activityTaskScheduledEventAttributes
      ? {
          ...event,
          activityTaskScheduledEventAttributes: {
            ...event.activityTaskScheduledEventAttributes,
            activityType: { name: 'another' },
          },
        }
      : event,
  );
  const history = { events: broken };
  const replayed = (call: ModelCall) =>
    replayTranscript({ id: 'kept', history, pointer: call.pointer, code });

  expect((await replayed(calls[0]!)).isProven).toBe(true);
  await expect(replayed(calls.at(-1)!)).rejects.toThrow("does not replay with this version's");
});
