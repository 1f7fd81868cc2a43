/** One turn after the other as rows of a terminal: what is there to stay, and what may still change. No terminal here. */
import type { Colors } from 'picocolors/types';
import type { AgentResponseMessage } from '../../agent/agent-messages';
import { cut } from '../../agent/json';
import { contentToText } from '../../agent/messages';
import type { ToolCallMessage, ToolExecutionResultMessage } from '../../agent/messages';
import type { PendingItem, SequencedMessage } from '../../workflows/contract';
import { describeResponse } from '../commands/describe';
import type { ConversationEvent } from '../conversation-events';
import { formatCost, formatDuration, formatTokens } from '../timeline/words';
import { Answer } from './answer';
import { describeAttempt } from './describe-attempt';
import { callText, describeItem, formatSeconds } from './describe-call';
import { toPrintable } from './printable';
import { Thought } from './thought';
import { fit } from './wrap';

export interface TurnViewOptions {
  readonly colors: Colors;
  readonly now: () => number;
  /** Columns of a row, at the moment. */
  readonly width: () => number;
  /** Rows that may change, as many as the screen holds at the moment. */
  readonly height: () => number;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const callsShown = 5;
const prompt = 'you › ';

export class TurnView {
  isRunning = false;
  isPaused = false;
  private readonly answer: Answer;
  private readonly thought: Thought;
  /** The last one that was heard of. */
  private turn = 0;
  private activity: string | undefined;
  private lasting: string[] = [];
  private calls: readonly { readonly call: ToolCallMessage; readonly sinceMs: number }[] = [];
  private items: readonly PendingItem[] = [];
  private startedAtMs = 0;
  /** Ids of user messages that stand on the screen. */
  private readonly shown = new Set<string>();

  constructor(private readonly options: TurnViewOptions) {
    this.answer = new Answer(options.colors);
    this.thought = new Thought(options);
  }

  /** What waits for a person, oldest first. */
  get pending(): readonly PendingItem[] {
    return this.items;
  }

  print(...lines: readonly string[]): void {
    this.lasting.push(...lines);
  }

  /** What was typed, and a turn for it; `messageId` is not shown once more when it enters the conversation. */
  open(text: string, messageId: string): void {
    this.shown.add(messageId);
    this.printUser(text);
    this.begin();
  }

  begin(): void {
    this.isRunning = true;
    this.startedAtMs = this.options.now();
  }

  observe(event: ConversationEvent): void {
    const { colors } = this.options;
    switch (event.type) {
      case 'thinking':
        this.beginTurn(event.turn);
        return this.thought.add(event.content);
      case 'partial':
        this.beginTurn(event.turn);
        this.print(...this.thought.finish());
        return this.answer.add(event.content, this.options.width());
      case 'attempt':
        this.thought.forget();
        return this.print(...this.answer.restart(), colors.yellow(describeAttempt(event)));
      case 'message':
        this.beginTurn(event.message.turn);
        return this.observeMessage(event.message);
      case 'tool_started':
      case 'tool_finished':
        // The messages that they are part of tell more.
        return;
      case 'status':
        // Somebody else may have said so.
        if (event.activity === 'paused') this.isPaused = true;
        else if (this.activity === 'paused') this.isPaused = false;
        this.activity = event.activity;
        return;
      case 'pending':
        this.items = [...this.items, event.item];
        return this.print(...describeItem(event.item, this.options));
      case 'settled':
        this.items = this.items.filter(({ callId }) => callId !== event.callId);
        return;
      case 'complete':
        return this.end(event.response);
      case 'trouble':
        return this.print(colors.yellow(toPrintable(event.message)));
      case 'ended': {
        const why = event.error ? ` ${event.error.type}: ${event.error.message}` : '';
        return this.print(colors.dim(toPrintable(`The conversation has ended.${why}`)));
      }
    }
  }

  /** Whoever opened it. */
  private beginTurn(turn: number): void {
    const isNew = turn > this.turn;
    this.turn = Math.max(this.turn, turn);
    if (isNew && !this.isRunning) this.begin();
  }

  /** Nobody tells more of this turn. */
  leave(): void {
    this.print(...this.thought.finish(), ...this.answer.finish(undefined, this.options.width()));
    this.isRunning = false;
    this.calls = [];
    this.items = [];
  }

  /** The terminal has got narrower: what stands there is out of reach. */
  breakOff(): void {
    this.answer.breakOff();
  }

