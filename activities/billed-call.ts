/** Around every activity that calls a model: it beats, keeps account, and fails with what was paid in vain. */
import { Context } from '@temporalio/activity';
import { toCancellationFailure, toModelFailure, withDetail } from './failures';
import type { Heartbeat } from './heartbeat';
import { startHeartbeat } from './heartbeat';
import { ModelBill } from './model-bill';
import type { Prices } from './prices';

export interface BilledCallOptions {
  readonly prices: Prices;
  /** What each beat carries besides the bill. */
  readonly details: () => object;
  /** Whether the next attempt has to know `details`. @default false */
  readonly hasToTell?: () => boolean;
}

/** @throws ApplicationFailure, with the bill as a detail; CancelledFailure where the workflow asked for it. */
export async function billedCall<Result>(
  { prices, details, hasToTell = () => false }: BilledCallOptions,
  call: (bill: ModelBill, heartbeat: Heartbeat) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  const bill = new ModelBill({
    prices,
    detailsBefore: context.info.heartbeatDetails,
    onError: (error) => context.log.warn('The prices of this worker failed.', { error }),
  });
  const told = () => ({ ...details(), ...bill.ifFailed });
  const heartbeat = startHeartbeat({ beat: (it) => context.heartbeat(it), details: told });
  try {
    return await call(bill, heartbeat);
  } catch (error) {
    const { ifFailed } = bill;
    // The next attempt reads it there: the SDK sends the last beat before the failure.
    if (ifFailed.spent || hasToTell()) context.heartbeat(told());
    throw context.cancellationSignal.aborted
      ? toCancellationFailure(context.cancellationDetails)
      : withDetail(toModelFailure(error), ifFailed);
  } finally {
    heartbeat.stop();
  }
}
