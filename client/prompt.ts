/**
 * What the model really saw: the exact request of one call, rebuilt from history alone and compared with the digest of
 * what was sent. No worker needs to run, the conversation may be over, and no key is needed.
 */
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { ModelBase } from '../agent/model';
import type { PromptRebuilder, RebuiltPrompt } from '../workers/prompt-rebuilder';
import { PromptUnavailableError, UnknownStepError } from './errors';
import { fetchHistory } from './fetch-history';
import type { ModelCallStatus, StepPosition } from './model-calls';
import { ModelCalls, isAt, withPending } from './model-calls';
import { findPinnedAgent } from './pinned-agent';
import type { PromptVerdict } from './prompt-verdict';
import { comparePrompt } from './prompt-verdict';
import { describeRun } from './timeline';
import type { HistoryEvent } from './timeline/from-history';

export interface PromptOptions extends StepPosition {
  /** @default the last turn that has such a step */
  readonly turn?: number | undefined;
  /** @default the last one of the turn */
  readonly step?: number | undefined;
  /** The worker's: an agent may name its model by one. @default {} */
  readonly modelAliases?: Readonly<Record<string, string>>;
  /** The worker's own models by exact name. @default {} */
  readonly models?: Readonly<Record<string, ModelBase>>;
}

export interface Prompt {
  readonly id: string;
  readonly turn: number;
  readonly step: number;
  readonly status: ModelCallStatus;
  /** How often the call was tried. 0 before the first. */
  readonly attempts: number;
  readonly provider: string;
  /** As the provider names it. */
  readonly model: string;
  /** SHA-256 of the JSON of the agent that the call was pinned to. */
  readonly agentHash: string;
  /** How many messages of the conversation went into it. */
  readonly messages: number;
  /** Those that change what the body means; never a key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The JSON text of the request, byte for byte. */
  readonly body: string;
  /** SHA-256 of `body`. */
  readonly digest: string;
  /** The same of what was sent, as the call itself told. */
  readonly sentDigest?: string;
  readonly verdict: PromptVerdict;
  /** What is known of why it differs, in sentences; and, without a digest to compare, what is in doubt. */
  readonly differences: readonly string[];
}

export class PromptReader {
  private rebuilder: Promise<PromptRebuilder> | undefined;

  constructor(private readonly client: Client) {}

  /** @throws UnknownConversationError, UnknownStepError, PromptUnavailableError */
  async read(id: string, options: PromptOptions = {}): Promise<Prompt> {
    const { call, events } = await this.find(id, options);
    const { turn, step, pointer, status, attempts, sentDigest } = call;
    const { modelAliases, models } = options;
    const history = { events };
    let rebuilt: RebuiltPrompt;
    try {
      const agent = findPinnedAgent(events, pointer.agentHash);
      if (!agent) throw new Error(`its history holds no agent with the hash ${pointer.agentHash}`);
      const rebuilder = await (this.rebuilder ??= loadRebuilder());
      const asked = { id, history, pointer, agent, step, modelAliases, models };
      rebuilt = await rebuilder.rebuild(asked);
    } catch (error) {
      throw new PromptUnavailableError({ id, turn, step }, error);
    }
    const { provider, model, headers, body } = rebuilt.request;
    const digest = createHash('sha256').update(body).digest('hex');
    return {
      ...{ id, turn, step, status, attempts, provider, model },
      agentHash: pointer.agentHash,
      messages: rebuilt.messages,
      ...(headers && Object.keys(headers).length > 0 && { headers }),
      ...{ body, digest },
      ...(sentDigest !== undefined && { sentDigest }),
      ...comparePrompt({ ...rebuilt, digest, sentDigest }),
    };
  }

  /** The call and the history of its run. */
  private async find(id: string, position: StepPosition) {
    // Described first: what ends while history is read is then told by history, which is believed.
    const newest = await describeRun(this.client, id);
    const newestRunId = newest.workflowExecutionInfo?.execution?.runId ?? '';
    const calls = new ModelCalls();
    let run: Run = { id: '', events: [] };
    let asking = run;
    for await (const fetched of fetchHistory(this.client, { id, newestRunId })) {
      if (fetched.runId !== run.id) run = { id: fetched.runId, events: [] };
      run.events.push(fetched.event);
      const call = calls.observe(fetched);
      if (call && isAt(call, position)) asking = run;
    }
    const call = calls.find(position);
    if (!call) throw new UnknownStepError(id, position, calls.all);
    const isOpen = call.status === 'running' && call.runId === newestRunId;
    const pending = newest.pendingActivities?.find(
      ({ activityId }) => isOpen && activityId === call.activityId,
    );
    return { call: pending ? withPending(call, pending) : call, events: asking.events };
  }
}

interface Run {
  readonly id: string;
  readonly events: HistoryEvent[];
}

/** Here and not above: the worker's native module takes a third of a second to load. */
async function loadRebuilder(): Promise<PromptRebuilder> {
  const { PromptRebuilder: Rebuilder } = await import('../workers/prompt-rebuilder.js');
  return new Rebuilder();
}