  /** What is new and stays, and below it what may change. */
  rows(): { readonly lasting: readonly string[]; readonly live: readonly string[] } {
    const lasting = this.lasting;
    this.lasting = [];
    const { width, height } = this.options;
    const { calls } = this;
    // Of these nothing stays: what has once scrolled off would stand there again with each frame.
    const passing = [
      ...this.thought.rows(width()),
      ...calls.slice(0, callsShown).map(({ call, sinceMs }) => this.describeOpen(call, sinceMs)),
      ...(calls.length > callsShown ? [`  … ${calls.length - callsShown} more`] : []),
      ...(this.isRunning ? [this.describeStatus()] : []),
    ].slice(-Math.max(1, height() - 1));
    return { lasting, live: [...this.answer.rows(width()), ...passing] };
  }

  /** So many of the first rows that may change are out of reach. */
  seal(rows: number): void {
    this.answer.seal(rows);
  }

  private observeMessage({ message, messageId }: SequencedMessage): void {
    const { colors } = this.options;
    switch (message.role) {
      case 'user':
        if (messageId === undefined || this.shown.has(messageId)) return;
        this.shown.add(messageId);
        return this.printUser(contentToText(message.content));
      case 'assistant': {
        this.print(...this.thought.finish());
        this.print(...this.answer.finish(message.content, this.options.width()));
        const sinceMs = this.options.now();
        this.calls = message.toolCalls.map((call) => ({ call, sinceMs }));
        const { outputProblem } = message;
        if (typeof outputProblem !== 'string') return;
        return this.print(colors.dim(`  ✗ not accepted: ${cut(toPrintable(outputProblem), 100)}`));
      }
      case 'tool_response':
        return this.print(this.describeResult(message));
    }
  }

  private printUser(text: string): void {
    const [first = '', ...rest] = toPrintable(text).split('\n');
    const lines = [first, ...rest.map((line) => `${' '.repeat(prompt.length)}${line}`)];
    this.print(`${this.options.colors.bold(prompt)}${lines.join('\n')}`);
  }

  private end(response: AgentResponseMessage): void {
    const { colors, now } = this.options;
    const { error, finishReason, usage, costUsd } = response;
    this.print(...this.thought.finish());
    this.print(...this.answer.finish(error ? '' : undefined, this.options.width()));
    if (error) this.print(colors.red(toPrintable(describeResponse(response))));
    else if (finishReason === 'interrupted') this.print(colors.yellow('  interrupted'));
    const cost = typeof costUsd === 'number' ? formatCost(costUsd) : 'cost unknown';
    const took = formatDuration(now() - this.startedAtMs);
    this.print(colors.dim(`  ${took} · ${formatTokens(usage)} tokens · ${cost}`));
    this.leave();
  }

  private describeOpen(call: ToolCallMessage, sinceMs: number): string {
    const { colors, now, width } = this.options;
    const lastsMs = now() - sinceMs;
    const waits = this.items.some(({ callId }) => callId === call.id);
    const duration = waits ? 'waits for you' : formatSeconds(lastsMs);
    return colors.dim(fit(`  ${this.frame()} ${callText(call)} · ${duration}`, width()));
  }

  private describeResult({ toolCallId, isError, content }: ToolExecutionResultMessage): string {
    const { colors, now, width } = this.options;
    const open = this.calls.find(({ call }) => call.id === toolCallId);
    this.calls = this.calls.filter((one) => one !== open);
    const lastedMs = open ? now() - open.sinceMs : 0;
    const duration = lastedMs >= 1_000 ? ` · ${formatDuration(lastedMs)}` : '';
    const result = cut(toPrintable(contentToText(content)), 100);
    const line = `  ${isError ? '✗' : '✓'} ${open ? `${callText(open.call)} → ` : ''}${result}`;
    return colors.dim(`${fit(line, width() - duration.length)}${duration}`);
  }

  private describeStatus(): string {
    const { colors, now, width } = this.options;
    const what =
      this.items.length > 0
        ? 'waits for you'
        : this.isPaused
          ? 'paused: /resume goes on'
          : this.calls.length > 0
            ? 'at work'
            : this.answer.isEmpty
              ? 'thinking'
              : 'answering';
    const since = formatSeconds(now() - this.startedAtMs);
    return colors.dim(fit(`  ${this.frame()} ${what} · ${since} · Ctrl-C interrupts`, width()));
  }

  private frame(): string {
    return frames[Math.floor(this.options.now() / 120) % frames.length]!;
  }
}
