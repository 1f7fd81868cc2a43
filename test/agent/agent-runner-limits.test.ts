/** What the loop does not carry out, in whichever host. */
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { AgentRunner } from '../../agent/agent-runner';
import { jsonBytes } from '../../agent/json';
import type { ToolExecutionResultMessage } from '../../agent/messages';
import { contentToText, text, userMessage } from '../../agent/messages';
import { argumentsLimitBytes, callsLimit } from '../../agent/size-limits';
import type { Tool } from '../../agent/tool';

async function run(argumentsOfCalls: readonly { readonly note: string }[]) {
  const executed: string[] = [];
  const note: Tool = {
    name: 'note',
    description: 'Takes a note.',
    inputSchema: { type: 'object' },
    execute: (_arguments, { callId }) => {
      executed.push(callId);
      return Promise.resolve({ content: [text('Noted.')] });
    },
  };
  const calls = argumentsOfCalls.map((given) => ({ name: 'note', arguments: given }));
  const model = new ScriptedModel([toolCallResponse(calls), textResponse('Done.')]);
  const agent = { name: 'clerk', model: 'scripted', instructions: '', tools: [note] };
  const { messages } = await new AgentRunner({ model, tools: [note] }).getResponse(agent, [
    userMessage('Note.'),
  ]);
  const results = messages.filter(
    (message): message is ToolExecutionResultMessage => message.role === 'tool_response',
  );
  const told = results.map(
    ({ isError, content }) => `${isError ? 'error: ' : ''}${contentToText(content)}`,
  );
  return { executed, results, told };
}

test('arguments are given to a tool up to 256 KiB of JSON', async () => {
  const largest = { note: 'x'.repeat(argumentsLimitBytes - jsonBytes({ note: '' })) };
  const { executed, told } = await run([largest, { note: `${largest.note}x` }]);

  expect(argumentsLimitBytes).toBe(262_144);
  expect(executed).toEqual(['t1s1c0']);
  expect(told).toEqual([
    'Noted.',
    'error: ArgumentsTooLarge: `note` was not executed. Its arguments have 262145 bytes of JSON; the limit is 262144.',
  ]);
});

test.each([callsLimit, callsLimit + 1, 1_000])(
  'of %i calls of one answer the first 128 are executed, and each has its result in order',
  async (count) => {
    const { executed, results, told } = await run(
      Array.from({ length: count }, () => ({ note: '' })),
    );

    expect(callsLimit).toBe(128);
    expect(executed).toEqual(Array.from({ length: 128 }, (_, index) => `t1s1c${index}`));
    expect(results.map(({ toolCallId }) => toolCallId)).toEqual(
      Array.from({ length: count }, (_, index) => `t1s1c${index}`),
    );
    expect(new Set(told.slice(0, 128))).toEqual(new Set(['Noted.']));
    expect(new Set(told.slice(128))).toEqual(
      new Set(
        count === 128
          ? []
          : ['error: TooManyCalls: not executed. Of the calls of one answer the first 128 are.'],
      ),
    );
  },
);
