/** Temporal's runtime for a program whose output is for people: what a worker logs as news is none to them. */
import { DefaultLogger, Runtime } from '@temporalio/worker';

/** @throws Error when this process has a runtime already. */
export function installQuietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
}
