import type { ContentBlock } from '../../agent/messages';
import {
  assistantMessage,
  contentToText,
  systemMessage,
  text,
  toolErrorResponse,
  toolResponse,
  userMessage,
} from '../../agent/messages';

const call = { id: 't1s1c0', name: 'weather' };

test('builders make plain records told apart by role', () => {
  const toolCall = { ...call, arguments: { city: 'Oslo' } };

  expect(systemMessage('Be brief.')).toEqual({ role: 'system', content: 'Be brief.' });
  expect(userMessage('Hello.')).toEqual({ role: 'user', content: 'Hello.' });
  expect(userMessage([text('Hello.')])).toEqual({
    role: 'user',
    content: [{ type: 'text', text: 'Hello.' }],
  });
  expect(assistantMessage('Hi.')).toEqual({ role: 'assistant', content: 'Hi.', toolCalls: [] });
  expect(assistantMessage('', [toolCall])).toEqual({
    role: 'assistant',
    content: '',
    toolCalls: [toolCall],
  });
});

test('a tool response says which call it answers, and is no error unless it says so', () => {
  expect(toolResponse(call, { content: [text('sunny')] })).toStrictEqual({
    role: 'tool_response',
    toolCallId: 't1s1c0',
    toolName: 'weather',
    content: [text('sunny')],
    isError: false,
  });
  expect(toolErrorResponse(call, 'No such city.')).toStrictEqual({
    role: 'tool_response',
    toolCallId: 't1s1c0',
    toolName: 'weather',
    content: [text('No such city.')],
    isError: true,
  });
});

test('a tool response keeps structured content and state, empty ones too', () => {
  const response = toolResponse(call, { content: [], structuredContent: {}, state: 0 });

  expect(response).toMatchObject({ structuredContent: {}, state: 0 });
  expect(toolResponse(call, { content: [], state: null })).toHaveProperty('state', null);
});

test('content as text joins the blocks by line breaks and names what is no text', () => {
  const blocks: ContentBlock[] = [
    text('Look:'),
    { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
    { type: 'resource', resource: { uri: 'file:///a.txt', text: 'inside' } },
    { type: 'resource', resource: { uri: 'file:///b.bin', blob: 'AAAA' } },
    { type: 'resource_link', uri: 'file:///c.txt', name: 'c' },
  ];

  expect(contentToText(blocks)).toBe(
    [
      'Look:',
      '[image image/png]',
      '[audio audio/wav]',
      '[resource file:///a.txt]',
      'inside',
      '[resource file:///b.bin]',
      '[resource c: file:///c.txt]',
    ].join('\n'),
  );
  expect(contentToText('as it is')).toBe('as it is');
  expect(contentToText([])).toBe('');
});
