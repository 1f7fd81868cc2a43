/**
 * What conversations can be listed by: search attributes of the server. A start writes those that the server has, and says
 * so in its input; the workflow then keeps them current.
 */
import type { SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import type { AgentDefinition } from '../agent/agent';

export interface SearchAttribute {
  readonly name: string;
  readonly type: SearchAttributeType;
}

export const searchAttributes = {
  /** Its agent's name. */
  agent: { name: 'HoldfastAgent', type: 'KEYWORD' },
  /** One of `listedStatuses`. */
  status: { name: 'HoldfastStatus', type: 'KEYWORD' },
  /** Its agent's model, `unknown` until a worker has resolved the agent. */
  model: { name: 'HoldfastModel', type: 'KEYWORD' },
  /** Whether a tool call or a budget waits for a yes. */
  needsApproval: { name: 'HoldfastNeedsApproval', type: 'BOOL' },
  /** US dollars, as far as prices are known; as of the last time that anything here changed, or a turn ended. */
  costUsd: { name: 'HoldfastCostUsd', type: 'DOUBLE' },
  /** Whatever its starter says. */
  tenant: { name: 'HoldfastTenant', type: 'KEYWORD' },
} as const satisfies Readonly<Record<string, SearchAttribute>>;

/**
 * `idle`: waits for a message. `failed`: so too, and its last turn failed. `running`: a turn is at work.
 * `waiting_for_person`: something waits for a word. `paused`: until `resume`. `closed`: it is over.
 */
export const listedStatuses = [
  'idle',
  'failed',
  'running',
  'waiting_for_person',
  'paused',
  'closed',
] as const;

export type ListedStatus = (typeof listedStatuses)[number];

/** What a conversation is listed with. */
export interface ListedAttributes {
  readonly agent?: string;
  readonly status?: ListedStatus;
  readonly model?: string;
  readonly needsApproval?: boolean;
  readonly costUsd?: number;
  readonly tenant?: string;
}

export interface FirstAttributesInput {
  readonly agent: string | AgentDefinition;
  /** Whether there is a first message to be worked on. @default false */
  readonly hasMessage?: boolean;
  readonly tenant?: string;
}

/** What a conversation is listed with at its start, where the server knows it. */
export function firstAttributes(input: FirstAttributesInput): ListedAttributes {
  const { agent, hasMessage = false, tenant } = input;
  const isNamed = typeof agent === 'string';
  return {
    agent: isNamed ? agent : agent.name,
    status: hasMessage ? 'running' : 'idle',
    model: isNamed ? 'unknown' : agent.model,
    needsApproval: false,
    costUsd: 0,
    ...(tenant !== undefined && { tenant }),
  };
}

/** For the server: what is said, and nothing of what is not. */
export function toPairs(values: ListedAttributes): SearchAttributePair[] {
  return Object.entries(values).map(([name, value]) => ({
    key: searchAttributes[name as keyof ListedAttributes],
    value: typeof value === 'string' ? value.slice(0, keywordLimit).toWellFormed() : value,
  })) as SearchAttributePair[];
}

/** Characters of a keyword: SQL databases have columns of 255. */
export const keywordLimit = 255;
