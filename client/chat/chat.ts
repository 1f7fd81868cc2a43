/** The terminal chat: one conversation, streamed; and the same without a terminal, one line of input a message. */
import pc from 'picocolors';
import type { AgentResponseMessage } from '../../agent/agent-messages';
import { cut } from '../../agent/json';
import { contentToText } from '../../agent/messages';
import type { Message } from '../../agent/model';
import type { AgentClient } from '../agent-client';
import { commandName } from '../commands/command-name';
import { describeResponse } from '../commands/describe';
import { UnknownConversationError } from '../errors';
import type { ConversationEvent } from '../conversation-events';
import { AnswerPrinter } from './answer-printer';
import { type LineSource, openLines } from './line-source';
import { toPrintable } from './printable';

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
  /** Gives a function that prints a line above the prompt, and nothing while an answer is shown. */
  readonly onReady?: (notifyAtPrompt: (line: string) => void) => void;
  /** Ends the chat when it is aborted, in mid-answer too. */
  readonly signal?: AbortSignal;
}

/** @returns when the input is over. The conversation stays open. */
export async function runChat(options: ChatOptions): Promise<void> {
  const id = await conversationOf(options);
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const introduction = [
    ...(options.introduce?.(id) ?? []),
    `conversation ${id} · in another terminal: ${commandName} timeline ${id}`,
  ];
  for (const line of introduction) process.stderr.write(`${pc.dim(line)}\n`);
  const lines = openLines({
    input: process.stdin,
    output: process.stdout,
    isTerminal,
    prompt: pc.bold('you › '),
  });
  options.onReady?.((line) => lines.notifyAtPrompt(pc.yellow(line)));
  const { signal } = options;
  if (signal?.aborted) lines.interrupt();
  signal?.addEventListener('abort', lines.interrupt, { once: true });
  try {
    if (isTerminal) await talk(options.client, id, lines);
    else await answerLines(options, id, lines);
  } finally {
    signal?.removeEventListener('abort', lines.interrupt);
    lines.close();
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

async function talk(client: AgentClient, id: string, lines: LineSource): Promise<void> {
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    if (!line.trim()) continue;
    try {
      await showAnswer(client.stream(id, line), lines.interrupted);
    } catch (error) {
      process.stdout.write(`${pc.red(error instanceof Error ? error.message : String(error))}\n`);
    }
  }
  process.stdout.write('\n');
}

async function answerLines(options: ChatOptions, id: string, lines: LineSource): Promise<void> {
  const { client, builtInQuestion, json = false } = options;
  let count = 0;
  const answer = async (question: string) => {
    count += 1;
    process.stderr.write(`${pc.dim(`you › ${question}`)}\n`);
    for await (const event of until(lines.interrupted, client.stream(id, question))) {
      if (event.type !== 'complete') continue;
      const { response } = event;
      process.stdout.write(`${json ? JSON.stringify(response) : describeResponse(response)}\n`);
      if (response.error) process.exitCode = 1;
    }
  };
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    if (line.trim()) await answer(line);
  }
  const wantsQuestion = count === 0 && !lines.interrupted.aborted;
  if (wantsQuestion && builtInQuestion !== undefined) await answer(builtInQuestion);
}

/** Until the answer is there, or `interrupted`: then the conversation goes on, and nobody looks. */
async function showAnswer(
  events: AsyncIterable<ConversationEvent>,
  interrupted: AbortSignal,
): Promise<void> {
  const { stdout } = process;
  const terminal = {
    write: (text: string) => void stdout.write(text),
    get columns() {
      return stdout.columns;
    },
    get rows() {
      return stdout.rows;
    },
  };
  const prefix = 'agent › ';
  const printer = new AnswerPrinter(terminal, pc.cyan(pc.bold(prefix)), prefix.length);
  try {
    for await (const event of until(interrupted, events)) showEvent(event, printer, terminal.write);
  } finally {
    printer.leave();
  }
}

/** The events up to the moment when `signal` is aborted. */
async function* until<Event>(
  signal: AbortSignal,
  events: AsyncIterable<Event>,
): AsyncGenerator<Event> {
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const iterator = events[Symbol.asyncIterator]();
  while (!signal.aborted) {
    const next = await Promise.race([iterator.next(), aborted]);
    if (!next || next.done) return;
    yield next.value;
  }
}

function showEvent(
  event: ConversationEvent,
  printer: AnswerPrinter,
  write: (text: string) => void,
): void {
  switch (event.type) {
    case 'partial':
      return printer.partial(event.content);
    case 'attempt':
      return printer.restart(pc.yellow(describeAttempt(event)));
    case 'message':
      return showMessage(event.message.message, printer, write);
    case 'complete':
      return showFailure(event.response, printer, write);
  }
}

function showMessage(
  message: Message,
  printer: AnswerPrinter,
  write: (text: string) => void,
): void {
  switch (message.role) {
    case 'user':
      return;
    case 'assistant':
      printer.finish(message.content);
      for (const { name, arguments: given } of message.toolCalls) {
        write(`${pc.dim(`  → ${toPrintable(name)}(${cut(JSON.stringify(given), 80)})`)}\n`);
      }
      if (typeof message.outputProblem === 'string') {
        write(`${pc.dim(`  ✗ not accepted: ${cut(toPrintable(message.outputProblem), 100)}`)}\n`);
      }
      return;
    case 'tool_response':
      write(
        `${pc.dim(`  ${message.isError ? '✗' : '✓'} ${cut(toPrintable(contentToText(message.content)), 100)}`)}\n`,
      );
      return;
  }
}

function showFailure(
  response: AgentResponseMessage,
  printer: AnswerPrinter,
  write: (text: string) => void,
): void {
  if (!response.error) return;
  printer.finish('');
  write(`${pc.red(toPrintable(describeResponse(response)))}\n`);
}

/** `worker 4711 lost · attempt 2 on 4790` */
export function describeAttempt(event: Extract<ConversationEvent, { type: 'attempt' }>): string {
  const { lostWorker, worker, attempt } = event;
  const on = worker === undefined ? '' : ` on ${processOf(worker)}`;
  const isOther = lostWorker !== undefined && lostWorker !== worker;
  return `${isOther ? `worker ${processOf(lostWorker)} lost · ` : ''}attempt ${attempt}${on}`;
}

/** The identity is `pid@host`. */
function processOf(identity: string): string {
  return identity.split('@')[0] ?? identity;
}
