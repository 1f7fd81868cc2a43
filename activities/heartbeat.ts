/** Beats while an activity works, so that its worker's death is noticed. It knows nothing of what it carries. */

export interface HeartbeatOptions {
  readonly beat: (details?: unknown) => void;
  /** What each beat carries: a beat without details would wipe the last one's. */
  readonly details?: () => unknown;
}

export interface Heartbeat {
  /** Something new is to be told: beats at once. Whoever calls it keeps the pace. */
  now(): void;
  stop(): void;
}

export const heartbeatIntervalMs = 500;

export function startHeartbeat({ beat, details = () => undefined }: HeartbeatOptions): Heartbeat {
  let isStopped = false;
  const tell = (): void => {
    if (!isStopped) beat(details());
  };
  const interval = setInterval(tell, heartbeatIntervalMs);
  return {
    now: tell,
    stop() {
      isStopped = true;
      clearInterval(interval);
    },
  };
}
