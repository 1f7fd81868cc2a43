/** Beats while an activity works, so that its worker's death is noticed. It knows nothing of what it carries. */

export interface HeartbeatOptions {
  readonly beat: (details?: unknown) => void;
  /** What each beat carries: a beat without details would wipe the last one's. */
  readonly details?: () => unknown;
}

export interface Heartbeat {
  /** Something new is to be told: beats within `soonMs`, however often it is called. */
  soon(): void;
  stop(): void;
}

export const heartbeatIntervalMs = 500;
/** The SDK sends no more often than the worker's throttle allows; encoding more often is for nothing. */
const soonMs = 50;

export function startHeartbeat({ beat, details = () => undefined }: HeartbeatOptions): Heartbeat {
  let pending: NodeJS.Timeout | undefined;
  const tell = () => beat(details());
  const interval = setInterval(tell, heartbeatIntervalMs);
  return {
    soon() {
      pending ??= setTimeout(() => {
        pending = undefined;
        tell();
      }, soonMs);
    },
    stop() {
      clearInterval(interval);
      clearTimeout(pending);
    },
  };
}
