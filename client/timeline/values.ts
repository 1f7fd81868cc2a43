/** Reads what history holds without believing it: other versions, other programs and codecs write there too. */
import type { Pointer } from '../../activities/contract';
import type { AgentDefinition } from '../../agent/agent';
import { defaultMaxSteps } from '../../agent/agent';
import type { Budgets } from '../../agent/budget';
import { budgetsProblem } from '../../agent/budget';
import type { TurnError } from '../../agent/agent-messages';
import type { JsonObject } from '../../agent/json';
import { cut } from '../../agent/json';
import type { ContentBlock } from '../../agent/messages';
import { contentToText } from '../../agent/messages';
import type { FinishReason, Usage } from '../../agent/model';
import { noUsage } from '../../agent/model';
import type { FailedAttempts } from '../../agent/usage';
import { parseFailedAttempts, parseUsd } from '../../agent/usage';

export type Fields = Readonly<Record<string, unknown>>;

/** Characters of a user's or a model's text that a timeline keeps. */
export const textLimit = 200;

export function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The text of a message's content, cut. */
export function shortText(content: unknown): string {
  return cut(fullText(content), textLimit);
}

export function fullText(content: unknown): string {
  if (typeof content === 'string') return content;
  const blocks = asList(content).filter((block) => typeof asFields(block).type === 'string');
  try {
    return contentToText(blocks as readonly ContentBlock[]);
  } catch {
    return '';
  }
}

export interface ReadResponse {
  readonly content: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: JsonObject }[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly costUsd: number | null;
  readonly failedAttempts?: FailedAttempts;
  readonly model?: string;
  readonly promptDigest?: string;
  /** Why the answer was not accepted. */
  readonly outputProblem?: string;
}

/** The result of `getResponse`; undefined when it is none. */
export function readResponse(value: unknown): ReadResponse | undefined {
  const fields = asFields(value);
  const { role, content, toolCalls, finishReason, usage, model, promptDigest } = fields;
  if (role !== 'assistant') return undefined;
  const failedAttempts = parseFailedAttempts(fields.failedAttempts);
  return {
    content: asText(content) ?? '',
    toolCalls: asList(toolCalls).map((call) => ({
      name: asText(asFields(call).name) ?? '?',
      arguments: asFields(asFields(call).arguments) as JsonObject,
    })),
    finishReason: (asText(finishReason) ?? 'other') as FinishReason,
    usage: readUsage(usage),
    costUsd: parseUsd(fields.costUsd),
    ...(failedAttempts && { failedAttempts }),
    ...(typeof model === 'string' && { model }),
    ...(typeof promptDigest === 'string' && { promptDigest }),
    ...(typeof fields.outputProblem === 'string' && { outputProblem: fields.outputProblem }),
  };
}

export function readUsage(value: unknown): Usage {
  const counts = asFields(value);
  const isUsage =
    asCount(counts.inputTokens) !== undefined && asCount(counts.outputTokens) !== undefined;
  return isUsage ? (counts as unknown as Usage) : noUsage;
}

export function readPointer(value: unknown): Pointer | undefined {
  const { epoch: number, length: count, digest, agentHash } = asFields(value);
  const [epoch, length] = [asCount(number), asCount(count)];
  if (epoch === undefined || length === undefined) return undefined;
  if (typeof digest !== 'string' || typeof agentHash !== 'string') return undefined;
  return { epoch, length, digest, agentHash };
}

export interface ReadAgent {
  readonly name?: string;
  readonly model?: string;
  readonly maxSteps: number;
  /** How long people may take. Absent where the agent does not say. */
  readonly decisionMs?: number;
  readonly budgets?: Budgets;
  /** All of it, as it stands in history. */
  readonly definition: unknown;
}

/** From a pinned agent, an inline definition, or a mere name. */
export function readAgent(value: unknown): ReadAgent {
  if (typeof value === 'string') {
    return { name: value, maxSteps: defaultMaxSteps, definition: undefined };
  }
  const { name, model, limits } = asFields(value) as Partial<
    Record<keyof AgentDefinition, unknown>
  >;
  const { maxSteps, decisionMs, budgets } = asFields(limits);
  const patienceMs = asCount(decisionMs);
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof model === 'string' && { model }),
    maxSteps: asCount(maxSteps) ?? defaultMaxSteps,
    ...(patienceMs !== undefined && { decisionMs: patienceMs }),
    ...(isBudgets(budgets) && { budgets }),
    definition: value,
  };
}

function isBudgets(value: unknown): value is Budgets {
  return value !== undefined && budgetsProblem(value) === undefined;
}

export function readError(value: unknown): TurnError | undefined {
  const { type, message } = asFields(value);
  return typeof type === 'string' ? { type, message: asText(message) ?? '' } : undefined;
}
