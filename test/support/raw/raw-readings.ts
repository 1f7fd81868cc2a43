/** The one way from an exchange to what its answer says. */
import { readAnthropic } from './raw-anthropic';
import { readGemini } from './raw-gemini';
import { readOpenAIChat } from './raw-openai-chat';
import { readOpenAIResponses } from './raw-openai-responses';
import type { RawReading, RawResponse, RawWire } from './raw-types';

export function readAnswer(exchange: {
  readonly wire?: RawWire;
  readonly response: RawResponse;
}): RawReading {
  const { wire } = exchange;
  if (wire === undefined) return { outcome: 'incomplete', why: 'no answer of a model' };
  switch (wire) {
    case 'openai-responses':
      return readOpenAIResponses(exchange.response);
    case 'openai-chat':
      return readOpenAIChat(exchange.response);
    case 'anthropic':
      return readAnthropic(exchange.response);
    case 'gemini':
      return readGemini(exchange.response);
  }
}
