/** What may be typed in the chat beside messages: `/state`, `/approve t1s1c0`. Pure. */

/** Each with what may follow it, and what it does. */
export const chatCommands = {
  state: ['', 'where the conversation stands'],
  pending: ['', 'what waits for a person'],
  approve: ['[CALL] [always]', 'yes to what waits; always: to every later call of this tool'],
  deny: ['[CALL] [REASON]', 'no to what waits'],
  answer: ['[CALL] TEXT', 'answers a question'],
  interrupt: ['[TEXT]', 'stops the running turn, and goes on with TEXT'],
  steer: ['TEXT', 'into the running turn, before its next model call'],
  queue: ['TEXT', 'a turn of its own, after the running one'],
  pause: ['', 'calls no model from the next step on'],
  resume: ['', 'goes on'],
  cost: ['', 'tokens and cost'],
  messages: ['', 'the last messages in memory'],
  prompt: ['', 'what the model saw at the last step'],
  model: ['NAME', 'goes on with another model'],
  ui: ['', 'where the Temporal UI shows it'],
  help: ['', 'this list'],
  quit: ['', 'leaves; the conversation stays'],
} as const satisfies Record<string, readonly [parameters: string, what: string]>;

export type ChatCommandName = keyof typeof chatCommands;

export interface ChatCommand {
  readonly name: ChatCommandName;
  /** What follows the name. */
  readonly rest: string;
}

/** @returns undefined for a message; `problem` for a command that is none. */
export function parseChatCommand(
  line: string,
): ChatCommand | { readonly problem: string } | undefined {
  const match = /^\/(\S*)\s*([^]*)$/.exec(line);
  if (!match) return undefined;
  const [, name = '', rest = ''] = match;
  if (!Object.hasOwn(chatCommands, name)) {
    const known = Object.keys(chatCommands).map((one) => `/${one}`);
    return {
      problem: `There is no \`/${name}\`. Known: ${known.join(' ')}. A message that begins with / begins with a blank.`,
    };
  }
  const command = { name: name as ChatCommandName, rest: rest.trim() };
  const needsText = /^[A-Z]/.test(chatCommands[command.name][0]);
  if (needsText && command.rest === '') {
    return { problem: `\`/${name}\` needs a text: /${name} ${chatCommands[command.name][0]}` };
  }
  return command;
}

/** Commands, and behind those that decide the ids of what waits. */
export function completeChatLine(line: string, callIds: readonly string[]): readonly string[] {
  if (!line.startsWith('/')) return [];
  const [name = ''] = line.slice(1).split(' ');
  if (!line.includes(' ')) {
    return Object.entries(chatCommands)
      .filter(([known]) => known.startsWith(name))
      .map(([known, [parameters]]) => `/${known}${parameters ? ' ' : ''}`);
  }
  if (!/^\/(?:approve|deny|answer) /.test(line)) return [];
  return callIds.map((callId) => `/${name} ${callId} `).filter((known) => known.startsWith(line));
}

export function describeChatCommands(): readonly string[] {
  const names = Object.entries(chatCommands).map(([name, [parameters, what]]) => ({
    usage: `/${name} ${parameters}`.trim(),
    what,
  }));
  const width = Math.max(...names.map(({ usage }) => usage.length));
  return [
    ...names.map(({ usage, what }) => `  ${usage.padEnd(width)}  ${what}`),
    '  While the agent is at work a line waits for its turn (/queue). A line that ends with \\ goes on in the next one.',
    '  Ctrl-C interrupts the running turn; twice within 2 s, or while nothing runs, it leaves.',
  ];
}
