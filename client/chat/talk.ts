/** The chat of a person at a terminal: what is typed goes to the conversation, what happens there comes back. */
import { randomUUID } from 'node:crypto';
import pc from 'picocolors';
import type { Delivery } from '../../workflows/contract';
import type { AgentClient } from '../agent-client';
import { describeAcknowledgement, describeError } from '../commands/describe';
import { describeDecided } from '../commands/describe-pending';
import type { ConversationEvent } from '../conversation-events';
import { decide } from '../decide';
import { parseChatCommand, completeChatLine } from './chat-command';
import { type ParsedDecision, parseReply } from './chat-decision';
import { LinePurpose, decisionPrompt, describeLate } from './line-purpose';
import { runChatCommand } from './run-chat-command';
import { TerminalScreen } from './terminal-screen';
import { TurnView } from './turn-view';
import { toPrintable } from './printable';
import { until } from './until';

export interface TalkOptions {
  readonly client: AgentClient;
  readonly id: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Where the Temporal UI shows the conversation, when that is known. */
  readonly page: string | undefined;
  /** Ends the chat when it is aborted. */
  readonly signal: AbortSignal | undefined;
}

const framesMs = 120;
const leaveWithinMs = 2_000;

export class Talk {
  private readonly leaving = new AbortController();
  private readonly view: TurnView;
  private readonly screen: TerminalScreen;
  private interruptedAtMs = 0;
  private hasToldOfQueue = false;
  private readonly purpose = new LinePurpose();

  constructor(private readonly options: TalkOptions) {
    this.view = new TurnView({
      colors: pc,
      now: () => Date.now(),
      width: () => this.screen.width,
      height: () => this.screen.height,
    });
    this.screen = new TerminalScreen({
      input: options.stdin,
      output: options.stdout,
      complete: (line) =>
        completeChatLine(
          line,
          this.view.pending.map(({ callId }) => callId),
        ),
      onLine: (text) => this.take(text),
      onInterrupt: () => this.interruptOrLeave(),
      onEnd: () => this.leave(),
      onNarrower: () => this.view.breakOff(),
      onOverflow: (rows) => this.view.seal(rows),
    });
  }

  /** A line above the prompt; nothing while a turn runs, for that tells its own news. */
  readonly notifyAtPrompt = (line: string): void => {
    if (!this.view.isRunning) this.say(pc.yellow(line));
  };

  /** Resolves when the person has left, or the conversation has ended. */
  async run(): Promise<void> {
    const { client, id, signal } = this.options;
    const leave = () => this.leave();
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
    const frames = setInterval(() => this.show(), framesMs);
    this.show();
    try {
      const options = { until: 'conversation', signal: this.leaving.signal } as const;
      await this.follow(client.stream(id, options));
    } finally {
      clearInterval(frames);
      signal?.removeEventListener('abort', leave);
      this.view.leave();
      this.show();
      this.screen.close();
    }
  }

  private async follow(events: AsyncIterable<ConversationEvent>): Promise<void> {
    for await (const event of until(this.leaving.signal, events)) {
      this.view.observe(event);
      this.show();
    }
  }

  private say(...lines: readonly string[]): void {
    this.view.print(...lines);
    this.show();
  }

  private show(): void {
    const { lasting, live } = this.view.rows();
    this.screen.atOnce(() => {
      this.screen.draw(lasting, live);
      this.choosePrompt();
    });
  }

  private choosePrompt(): void {
    const { pending, isRunning } = this.view;
    const purpose = this.purpose.choose(pending, this.screen.hasDraft);
    if (purpose.kind === 'decide') {
      this.screen.setPrompt(pc.yellow(decisionPrompt(purpose.item, pending.length > 1)));
    } else if (purpose.kind === 'late') this.screen.setPrompt(pc.dim('too late › '));
    else this.screen.setPrompt(isRunning ? pc.dim('queue › ') : pc.bold('you › '));
  }

  private take(text: string): void {
    if (!text.trim()) return;
    const command = parseChatCommand(text);
    if (command && 'problem' in command) return this.say(pc.red(toPrintable(command.problem)));
    if (command) return this.attempt(() => this.runCommand(command));
    const purpose = this.purpose.of(this.view.pending);
    if (purpose.kind === 'late')
      return this.say(pc.yellow(`  ${toPrintable(describeLate(purpose.item))}`));
    if (purpose.kind === 'decide') return this.decide(parseReply(purpose.item, text));
    this.attempt(() => this.send(text.trim(), 'queue'));
  }

  private runCommand(
    command: Exclude<ReturnType<typeof parseChatCommand>, undefined | { problem: string }>,
  ) {
    const { client, id, page } = this.options;
    return runChatCommand(command, {
      ...{ client, id, page },
      pending: this.view.pending,
      say: (...lines) => this.say(...lines),
      send: (text, delivery) => this.send(text, delivery),
      decide: (parsed) => this.decide(parsed),
      setPaused: (isPaused) => (this.view.isPaused = isPaused),
      leave: () => this.leave(),
    });
  }

  private async send(text: string, delivery: Delivery): Promise<void> {
    const { client, id } = this.options;
    const messageId = randomUUID();
    const isAtOnce = !this.view.isRunning;
    if (isAtOnce) this.view.open(text, messageId);
    else this.view.print(pc.dim(`${wordsFor[delivery]} › ${toPrintable(text)}`));
    this.show();
    const acknowledgement = await client
      .send(id, text, { messageId, delivery })
      .catch((error: unknown) => {
        if (isAtOnce) this.view.leave();
        throw error;
      });
    if (isAtOnce || delivery !== 'queue') return;
    const hint = this.hasToldOfQueue ? '' : ' (/steer TEXT or /interrupt TEXT would be sooner)';
    this.hasToldOfQueue = true;
    this.say(pc.dim(`  ${describeAcknowledgement(acknowledgement)}${hint}`));
  }

  private decide(parsed: ParsedDecision): void {
    if ('problem' in parsed) return this.say(pc.red(toPrintable(parsed.problem)));
    const { client, id } = this.options;
    const { item, input } = parsed;
    this.attempt(async () => {
      const decided = await decide(client, id, item, input);
      this.say(pc.dim(`  ${toPrintable(describeDecided(decided))}`));
    });
  }

  private interruptOrLeave(): void {
    const isAgain = Date.now() - this.interruptedAtMs < leaveWithinMs;
    if (!this.view.isRunning || isAgain) return this.leave();
    this.interruptedAtMs = Date.now();
    this.say(pc.yellow('  interrupting (Ctrl-C once more leaves)'));
    const { client, id } = this.options;
    this.attempt(() => client.interrupt(id));
  }

  /** What goes wrong is said, and the chat goes on. */
  private attempt(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => this.say(pc.red(toPrintable(describeError(error)))));
  }

  private leave(): void {
    this.leaving.abort();
  }
}

const wordsFor = {
  queue: 'queued',
  steer: 'steered',
  interrupt: 'instead',
} as const satisfies Record<Delivery, string>;
