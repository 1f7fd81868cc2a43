/** What `DemoModel` streams as its reasoning when a message asks it to think. */
import { contentToText } from '../../agent/messages';
import type { Message } from '../../agent/model';
import { toolCallsIn } from './demo-requests';

/** Nothing, where the last message is not a user's or does not say “think”. */
export function demoThinking(inputs: readonly Message[]): string {
  const last = inputs.at(-1);
  const text = last?.role === 'user' ? contentToText(last.content) : '';
  if (!/\bthink\b/i.test(text)) return '';
  const tools = [...new Set(toolCallsIn(text).map(({ name }) => name))];
  return [
    'I am asked to think, so I look at the message again.',
    tools.length > 0
      ? `There is something in it for ${tools.join(' and ')}: I had better ask than guess.`
      : 'There is nothing in it for a tool. Perhaps I know a phrase for it.',
  ].join('\n\n');
}
