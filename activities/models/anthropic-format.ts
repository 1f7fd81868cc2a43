/** The Anthropic Messages API as pure functions: from agent and messages to a request, from its events to an answer. */
import type {
  MessageCreateParamsStreaming,
  RawMessageStreamEvent,
} from '@anthropic-ai/sdk/resources/messages';
import type { ReActAgent } from '../../agent/agent';
import { markInterruptions } from '../../agent/agent';
import type { JsonObject, JsonValue } from '../../agent/json';
import type { Message, StreamEvent } from '../../agent/model';
import { complete, partial, partialThinking } from '../../agent/model';
import type { AnthropicRules } from './anthropic-families';
import { anthropicFamily, rulesFor } from './anthropic-families';
import { MessageFold } from './anthropic-fold';
import type { Turn } from './anthropic-messages';
import { toAnthropicMessages } from './anthropic-messages';
import { toAnthropicOutputFormat } from './anthropic-output';
import { anthropicProvider, isThinking } from './anthropic-replay';
import type { AnswerContext } from './anthropic-response';
import { fromAnthropicMessage, fromInterruptedMessage, toUsage } from './anthropic-response';
import { isForced, toToolChoice, toToolNames, toTools } from './anthropic-tools';
import { incompleteError } from './model-error';
import { toldOfOutput } from './output-schema';
import { isObject, wellFormed, withOptions } from './request-json';

export { toToolNames };

/**
 * The JSON body of one model call. Equal arguments give equal bytes.
 *
 * The prompt is cached by two breakpoints, after the instructions and after the last user message. What
 * `providerOptions.anthropic` gives as `cache_control` is what they say; `null` leaves them out.
 */
export function toAnthropicRequest(
  agent: ReActAgent,
  inputs: readonly Message[],
  model: string = agent.model,
): MessageCreateParamsStreaming {
  const names = toToolNames(agent);
  const format = toAnthropicOutputFormat(agent.output, model);
  const instructions = (format ? agent : toldOfOutput(agent)).instructions;
  const {
    cache_control: cacheControl = { type: 'ephemeral' },
    betas: _betas,
    user_profile_id: _profile,
    workspace_id: _workspace,
    ...options
  } = optionsOf(agent);
  const cache = cacheControl === null ? {} : { cache_control: cacheControl };
  const messages = toAnthropicMessages(markInterruptions(inputs), {
    names,
    family: anthropicFamily(model),
  });
  const hasSystem = instructions.trim() !== '';
  const limits = toLimits(agent, model, messages);
  const tools = toTools(agent, names, model);
  const request = {
    model,
    ...limits,
    ...(format && { output_config: { ...limits.output_config, format } }),
    ...(hasSystem && { system: [{ type: 'text', text: instructions, ...cache }] }),
    ...(tools.length > 0 && {
      tools: hasSystem ? tools : withLast(tools, cache),
      ...toToolChoice(agent.settings, names, rulesFor(model)),
    }),
  };
  // The SDK's types say what the keys may be; as data it is JSON like any other.
  const { thinking } = withOptions(request as unknown as JsonObject, options);
  const replayed = isThinkingOff(thinking, rulesFor(model)) ? withoutThinking(messages) : messages;
  const body = { ...request, messages: withCachedPrompt(replayed, cache) };
  const json = wellFormed(withOptions(body as unknown as JsonObject, options));
  return { ...(json as unknown as MessageCreateParamsStreaming), stream: true };
}

/**
 * The headers that a request needs besides the SDK's own. Sampling is known to the older version of the API alone.
 * `betas`, `user_profile_id` and `workspace_id` in `providerOptions.anthropic` are headers, as the SDK has them.
 */
export function toAnthropicHeaders(
  agent: ReActAgent,
  request: MessageCreateParamsStreaming,
): Readonly<Record<string, string>> {
  const betas = toBetas(agent, request);
  const hasSampling = ['temperature', 'top_p', 'top_k'].some((key) => key in request);
  const { user_profile_id: profile, workspace_id: workspace } = optionsOf(agent);
  return {
    ...(hasSampling && { 'anthropic-version': '2023-06-01' }),
    ...(betas.length > 0 && { 'anthropic-beta': betas.join(',') }),
    ...(typeof profile === 'string' && { 'anthropic-user-profile-id': profile }),
    ...(typeof workspace === 'string' && { 'anthropic-workspace-id': workspace }),
  };
}

/** The oldest code execution is still one; what the caller names goes along. */
function toBetas(agent: ReActAgent, { tools = [] }: MessageCreateParamsStreaming): string[] {
  const { betas } = optionsOf(agent);
  const isBeta = tools.some(({ type }) => type === 'code_execution_20250522');
  const named = Array.isArray(betas) ? betas.map(String) : [];
  return [...new Set([...(isBeta ? ['code-execution-2025-05-22'] : []), ...named])];
}

