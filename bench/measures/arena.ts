/** Where contenders meet: one server, one provider, a bundle each; and how one starts a turn with any of them. */
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { AgentWorkflowInput } from '../../workflows/contract';
import { agentWorkflowType } from '../../workflows/contract';
import { type WorkerProcess, spawnWorker } from '../contender-process';
import type { ContenderName, TurnInput } from '../contenders/contract';
import type { WorldOptions } from '../contenders/process-contract';
import type { Provider } from '../provider-process';
import { instructions, question } from '../text';

export interface Arena {
  /** For Holdfast's conversations and everybody's workflows. */
  readonly client: Client;
  readonly address: string;
  readonly provider: Provider;
  readonly names: readonly ContenderName[];
  /** Files of the workflow bundles. */
  readonly bundles: Partial<Readonly<Record<ContenderName, string>>>;
  readonly progress: (line: string) => void;
}

/** Knows a window of a million tokens, so that nobody has to forget. */
export const model = 'gpt-4.1';

export function turnOf(steps: number): TurnInput {
  return { question: question(steps), instructions, model, steps };
}

export function worldFor(
  { provider }: Arena,
  name: ContenderName,
  pace?: 'instant' | 'slow',
): WorldOptions {
  return { providerURL: provider.urlFor(name, pace), model };
}

export interface Placed {
  readonly worker: WorkerProcess;
  readonly taskQueue: string;
}

/** A worker on a task queue of its own. */
export async function placeWorker(
  arena: Arena,
  name: ContenderName,
  pace?: 'instant' | 'slow',
): Promise<Placed> {
  const taskQueue = `bench-${name}-${randomUUID().slice(0, 8)}`;
  const worker = await spawnWorker(name, {
    role: 'worker',
    address: arena.address,
    bundle: bundleOf(arena, name),
    taskQueue,
    world: worldFor(arena, name, pace),
  });
  return { worker, taskQueue };
}

export function bundleOf({ bundles }: Arena, name: ContenderName): string {
  const bundle = bundles[name];
  if (bundle === undefined) throw new Error(`There is no bundle of ${name}.`);
  return bundle;
}

export interface StartOptions {
  readonly steps: number;
  readonly taskQueue: string;
  /** `idle` waits after its answer, as a conversation does. @default 'turn' */
  readonly kind?: 'turn' | 'idle';
  /** Who has not answered by then counts as dead. */
  readonly timeoutMs: number;
}

export function startTurn(
  { client }: Arena,
  name: ContenderName,
  { steps, taskQueue, kind = 'turn', timeoutMs }: StartOptions,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const workflowId = `${name}-${randomUUID().slice(0, 8)}`;
  const start = { workflowId, taskQueue, workflowExecutionTimeout: timeoutMs };
  if (name !== 'holdfast') return client.workflow.start(kind, { ...start, args: [turnOf(steps)] });
  const content = question(steps);
  const input: AgentWorkflowInput = {
    agent: 'clerk',
    mode: kind === 'turn' ? 'task' : 'conversation',
    messages: [{ messageId: randomUUID(), message: { role: 'user', content } }],
  };
  return client.workflow.start(agentWorkflowType, { ...start, args: [input] });
}

/** Contenders in turn, and the first of each round is another one: who comes later finds a warmer machine. */
export function inTurn(names: readonly ContenderName[], round: number): readonly ContenderName[] {
  const first = ((round % names.length) + names.length) % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}
