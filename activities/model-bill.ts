/** Keeps account of one model call over its attempts: what failed is to be paid too. */
import type { ModelIdentity, ModelResponse, Usage } from '../agent/model';
import type { FailedAttempts } from '../agent/usage';
import { addFailedAttempts, hasTokens, spentIn } from '../agent/usage';
import type { PricedCall, Prices } from './prices';

/** Whom the call is made to. */
export interface Callee {
  /** As the agent names its model. */
  readonly name: string;
  readonly identity: ModelIdentity | undefined;
}

export interface ModelBillOptions {
  readonly prices: Prices;
  /** The heartbeat details of the attempt before this one. @default none */
  readonly detailsBefore?: unknown;
  /** Told when the prices throw: the answer is worth more than its price. */
  readonly onError: (error: unknown) => void;
}

export class ModelBill {
  private readonly before: FailedAttempts | undefined;
  private counted: { readonly usage: Usage; readonly callee: Callee } | undefined;
  private current: FailedAttempts | undefined;

  constructor(private readonly options: ModelBillOptions) {
    this.before = spentIn(options.detailsBefore);
  }

  /** The provider has counted. What it counted for this attempt before is replaced. */
  count(usage: Usage, callee: Callee): void {
    if (!hasTokens(usage)) return;
    this.counted = { usage, callee };
    this.current = undefined;
  }

  /** For heartbeats and failures: what all attempts come to, if this one fails. */
  get ifFailed(): { readonly spent?: FailedAttempts } {
    const spent = addFailedAttempts(this.before, this.attempt());
    return spent ? { spent } : {};
  }

  /** Priced when it is asked for: most calls end before that. */
  private attempt(): FailedAttempts | undefined {
    if (!this.counted) return undefined;
    const { usage, callee } = this.counted;
    return (this.current ??= { attempts: 1, usage, costUsd: this.costOf(callee, usage) });
  }

  /** The answer with its price, and with what was paid in vain. */
  settle(response: ModelResponse, callee: Callee): ModelResponse {
    return {
      ...response,
      costUsd: this.costOf(callee, response.usage, response),
      ...(this.before && { failedAttempts: this.before }),
    };
  }

  private costOf(
    { name, identity }: Callee,
    usage: Usage,
    response?: Pick<ModelResponse, 'model' | 'costUsd'>,
  ): number | null {
    const { prices, onError } = this.options;
    const { provider, model = name } = identity ?? {};
    const call: PricedCall = {
      name,
      ...(provider !== undefined && { provider }),
      model,
      ...(response && { answeredBy: response.model }),
      usage,
      at: new Date(),
      ...(typeof response?.costUsd === 'number' && { chargedUsd: response.costUsd }),
    };
    try {
      return prices.costUsd(call);
    } catch (error) {
      onError(error);
      return null;
    }
  }
}