function optionsOf({ settings }: ReActAgent): JsonObject {
  return settings?.providerOptions?.[anthropicProvider] ?? {};
}

/** Tokens of thinking for models that want to be told. */
const thinkingBudgets = { low: 2048, medium: 8000, high: 16_000 } as const;

function toLimits(
  { settings = {}, tools }: ReActAgent,
  model: string,
  messages: readonly Turn[],
): Partial<MessageCreateParamsStreaming> & { readonly temperature?: number } {
  const { maxOutputTokens, temperature, reasoning, stop } = settings;
  const rules = rulesFor(model);
  const limit = maxOutputTokens ?? rules.maxTokens;
  const isOn = reasoning !== undefined && reasoning !== 'off';
  const isForcing = tools.length > 0 && isForced(settings.toolChoice);
  const rest = { ...(stop && stop.length > 0 && { stop_sequences: [...stop] }) };
  // Thinking by a budget is refused with a forced call, and in an answer that began without.
  if (isOn && rules.thinking === 'manual' && !isForcing && mayThink(messages)) {
    const budget = thinkingBudgets[reasoning];
    return {
      max_tokens: limit > budget ? limit : budget + limit,
      thinking: { type: 'enabled', budget_tokens: budget },
      ...rest,
    };
  }
  if (isOn && rules.thinking === 'adaptive') {
    const thinking = { type: 'adaptive' as const };
    return { max_tokens: limit, thinking, output_config: { effort: reasoning }, ...rest };
  }
  return {
    max_tokens: limit,
    ...(reasoning === 'off' && toThinkingOff(rules)),
    // Who thinks, and every model since Claude 4.7, refuses it.
    ...(temperature !== undefined && rules.takesTemperature && { temperature }),
    ...rest,
  };
}

function toThinkingOff({ off }: AnthropicRules): Partial<MessageCreateParamsStreaming> {
  if (off === 'nothing') return {};
  return off === 'effort' ? { output_config: { effort: 'low' } } : { thinking: { type: off } };
}

/** Whether the answer that is being given, if it began with calls before this one, began with thinking. */
function mayThink(messages: readonly Turn[]): boolean {
  const question = messages.findLastIndex(
    ({ role, content }) => role === 'user' && !content.some(({ type }) => type === 'tool_result'),
  );
  const first = messages[question + 1]?.content[0];
  return messages.at(-1)?.role === 'assistant' || first === undefined || isThinking(first);
}

function isThinkingOff(thinking: JsonValue | undefined, { off }: AnthropicRules): boolean {
  return isObject(thinking) ? thinking['type'] === 'disabled' : off === 'nothing';
}

/** Thinking is refused in an answer that goes on without. */
function withoutThinking(messages: readonly Turn[]): Turn[] {
  return messages.map(({ role, content }) => {
    const rest = content.filter((block) => !isThinking(block));
    return { role, content: rest.length > 0 ? rest : content };
  });
}

function withCachedPrompt(messages: readonly Turn[], cache: JsonObject): Turn[] {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  return messages.map((message, index) =>
    index === last ? { ...message, content: withLast(message.content, cache) } : message,
  );
}

function withLast<Item extends object>(items: readonly Item[], fields: JsonObject): Item[] {
  return items.map((item, index) => (index === items.length - 1 ? { ...item, ...fields } : item));
}

/**
 * Folds a stream into `partial` events and the one `complete` event. Only `message_stop` after a reason to stop
 * completes an answer.
 *
 * @throws ModelError when the stream ended before that without having been aborted.
 */
export async function* fromAnthropicEvents(
  events: AsyncIterable<RawMessageStreamEvent>,
  context: AnswerContext,
): AsyncGenerator<StreamEvent, void, undefined> {
  const fold = new MessageFold();
  let digest = context.promptDigest;
  for await (const event of events) {
    const piece = fold.add(event);
    const counted = fold.takeUsage();
    const thinking = fold.takeThinking();
    if (counted) yield partial('', undefined, toUsage(counted));
    if (thinking) yield partialThinking(thinking, digest);
    if (piece) yield partial(piece, thinking ? undefined : digest);
    if (thinking || piece) digest = undefined;
  }
  if (fold.isComplete) {
    yield complete(fromAnthropicMessage(fold.message, context));
  } else if (context.signal?.aborted) {
    yield complete(fromInterruptedMessage(fold.interrupted, context));
  } else {
    const fault = 'The stream ended before the message was completed.';
    throw incompleteError(anthropicProvider, fault);
  }
}

/** Whether `event` is the one that ends a message. */
export function isLast({ type }: RawMessageStreamEvent): boolean {
  return type === 'message_stop';
}
