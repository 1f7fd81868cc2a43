/** Where Temporal is: the environment and profiles as `@temporalio/envconfig` reads them. */
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';

export const defaultAddress = 'localhost:7233';
export const defaultNamespace = 'default';

export interface TemporalLocation {
  readonly address: string;
  readonly namespace: string;
  /** `HOLDFAST_TASK_QUEUE`, if it is set. */
  readonly taskQueue: string | undefined;
  /** Whether the environment or a profile names the address. */
  readonly isConfigured: boolean;
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

/** @throws Error from envconfig when a profile or variable is malformed. */
export function temporalLocation(
  overrides: { address?: string; namespace?: string } = {},
): TemporalLocation {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const address = overrides.address ?? connectionOptions.address ?? defaultAddress;
  return {
    address,
    // Read here beside its like, for clients and workers both; workers/environment.ts explains it.
    taskQueue: process.env.HOLDFAST_TASK_QUEUE || undefined,
    isConfigured: connectionOptions.address !== undefined,
    namespace: overrides.namespace ?? namespace ?? defaultNamespace,
    connectionOptions: { ...connectionOptions, address },
  };
}
