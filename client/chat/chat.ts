/** The terminal chat: one conversation, streamed; and the same without a terminal, one line of input a message. */
import pc from 'picocolors';
import type { AgentClient } from '../agent-client';
import { commandName } from '../commands/command-name';
import { describeResponse } from '../commands/describe';
import { describePending } from '../commands/describe-pending';
import { UnknownConversationError } from '../errors';
import { type LineSource, openLines } from './line-source';
import { printableOn } from './printable';
import { Talk } from './talk';
import { until } from './until';

export interface ChatOptions {
  readonly client: AgentClient;
  /** An open conversation's id, or an agent's name: then a conversation is started. */
  readonly agentOrId: string;
  /** Asked when the input has not a single line. */
  readonly builtInQuestion?: string;
  /** Answers as JSON, one a line, for programs. @default false */
  readonly json?: boolean;
  /** Told the conversation's id before the first message; its lines are printed. */
  readonly introduce?: (conversationId: string) => readonly string[];
  /** Where the Temporal UI shows a conversation, when that is known. */
  readonly pageOf?: (conversationId: string) => string | undefined;
  /** What to run to come back. @default `holdfast chat ID` */
  readonly comeBackBy?: (conversationId: string) => string;
  /** Gives a function that prints a line above the prompt, and nothing while an answer is shown. */
  readonly onReady?: (notifyAtPrompt: (line: string) => void) => void;
  /** Ends the chat when it is aborted, in mid-answer too. */
  readonly signal?: AbortSignal;
}

/** @returns when the input is over. The conversation stays open. */
export async function runChat(options: ChatOptions): Promise<void> {
  const { client, signal, introduce, pageOf, onReady } = options;
  const id = await conversationOf(options);
  const introduction = [
    ...(introduce?.(id) ?? []),
    `conversation ${id} · in another terminal: ${commandName} timeline ${id}`,
  ];
  for (const line of introduction) process.stderr.write(`${pc.dim(line)}\n`);
  const { stdin, stdout } = process;
  if (stdin.isTTY !== true || stdout.isTTY !== true) return answerLines(options, id);
  const talk = new Talk({ client, id, stdin, stdout, page: pageOf?.(id), signal });
  onReady?.(talk.notifyAtPrompt);
  try {
    await talk.run();
  } finally {
    const comeBack = options.comeBackBy?.(id) ?? `${commandName} chat ${id}`;
    stdout.write(`${pc.dim(`The conversation stays. Come back with: ${comeBack}`)}\n`);
  }
}

async function conversationOf({ client, agentOrId }: ChatOptions): Promise<string> {
  try {
    await client.describe(agentOrId);
    return agentOrId;
  } catch (error) {
    if (!(error instanceof UnknownConversationError)) throw error;
    return (await client.start({ agent: agentOrId })).id;
  }
}

async function answerLines(options: ChatOptions, id: string): Promise<void> {
  const { signal } = options;
  const lines = openLines(process.stdin);
  if (signal?.aborted) lines.interrupt();
  signal?.addEventListener('abort', lines.interrupt, { once: true });
  try {
    await answerEach(options, id, lines);
  } finally {
    signal?.removeEventListener('abort', lines.interrupt);
    lines.close();
  }
}

async function answerEach(options: ChatOptions, id: string, lines: LineSource): Promise<void> {
  const { client, builtInQuestion, json = false } = options;
  let count = 0;
  const answer = async (question: string) => {
    count += 1;
    process.stderr.write(`${pc.dim(`you › ${printableOn(process.stderr, question)}`)}\n`);
    const asked = { message: question, signal: lines.interrupted };
    for await (const event of until(lines.interrupted, client.stream(id, asked))) {
      // Nobody can be asked here: somebody may be elsewhere.
      if (event.type === 'pending') {
        const waiting = describePending(id, event.item, Date.now());
        process.stderr.write(`${printableOn(process.stderr, waiting.join('\n'))}\n`);
      }
      if (event.type !== 'complete') continue;
      const { response } = event;
      const text = json ? JSON.stringify(response) : describeResponse(response);
      process.stdout.write(`${json ? text : printableOn(process.stdout, text)}\n`);
      if (response.error) process.exitCode = 1;
    }
  };
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    if (line.trim()) await answer(line);
  }
  const wantsQuestion = count === 0 && !lines.interrupted.aborted;
  if (wantsQuestion && builtInQuestion !== undefined) await answer(builtInQuestion);
}
