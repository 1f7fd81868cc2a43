/** The door to a real client. */
import type { AgentClient } from '../agent-client';
import { readTimeline } from '../timeline';
import type { Door } from './door';

export interface OpenDoorOptions {
  readonly client: AgentClient;
  readonly agents: readonly string[];
  /** The worker's: an agent may name its model by one. */
  readonly modelAliases?: Readonly<Record<string, string>> | undefined;
  readonly log: (line: string) => void;
}

export function openDoor(options: OpenDoorOptions): Omit<Door, 'closing'> {
  const { client, agents, modelAliases, log } = options;
  const quieten = once(async () => {
    // Here and not above: the worker's native module takes a third of a second to load.
    const { installQuietRuntime } = await import('../../workers/quiet-runtime.js');
    installQuietRuntime();
  });
  return {
    client,
    agents,
    log,
    timeline: (id) => readTimeline(client.temporal, id),
    async prompt(id, position) {
      await quieten();
      return client.prompt(id, { ...position, ...(modelAliases && { modelAliases }) });
    },
  };
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => (result ??= work());
}
