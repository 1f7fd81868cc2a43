/** `DemoModel`'s summary of a conversation: the beginnings of its last messages, each with where it comes from. */
import { cut } from '../../agent/json';
import { contentToText } from '../../agent/messages';
import type { Message } from '../../agent/model';

const linesShown = 20;
const lineLimit = 80;

export function demoSummary(inputs: readonly Message[]): string {
  const lines = inputs.slice(0, -1).flatMap(toLines);
  return lines.slice(-linesShown).join('\n');
}

function toLines(message: Message): readonly string[] {
  switch (message.role) {
    case 'user':
      return [`[from user] ${shown(message.content)}`];
    case 'assistant':
      return message.content ? [`[from me] ${shown(message.content)}`] : [];
    case 'tool_response':
      return [`[from tool ${message.toolName}] ${shown(message.content)}`];
  }
}

function shown(content: Message['content']): string {
  return cut(contentToText(content), lineLimit);
}
