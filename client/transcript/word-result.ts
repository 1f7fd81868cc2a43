/** What the model was told of a call that never was an activity: a person's word settled it, nobody's did, or it was stopped. */
import { defaultDecisionMs } from '../../agent/agent';
import type { ReActAgent } from '../../agent/agent';
import type { JsonObject } from '../../agent/json';
import type { ToolDefinition, ToolResult } from '../../agent/tool';
import type { Decision } from '../../workflows/contract';
// Pure words, said in one place.
// oxlint-disable-next-line no-restricted-imports
import { toDecidedResult } from '../../workflows/decided-result';
import { wordNeeded } from '../timeline/word-needed';
import type { RecordedStep } from './recorded-items';

/** What people said, and up to when history tells that others did not. */
export interface Words {
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly lastTaskMs: number;
}

export interface UnrunCall {
  readonly callId: string;
  readonly tool: ToolDefinition;
  readonly arguments: JsonObject;
}

/** @returns undefined while it is open. */
export function wordResult(
  { callId, tool, arguments: toolArguments }: UnrunCall,
  world: {
    readonly agent: ReActAgent;
    readonly recorded: RecordedStep;
    readonly words: Words;
  },
): ToolResult | undefined {
  const { name } = tool;
  const kind = wordNeeded(world.agent, { name, arguments: toolArguments });
  const item = { callId, kind: kind ?? 'approval', tool: name, arguments: {}, effect: '' } as const;
  const decision = decisionOn(callId, kind !== undefined, world);
  // What was allowed and yet not run was stopped before it could be.
  const stopped = { callId, approved: false, by: 'interrupt' } as const;
  const isStopped = world.recorded.interruptedAtMs !== undefined;
  return (
    (decision && toDecidedResult(item, decision)) ??
    (isStopped ? toDecidedResult(item, stopped) : undefined)
  );
}

function decisionOn(
  callId: string,
  isNeeded: boolean,
  {
    agent,
    recorded,
    words,
  }: { readonly agent: ReActAgent; readonly recorded: RecordedStep; readonly words: Words },
): Decision | undefined {
  const decision = words.decisions.get(callId);
  if (decision || !isNeeded) return decision;
  const { interruptedAtMs = words.lastTaskMs, askedAtMs } = recorded;
  const patienceMs = agent.limits?.decisionMs ?? defaultDecisionMs;
  const own = askedAtMs === undefined ? Number.POSITIVE_INFINITY : askedAtMs + patienceMs;
  const expiresAtMs = recorded.expiresAtMs.get(callId) ?? own;
  const isExpired = expiresAtMs <= Math.min(interruptedAtMs, words.lastTaskMs);
  return isExpired ? { callId, approved: false, by: 'expiry' } : undefined;
}
