/** What a conversation consists of, and what of it continue-as-new carries to the next run. */
import type { PinnedAgent, ResolveAgentInput } from '../activities/contract';
import type { TurnError } from '../agent/agent-messages';
import { Memory } from '../agent/memory';
import type { ToolResult } from '../agent/tool';
import { Approvals } from './approvals';
import type { CarriedConversation, ConversationMode, ListedAttributes } from './contract';
import { Inbox } from './inbox';
import { rememberTokens } from './prompt-estimate';
import { TurnLog } from './turn-log';

export class ConversationParts {
  readonly memory: Memory;
  readonly inbox: Inbox;
  readonly turnLog: TurnLog;
  readonly approvals: Approvals;
  /** Of calls that came to an end while others of their step have not. */
  readonly stepResults: Map<string, ToolResult>;
  /** When it began, in milliseconds. Absent where the run began before it was kept. */
  startedAtMs: number | undefined;
  /** Since when no budget's time passes: it is paused, or a person is asked about a budget. */
  heldSinceMs: number | undefined;
  /** Remembers how long each message is. */
  readonly countTokens = rememberTokens();
  pinned: PinnedAgent | undefined;
  /** What `pinned` was resolved from, once `adopt` has changed it. */
  adopted: ResolveAgentInput | undefined;
  /** The step at work; between turns the next turn's first. */
  step: number;
  /** What goes on now, in words. */
  activity: string | undefined;
  isClosing: boolean;
  /** How often older messages gave way to a summary. */
  compactions: number;
  /** Somebody asked for it, and it has not come about yet. */
  isCompactionAsked: boolean;
  /** No model is called until somebody says `resume`. */
  isPaused: boolean;
  /** The running turn is to stop. */
  isInterruptAsked = false;
  /** How often a person let the conversation pass its budget. */
  extensions: number;
  /** What its search attributes say by now. Absent where the server lists none of them. */
  listed: ListedAttributes | undefined;
  /** Why the last one that was asked for while the agent was idle did not come about. */
  compactionError: TurnError | undefined;
  /** Pinned from the next step on: all attempts of one step are of one agent. */
  protected nextPinned: PinnedAgent | undefined;

  constructor(
    readonly mode: ConversationMode,
    carried?: CarriedConversation,
    /** In a workflow its own clock. */
    readonly now: () => number = Date.now,
  ) {
    this.memory = carried ? Memory.from(carried.memory) : new Memory();
    this.inbox = new Inbox(carried?.inbox);
    this.turnLog = new TurnLog(carried?.turns, carried?.earlierTurns);
    this.pinned = carried?.pinned;
    this.adopted = carried?.adopted;
    this.nextPinned = carried?.nextPinned;
    this.step = carried?.nextStep ?? 1;
    this.isClosing = carried?.isClosing ?? false;
    this.compactions = carried?.compactions ?? 0;
    this.isCompactionAsked = carried?.isCompactionAsked ?? false;
    this.isPaused = carried?.isPaused ?? false;
    this.approvals = new Approvals(carried?.approvals);
    this.stepResults = new Map(Object.entries(carried?.stepResults ?? {}));
    this.startedAtMs = carried ? carried.startedAtMs : this.now();
    this.heldSinceMs = carried?.heldSinceMs;
    this.extensions = carried?.extensions ?? 0;
    this.listed = carried?.listed;
  }

  requirePinned(): PinnedAgent {
    if (this.pinned) return this.pinned;
    throw new Error('The conversation has no agent yet.');
  }

  carry(previousRunId: string): CarriedConversation {
    const approvals = this.approvals.snapshot();
    return {
      pinned: this.requirePinned(),
      ...(this.adopted && { adopted: this.adopted }),
      ...(this.nextPinned && { nextPinned: this.nextPinned }),
      memory: this.memory.snapshot(),
      inbox: this.inbox.snapshot(),
      turns: this.turnLog.records,
      ...(this.turnLog.earlier && { earlierTurns: this.turnLog.earlier }),
      ...(this.compactions > 0 && { compactions: this.compactions }),
      nextStep: this.step,
      isClosing: this.isClosing,
      ...(this.isCompactionAsked && { isCompactionAsked: true }),
      ...(this.isPaused && { isPaused: true }),
      ...(approvals && { approvals }),
      ...(this.stepResults.size > 0 && { stepResults: Object.fromEntries(this.stepResults) }),
      ...(this.startedAtMs !== undefined && { startedAtMs: this.startedAtMs }),
      ...(this.heldSinceMs !== undefined && { heldSinceMs: this.heldSinceMs }),
      ...(this.extensions > 0 && { extensions: this.extensions }),
      ...(this.listed && { listed: this.listed }),
      previousRunId,
    };
  }
}
