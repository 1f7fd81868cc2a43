/** What is collected of an activity that is neither a model's answer nor an agent's resolution. */
import { cut } from '../../agent/json';
import type { Activities } from './activities';
import type { ActivityScheduled } from './facts';
import type { CompactionRecord, ToolRecord, TurnRecord } from './turn';
import { endSummary } from './turn';
import { asCount, asFields, asText, textLimit } from './values';

export function trackTool(activities: Activities, scheduled: ActivityScheduled): ToolRecord {
  const input = asFields(scheduled.input);
  const work = activities.track(scheduled, {
    onEnd: ({ outcome, result }) => {
      tool.isError = outcome !== 'completed' || asFields(result).isError === true;
    },
  });
  const name = asText(input.tool) ?? '?';
  const tool: ToolRecord = {
    callId: asText(input.callId) ?? scheduled.activityId,
    tool: name,
    label: cut(scheduled.label ?? name, textLimit),
    work,
    isError: false,
  };
  return tool;
}

export function trackCompaction(
  activities: Activities,
  turn: TurnRecord,
  scheduled: ActivityScheduled,
): CompactionRecord {
  const work = activities.track(scheduled, {
    onEnd: (ended) => endSummary(turn, compaction, ended),
  });
  const step = asCount(asFields(scheduled.input).step) ?? 0;
  const compaction: CompactionRecord = { step, work };
  return compaction;
}
