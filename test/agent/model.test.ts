import { textResponse } from '../../activities/models/scripted-model';
import type { ReActAgent } from '../../agent/agent';
import type { StreamEvent } from '../../agent/model';
import { ModelBase, addUsage, complete, noUsage, partial } from '../../agent/model';

const agent: ReActAgent = { name: 'tester', instructions: '', model: 'fake', tools: [] };

class Streaming extends ModelBase {
  constructor(private readonly events: readonly StreamEvent[]) {
    super();
  }
  async *streamResponse() {
    for (const event of this.events) yield await Promise.resolve(event);
  }
}

test('a partial event is a piece, the complete event is everything', () => {
  const response = textResponse('Hello, Ada.');

  expect(partial('Hello, ')).toEqual({ type: 'partial', content: 'Hello, ', isFinal: false });
  expect(complete(response)).toEqual({
    type: 'complete',
    content: 'Hello, Ada.',
    isFinal: true,
    accumulated: response,
  });
});

test('a response is the fold of its stream', async () => {
  const response = textResponse('Hello.');
  const model = new Streaming([partial('Hel'), partial('lo.'), complete(response)]);

  expect(await model.getResponse(agent, [])).toBe(response);
});

test('a stream without a complete event is no response', async () => {
  await expect(new Streaming([partial('Hel')]).getResponse(agent, [])).rejects.toThrow(
    'The model ended its stream without a `complete` event.',
  );
});

test('usage adds up, and names only what was used', () => {
  const first = { inputTokens: 10, outputTokens: 2, cachedInputTokens: 4, reasoningTokens: 1 };
  const second = { inputTokens: 1, outputTokens: 1, cacheWriteTokens: 5, reasoningTokens: 2 };

  expect(addUsage(first, second)).toStrictEqual({
    inputTokens: 11,
    outputTokens: 3,
    cachedInputTokens: 4,
    cacheWriteTokens: 5,
    reasoningTokens: 3,
  });
  expect(addUsage(noUsage, noUsage)).toStrictEqual(noUsage);
});
