/** For runs in process: a worker's activity prices what it is answered by itself. */
import type { ReActAgent } from '../../agent/agent';
import type {
  Message,
  ModelCallOptions,
  ModelIdentity,
  ModelRequest,
  StreamEvent,
} from '../../agent/model';
import { ModelBase, complete } from '../../agent/model';
import { ModelBill } from '../model-bill';
import type { OwnPrices } from '../own-prices';
import { createPrices } from '../own-prices';
import type { Prices } from '../prices';

class PricedModel extends ModelBase {
  constructor(
    private readonly model: ModelBase,
    private readonly prices: Prices,
  ) {
    super();
  }

  override get identity(): ModelIdentity | undefined {
    return this.model.identity;
  }

  override toRequest(
    agent: ReActAgent,
    inputs: readonly Message[],
    options?: ModelCallOptions,
  ): ModelRequest | undefined {
    return this.model.toRequest(agent, inputs, options);
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    options?: ModelCallOptions,
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const bill = new ModelBill({
      prices: this.prices,
      onError: (error) => process.emitWarning(`The prices failed: ${String(error)}`),
    });
    const callee = { name: agent.model, identity: this.identity };
    for await (const event of this.model.streamResponse(agent, inputs, options)) {
      yield event.isFinal ? complete(bill.settle(event.accumulated, callee)) : event;
    }
  }
}

/**
 * The same model, whose responses say what they cost (`costUsd`).
 *
 * @param own see `HoldfastOptions.prices`. @default {}
 */
export function withPrices(model: ModelBase, own?: OwnPrices): ModelBase {
  return new PricedModel(model, createPrices({ own }));
}
