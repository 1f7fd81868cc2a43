/** Activities as they are scheduled: which turn and step each belongs to, and what its end says of them. */
import type { Activities } from './activities';
import type { Door } from './door';
import type { ActivityScheduled } from './facts';
import { trackCompaction, trackTool } from './track';
import type { StepRecord } from './turn';
import { endThink } from './turn';
import type { TurnList } from './turn-list';
import type { ReadAgent } from './values';
import { asCount, asFields } from './values';
import { waitsFor } from './waits';

export interface ScheduledWorkOptions {
  readonly activities: Activities;
  readonly door: Door;
  readonly turns: TurnList;
  /** The one that the conversation is pinned to, as far as facts have been told. */
  readonly agent: () => ReadAgent;
  /** Told what an agent was resolved to. */
  readonly onResolved: (pinned: unknown) => void;
}

export class ScheduledWork {
  constructor(private readonly options: ScheduledWorkOptions) {}

  schedule(scheduled: ActivityScheduled): void {
    switch (scheduled.activityType) {
      case 'resolveAgent':
        this.options.activities.track(scheduled, {
          onEnd: ({ result }) => this.options.onResolved(result),
        });
        return;
      case 'getResponse':
        return this.scheduleThink(scheduled);
      case 'summarize':
        return this.scheduleSummary(scheduled);
      case 'executeTool':
        return this.scheduleTool(scheduled);
      default:
        return;
    }
  }

  private scheduleThink(scheduled: ActivityScheduled): void {
    const input = asFields(scheduled.input);
    const turn = this.options.turns.at(asCount(input.turn), scheduled.atMs);
    const number = asCount(input.step) ?? (turn.steps.at(-1)?.step ?? 0) + 1;
    const steering = this.options.door
      .takeSteering()
      .map((message) => ({ ...message, step: number }));
    turn.userMessages = [...turn.userMessages, ...steering];
    const think = this.options.activities.track(scheduled, {
      onEnd: (ended) => {
        endThink(turn, step, ended);
        const { response } = step;
        if (!response) return;
        const agent = this.options.agent();
        turn.waits.push(...waitsFor({ turn: turn.turn, step: number, response, agent, ...ended }));
      },
      onText: (text) => (step.partialText = text),
    });
    const step: StepRecord = { step: number, think, tools: [] };
    turn.steps.push(step);
  }

  /** It may come when its turn is over, and opens one that waits for it. */
  private scheduleSummary(scheduled: ActivityScheduled): void {
    const number = asCount(asFields(scheduled.input).turn);
    const turn =
      this.options.turns.find(number ?? 0) ?? this.options.turns.at(number, scheduled.atMs);
    turn.compactions.push(trackCompaction(this.options.activities, turn, scheduled));
  }

  private scheduleTool(scheduled: ActivityScheduled): void {
    const turn = this.options.turns.last;
    const tool = trackTool(this.options.activities, scheduled);
    turn?.steps.at(-1)?.tools.push(tool);
    // It is run: no word was needed, for one was remembered.
    const free = turn?.waits.findIndex(
      ({ callId, outcome }) => callId === tool.callId && outcome === 'waiting',
    );
    if (turn && free !== undefined && free >= 0) turn.waits.splice(free, 1);
  }
}
