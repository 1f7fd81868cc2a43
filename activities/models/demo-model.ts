import type { ReActAgent } from '../../agent/agent';
import type {
  Message,
  ModelCallOptions,
  ModelRequest,
  ModelResponse,
  StreamEvent,
} from '../../agent/model';
import { ModelBase } from '../../agent/model';
import { isSummaryRequest } from '../../agent/summary';
import { toDemoRequest } from './demo-format';
import { demoAnswer } from './demo-phrases';
import { demoSummary } from './demo-summary';
import { demoThinking } from './demo-thinking';
import { countWords, streamWords } from './stream-words';
import { promptDigestOf } from './prompt-digest';

export interface DemoModelOptions {
  /** How long to wait between two streamed words, in milliseconds. @default 40 */
  readonly wordDelayMs?: number;
}

/**
 * A model without a key, a network or a mind: it knows a handful of phrases and calls the agent's tools. The same
 * agent and messages always get the same answer. It counts words as tokens.
 */
export class DemoModel extends ModelBase {
  private readonly wordDelayMs: number;

  constructor({ wordDelayMs = 40 }: DemoModelOptions = {}) {
    super();
    this.wordDelayMs = wordDelayMs;
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent> {
    const { wordDelayMs } = this;
    const thinking = isSummaryRequest(inputs.at(-1)) ? '' : demoThinking(inputs);
    yield* streamWords(respond(agent, inputs), { wordDelayMs, thinking, signal });
  }

  /** What it would send if it had a provider. */
  override toRequest(agent: ReActAgent, inputs: readonly Message[]): ModelRequest {
    const body = JSON.stringify(toDemoRequest(agent, inputs));
    return { provider: 'demo', model: 'demo', body };
  }
}

function respond(agent: ReActAgent, inputs: readonly Message[]): ModelResponse {
  const request = toDemoRequest(agent, inputs);
  const { content, toolCalls } = isSummaryRequest(inputs.at(-1))
    ? { content: demoSummary(inputs), toolCalls: [] }
    : demoAnswer(agent, inputs);
  const prompt = [request.instructions, ...request.messages.map((message) => message.content)];
  return {
    role: 'assistant',
    content,
    toolCalls: toolCalls.map(({ purpose: _purpose, named: _named, ...call }, index) => ({
      id: `demo-${inputs.length}-${index}`,
      ...call,
    })),
    finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
    usage: { inputTokens: countWords(prompt.join(' ')), outputTokens: countWords(content) },
    model: 'demo',
    promptDigest: promptDigestOf(request),
  };
}
