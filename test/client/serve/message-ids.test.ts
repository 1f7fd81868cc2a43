const { MessageIds } = jest.requireActual<{
  MessageIds: new () => {
    take(text: string): string;
    keep(text: string, messageId: string): void;
    forget(text: string): boolean;
  };
}>('../../../client/serve/page/message-ids.js');

test('what was not seen to be taken keeps its id until it is; the same text then is another message', () => {
  const ids = new MessageIds();
  const first = ids.take('Pay.');

  ids.keep('Pay.', first);
  expect(ids.take('Pay.')).toBe(first);
  expect(ids.take('Pay twice.')).not.toBe(first);

  expect(ids.forget('Pay.')).toBe(true);
  expect(ids.take('Pay.')).not.toBe(first);
  expect(ids.forget('Pay.')).toBe(false);
});
