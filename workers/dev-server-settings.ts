/** One setting of the Temporal server's dynamic configuration, read when the server starts. */
export interface ServerSetting {
  readonly key: string;
  readonly value: string | number | boolean;
  readonly reason: string;
}

/** What every server that Holdfast starts is told; `docker-compose.yml` and the documentation follow this list. */
export const serverSettings: readonly ServerSetting[] = [
  {
    key: 'history.transferProcessorMaxPollRPS',
    value: 2000,
    reason:
      'the default of 20 per shard makes one step of a conversation take 65-100 ms, not 15-20 ms',
  },
  {
    key: 'history.timerProcessorMaxPollRPS',
    value: 2000,
    reason: 'the same limit for timers',
  },
  {
    key: 'history.timerProcessorMaxTimeShift',
    value: '20ms',
    reason: 'by default every timer, retry and timeout is up to 1 s late',
  },
  {
    key: 'history.workflowIdReuseMinimalInterval',
    value: '0s',
    reason: 'by default a conversation may continue as new only once a second',
  },
  {
    key: 'frontend.WorkerCommandsEnabled',
    value: true,
    reason: 'with the next one: a cancellation is pushed to the worker in 18-43 ms',
  },
  {
    key: 'system.enableCancelActivityWorkerCommand',
    value: true,
    reason:
      'with the one before: otherwise an activity learns of its cancellation at its next heartbeat',
  },
  {
    key: 'history.maxInFlightUpdates',
    value: 100,
    reason: 'by default the eleventh message sent at once waits for 1 s',
  },
  {
    key: 'history.MaxBufferedQueryCount',
    value: 100,
    reason:
      'by default a second query during a workflow task is refused, and repeated a second later',
  },
];

/** A setting as `--dynamic-config-value` wants it: the value as JSON. */
export function toDynamicConfigValue(setting: ServerSetting): string {
  return `${setting.key}=${JSON.stringify(setting.value)}`;
}

// A killed server loses no conversation with these, and each write is several times cheaper than with SQLite's own defaults.
const SQLITE_PRAGMAS = ['journal_mode=wal', 'synchronous=normal'];

/** How the arguments begin; by it a running server is recognised among all processes. */
export function firstArguments(serverPort: number): string[] {
  return ['server', 'start-dev', '--port', String(serverPort)];
}

/** The arguments of `temporal` that start the dev server. */
export function startArguments(options: {
  readonly ports: ServerPorts;
  readonly namespace: string;
  /** Left out: everything is in memory and gone at the end. */
  readonly databaseFile: string | undefined;
  readonly canDisableNews: boolean;
  readonly extraArguments: readonly string[];
}): string[] {
  const { ports, namespace, databaseFile, canDisableNews, extraArguments } = options;
  return [
    ...firstArguments(ports.server),
    ...['--ui-port', String(ports.ui), '--ip', '127.0.0.1', '--log-level', 'warn'],
    ...(namespace === 'default' ? [] : ['--namespace', namespace]),
    ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile]),
    ...(databaseFile === undefined
      ? []
      : SQLITE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma])),
    ...(canDisableNews ? ['--ui-disable-news-fetch'] : []),
    ...serverSettings.flatMap((setting) => [
      '--dynamic-config-value',
      toDynamicConfigValue(setting),
    ]),
    ...extraArguments,
  ];
}

export interface ServerPorts {
  readonly server: number;
  readonly ui: number;
}
