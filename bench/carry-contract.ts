/** What bench/carry.ts and its worker agree on. */

export const hoarderName = 'hoarder';

export interface CarryWorkerOptions {
  readonly address: string;
  readonly taskQueue: string;
  /** File of the workflow bundle. */
  readonly bundle: string;
}
