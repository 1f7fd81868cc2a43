/** What the subcommands share: the connection, and output for people or for programs. */
import path from 'node:path';
import { Command } from 'commander';
import { temporalLocation } from '../../wire/connection';
import { type ServerState, isProcessAlive, readServerState } from '../../workers/dev-server-state';
import { readEnvironment } from '../../workers/environment';
import { AgentClient } from '../agent-client';
import { printableOn } from '../chat/printable';

export interface ClientOptions {
  readonly address?: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
  readonly json?: boolean;
}

/** A subcommand that talks to a server, with the options that all of these have. */
export function clientCommand(name: string): Command {
  return new Command(name)
    .option('--json', 'print JSON, for programs')
    .option('--address <host:port>', 'the Temporal server')
    .option('--namespace <name>', 'the Temporal namespace')
    .option('--task-queue <name>', 'the task queue of new conversations');
}

/** Connects, works, disconnects. */
export async function withClient<Result>(
  options: ClientOptions,
  work: (client: AgentClient) => Promise<Result>,
): Promise<Result> {
  const client = await connect(options);
  try {
    return await work(client);
  } finally {
    await client.disconnect();
  }
}

/** @throws Error that names the address when no server answers there. */
export async function connect(options: ClientOptions): Promise<AgentClient> {
  const address = options.address ?? (await addressOfFolder(process.cwd()));
  const taskQueue = options.taskQueue ?? readEnvironment().HOLDFAST_TASK_QUEUE;
  try {
    return await AgentClient.connect({
      taskQueue,
      ...(address && { address }),
      ...(options.namespace && { namespace: options.namespace }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `No Temporal server answers on ${address ?? temporalLocation().address} (${reason}). Start one with \`holdfast dev\`, or set TEMPORAL_ADDRESS.`,
      { cause: error },
    );
  }
}

async function addressOfFolder(folder: string): Promise<string | undefined> {
  return (await serverOfFolder(folder))?.address;
}

/** The server that `holdfast dev` runs for a folder, unless the environment or a profile names one. */
async function serverOfFolder(folder: string): Promise<ServerState | undefined> {
  if (temporalLocation().isConfigured) return undefined;
  const state = await readServerState({ state: path.join(folder, '.holdfast', 'server.json') });
  return state && isProcessAlive(state.pid) ? state : undefined;
}

/** Where the Temporal UI shows conversations, when it is the one that `holdfast dev` runs for the working folder. */
export async function findPages(
  options: ClientOptions,
): Promise<((id: string) => string) | undefined> {
  const server = await serverOfFolder(process.cwd());
  if (!server || (options.address && options.address !== server.address)) return undefined;
  const namespace = options.namespace ?? temporalLocation().namespace;
  return (id) => `${server.uiAddress}/namespaces/${namespace}/workflows/${id}`;
}

/** `lines`: what models and users wrote is made harmless on a terminal. */
export function print(options: ClientOptions, value: unknown, lines: readonly string[]): void {
  const text = printableOn(process.stdout, lines.join('\n'));
  printDrawn(options, value, [text]);
}

/** `lines` may have colours: they are harmless as they are. */
export function printDrawn(options: ClientOptions, value: unknown, lines: readonly string[]): void {
  const text = options.json ? JSON.stringify(value, undefined, 2) : lines.join('\n');
  process.stdout.write(`${text}\n`);
}
