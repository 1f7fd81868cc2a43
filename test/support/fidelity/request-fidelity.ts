/** Recorded request → neutral form → our request, and what the two say differently. */
import { toAnthropicRequest } from '../../../activities/models/anthropic-format';
import { toGeminiRequest } from '../../../activities/models/gemini-format';
import { toOpenAIChatRequest } from '../../../activities/models/openai-chat-format';
import { toOpenAIRequest } from '../../../activities/models/openai-format';
import { endpointOf, modelOf } from '../decode-recordings';
import { isRecord, type Json } from '../raw/raw-json';
import type { RawExchange, RawWire } from '../raw/raw-types';
import { canonicalise, type Sides } from './canonical';
import { geminiSpelling } from './canonical-gemini';
import { Inexpressible, type InexpressibleKind } from './inexpressible';
import { jsonDifferences, type JsonDifference } from './json-difference';
import { neutralOfAnthropicRequest } from './neutral-anthropic';
import { neutralOfOpenAIChatRequest } from './neutral-chat';
import { neutralOfGeminiRequest } from './neutral-gemini';
import { neutralOfOpenAIRequest } from './neutral-openai';
import type { NeutralRequest } from './neutral-request';

export interface Comparison {
  readonly differences: readonly JsonDifference[];
  /** What made the two sides more alike, by name. */
  readonly canonicalised: readonly string[];
}

export type Fidelity =
  { readonly inexpressible: InexpressibleKind; readonly detail: string } | Comparison;

/** @param exchange a model call whose request was recorded */
export function requestFidelity(exchange: ModelCall): Fidelity {
  try {
    const ours = ourRequestOf(exchange);
    return compareRequests(exchange.wire, { recorded: exchange.request?.body as Json, ours });
  } catch (error) {
    if (error instanceof Inexpressible) {
      return { inexpressible: error.kind, detail: error.detail };
    }
    // Whatever else it is, the other requests are to be counted all the same.
    return { differences: [{ path: 'the whole', ours: String(error) }], canonicalised: [] };
  }
}

export function compareRequests(wire: RawWire, given: Sides): Comparison {
  const { sides, applied } = canonicalise(wire, given);
  return {
    differences: jsonDifferences(sides.recorded, sides.ours),
    canonicalised: applied,
  };
}

type ModelCall = RawExchange & { readonly wire: RawWire };

/**
 * What was asked, in neutral words.
 *
 * @throws Inexpressible
 */
export function neutralRequestOf(exchange: ModelCall): NeutralRequest {
  const body = exchange.request?.body;
  if (!isRecord(body)) throw new Inexpressible('not JSON');
  switch (exchange.wire) {
    case 'openai-responses':
      return neutralOfOpenAIRequest(body);
    case 'openai-chat':
      return neutralOfOpenAIChatRequest(body, endpointOf(exchange));
    case 'anthropic':
      return neutralOfAnthropicRequest(body);
    case 'gemini': {
      const sides = { recorded: body, ours: body };
      const { recorded } = geminiSpelling.reduce((spelt, { apply }) => apply(spelt), sides);
      return neutralOfGeminiRequest(recorded, modelOf(exchange));
    }
  }
}

/** What our adapter says of it. */
export function ourRequestOf(exchange: ModelCall): Json {
  const { agent, messages, conversationId } = neutralRequestOf(exchange);
  const model = modelOf(exchange);
  const toRequest = () => {
    switch (exchange.wire) {
      case 'openai-responses':
        return toOpenAIRequest(agent, messages, model, conversationId);
      case 'openai-chat':
        return toOpenAIChatRequest(agent, messages, endpointOf(exchange), model);
      case 'anthropic':
        return toAnthropicRequest(agent, messages, model);
      case 'gemini':
        return toGeminiRequest(agent, messages, model);
    }
  };
  return JSON.parse(JSON.stringify(toRequest())) as Json;
}
