/** A strict server takes back what it handed out, and only as it handed it out. */
import { cleanUpAfterEach } from '../support/cleanup';
import type { ScriptedAnswer } from '../support/strict/strict-server';
import { rejection, startClients } from './clients';

const cleanUp = cleanUpAfterEach();
const answers: readonly ScriptedAnswer[] = [
  { reasoning: 'I ask.', toolCalls: [{ name: 'weather', arguments: { city: 'Rome' } }] },
  { text: 'Sunny.' },
];
const parameters = { type: 'object', properties: { city: { type: 'string' } } };

describe('OpenAI Responses', () => {
  async function start() {
    const { server, openai } = await startClients(cleanUp);
    server.script(answers);
    const ask = {
      model: 'gpt-5',
      store: false,
      include: ['reasoning.encrypted_content' as const],
      tools: [{ type: 'function' as const, name: 'weather', parameters, strict: false }],
    };
    const question = { role: 'user' as const, content: 'Weather?' };
    const { output } = await openai.responses.create({ ...ask, input: [question] });
    const [reasoning, call] = output;
    if (reasoning?.type !== 'reasoning' || call?.type !== 'function_call') throw new Error();
    const result = {
      type: 'function_call_output' as const,
      call_id: call.call_id,
      output: 'sunny',
    };
    return {
      reasoning,
      call,
      send: (...items: (typeof reasoning | typeof call)[]) =>
        openai.responses.create({ ...ask, input: [question, ...items, result] }),
    };
  }

  test('takes reasoning and call back', async () => {
    const { send, reasoning, call } = await start();
    expect((await send(reasoning, call)).output_text).toBe('Sunny.');
  });

  test('refuses foreign encryption, and a call without its reasoning', async () => {
    const { send, reasoning, call } = await start();
    const foreign = await rejection(send({ ...reasoning, encrypted_content: 'gAAAAA' }, call));
    expect(foreign['code']).toBe('invalid_encrypted_content');
    const alone = await rejection(send(call));
    expect(alone['message']).toContain("without its required 'reasoning' item");
  });

  test('takes a call without its id, and so without its reasoning', async () => {
    const { send, call } = await start();
    const { call_id, name, arguments: given, type } = call;
    const anonymous = { type, call_id, name, arguments: given };
    expect((await send(anonymous)).output_text).toBe('Sunny.');
  });
});

describe('Anthropic', () => {
  async function start(isRedacted = false) {
    const { server, anthropic } = await startClients(cleanUp);
    server.script([{ ...answers[0], isRedacted }, answers[1]!]);
    const ask = {
      model: 'claude-sonnet-4-6',
      max_tokens: 4000,
      thinking: { type: 'enabled' as const, budget_tokens: 2000 },
      tools: [{ name: 'weather', input_schema: { ...parameters, type: 'object' as const } }],
    };
    const question = { role: 'user' as const, content: 'Weather?' };
    const { content } = await anthropic.messages.create({ ...ask, messages: [question] });
    const use = content.find(({ type }) => type === 'tool_use');
    if (use?.type !== 'tool_use') throw new Error();
    const result = { type: 'tool_result' as const, tool_use_id: use.id, content: 'sunny' };
    return {
      content,
      send: (blocks: typeof content, model = ask.model) =>
        anthropic.messages.create({
          ...ask,
          model,
          messages: [
            question,
            { role: 'assistant', content: blocks },
            { role: 'user', content: [result] },
          ],
        }),
    };
  }

  test.each([false, true])('takes thinking and tool use back (redacted: %s)', async (redacted) => {
    const { send, content } = await start(redacted);
    expect((await send(content)).content).toMatchObject([{ text: 'Sunny.' }]);
  });

  test('refuses edited thinking, missing thinking, and thinking of another model', async () => {
    const { send, content } = await start();
    const edited = content.map((block) =>
      block.type === 'thinking' ? { ...block, thinking: 'I guess.' } : block,
    );
    expect((await rejection(send(edited)))['message']).toContain('cannot be modified');
    const missing = content.filter(({ type }) => type !== 'thinking');
    expect((await rejection(send(missing)))['message']).toContain('found `tool_use`');
    const other = await rejection(send(content, 'claude-haiku-4-5'));
    expect(other['message']).toContain('Invalid `signature` in `thinking` block');
  });
});

describe('Gemini', () => {
  async function start(acceptsOnlyIssued = true) {
    const { server, gemini } = await startClients(cleanUp, { acceptsOnlyIssued });
    server.script(answers);
    const ask = {
      model: 'gemini-3-flash-preview',
      config: {
        tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: parameters }] }],
      },
    };
    const question = { role: 'user', parts: [{ text: 'Weather?' }] };
    const { candidates } = await gemini.models.generateContent({ ...ask, contents: [question] });
    const content = candidates![0]!.content!;
    const result = { functionResponse: { name: 'weather', response: { output: 'sunny' } } };
    return {
      parts: content.parts!,
      send: (parts: typeof content.parts, model = ask.model) =>
        gemini.models.generateContent({
          ...ask,
          model,
          contents: [question, { role: 'model', parts: parts! }, { role: 'user', parts: [result] }],
        }),
    };
  }

  test('takes the signed call back', async () => {
    const { send, parts } = await start();
    expect((await send(parts)).text).toBe('Sunny.');
  });

  test('refuses a missing, a foreign and another model’s signature', async () => {
    const { send, parts } = await start();
    const bare = parts.map(({ functionCall }) => ({ functionCall: functionCall! }));
    const signed = (thoughtSignature: string) =>
      bare.map((part) => ({ ...part, thoughtSignature }));
    expect((await rejection(send(bare)))['message']).toContain('missing a thought_signature');
    expect((await rejection(send(signed('Zm9yZ2Vk'))))['message']).toContain('Corrupted');
    const other = await rejection(send(parts, 'gemini-3.5-flash'));
    expect(other['message']).toContain('Corrupted thought signature.');
  });

  test('takes any signature where that was asked for', async () => {
    const { send, parts } = await start(false);
    const foreign = parts.map((part) => ({ ...part, thoughtSignature: 'Zm9yZ2Vk' }));
    expect((await send(foreign)).text).toBe('Sunny.');
  });
});
