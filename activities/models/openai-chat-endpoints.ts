/** Who speaks Chat Completions, and how each differs from the others. A new endpoint is one entry. */
import { sha256Hex } from '../../agent/digest';
import type { ModelSettings } from '../../agent/agent';
import type { JsonObject } from '../../agent/json';
import type { ProviderTool } from '../../agent/provider-tools';
import { isReasoningModel, leastEffort } from './openai-families';

export type Reasoning = NonNullable<ModelSettings['reasoning']>;

export interface ChatEndpoint {
  /** Also the prefix in `provider:model`, and the key in `settings.providerOptions`. */
  readonly name: string;
  readonly baseURL: string;
  /** Where a deployment may say another address: the first that is set counts. */
  readonly baseURLVariables: readonly string[];
  /** Where the key stands; without it none is sent. */
  readonly keyVariable?: string;
  /** A server of one's own is asked without a key where none is set. @default false */
  readonly isKeyOptional?: boolean;
  /** The model names that are this endpoint's without a prefix. Anchored at the start. */
  readonly patterns?: readonly RegExp[];
  /** Names with their prefix where it is needed, for the error that lists what is near. */
  readonly examples: readonly string[];
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** How `model` is told what to do. @default 'system' */
  readonly systemRole?: (model: string) => 'system' | 'developer';
  /** The fields that say `reasoning`; without it, and where there are none, nothing is said. */
  readonly toReasoning?: (reasoning: Reasoning, model: string) => JsonObject;
  /** Whether `stream_options.include_usage` is understood. Who refuses it sends the usage unasked. */
  readonly asksForUsage: boolean;
  /** The field of an answer that holds its reasoning and is to be sent back as it came. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning_details';
  /**
   * Whether `response_format` takes a JSON Schema, and shows it to the model besides holding it to it; where it does
   * not, the instructions do. @default instructions alone
   */
  readonly outputSchemas?: 'shown' | 'unseen';
  /** Entries of `tools` that the endpoint runs itself. @default none */
  readonly providerTools?: Readonly<Partial<Record<ProviderTool, JsonObject>>>;
  /** What a user's message may hold besides text; the rest is named in brackets. */
  readonly media: readonly ('image' | 'audio' | 'file')[];
  /** Whether arguments that are no JSON are taken back. Most servers parse the history. @default false */
  readonly takesBrokenArguments?: boolean;
  /** The one form that call ids must have; other ids are hashed into it. */
  readonly callIds?: { readonly legal: RegExp; readonly toLegal: (id: string) => string };
}

const effort = (reasoning: Reasoning): JsonObject => ({
  reasoning_effort: reasoning === 'off' ? 'none' : reasoning,
});
const effortUnlessOff = (reasoning: Reasoning): JsonObject =>
  reasoning === 'off' ? {} : { reasoning_effort: reasoning };

export const chatEndpoints = {
  'openai-chat': {
    name: 'openai-chat',
    baseURL: 'https://api.openai.com/v1',
    baseURLVariables: ['OPENAI_BASE_URL'],
    keyVariable: 'OPENAI_API_KEY',
    examples: ['openai-chat:gpt-4o', 'openai-chat:gpt-5-mini'],
    maxTokensField: 'max_completion_tokens',
    systemRole: (model) => (isReasoningModel(model) ? 'developer' : 'system'),
    toReasoning: (reasoning, model) => {
      if (reasoning !== 'off') return { reasoning_effort: reasoning };
      // A model that cannot reason refuses to be told not to.
      return isReasoningModel(model) ? { reasoning_effort: leastEffort(model) } : {};
    },
    asksForUsage: true,
    outputSchemas: 'shown',
    media: ['image', 'audio', 'file'],
    takesBrokenArguments: true,
  },
  ollama: {
    name: 'ollama',
    baseURL: 'http://127.0.0.1:11434/v1',
    baseURLVariables: ['OLLAMA_BASE_URL', 'OLLAMA_HOST'],
    examples: ['ollama:qwen3:8b', 'ollama:llama3.2:3b'],
    maxTokensField: 'max_tokens',
    toReasoning: effort,
    asksForUsage: true,
    outputSchemas: 'unseen',
    media: ['image'],
  },
  lmstudio: {
    name: 'lmstudio',
    baseURL: 'http://127.0.0.1:1234/v1',
    baseURLVariables: ['LMSTUDIO_BASE_URL'],
    examples: ['lmstudio:openai/gpt-oss-20b'],
    maxTokensField: 'max_tokens',
    toReasoning: effortUnlessOff,
    asksForUsage: true,
    outputSchemas: 'unseen',
    media: ['image'],
  },
  vllm: {
    name: 'vllm',
    baseURL: 'http://127.0.0.1:8000/v1',
    baseURLVariables: ['VLLM_BASE_URL'],
    keyVariable: 'VLLM_API_KEY',
    isKeyOptional: true,
    examples: ['vllm:Qwen/Qwen3-8B'],
    maxTokensField: 'max_tokens',
    // Whether to think is up to the model's template there; templates pass over what they do not know.
    toReasoning: (reasoning) =>
      reasoning === 'off'
        ? { chat_template_kwargs: { enable_thinking: false } }
        : { reasoning_effort: reasoning },
    asksForUsage: true,
    outputSchemas: 'unseen',
    media: ['image', 'audio'],
  },
  openrouter: {
    name: 'openrouter',
    baseURL: 'https://openrouter.ai/api/v1',
    baseURLVariables: ['OPENROUTER_BASE_URL'],
    keyVariable: 'OPENROUTER_API_KEY',
    examples: ['openrouter/anthropic/claude-sonnet-4.5', 'openrouter/openai/gpt-5-mini'],
    maxTokensField: 'max_tokens',
    toReasoning: (reasoning) => ({
      reasoning: { effort: reasoning === 'off' ? 'none' : reasoning },
    }),
    asksForUsage: true,
    reasoningField: 'reasoning_details',
    providerTools: { web_search: { type: 'openrouter:web_search' } },
    media: ['image', 'audio', 'file'],
  },
  groq: {
    name: 'groq',
    baseURL: 'https://api.groq.com/openai/v1',
    baseURLVariables: ['GROQ_BASE_URL'],
    keyVariable: 'GROQ_API_KEY',
    examples: ['groq:openai/gpt-oss-120b', 'groq:llama-3.3-70b-versatile'],
    maxTokensField: 'max_completion_tokens',
    // Each family has its own words, and the others refuse them.
    toReasoning: (reasoning, model) => {
      if (/qwen/i.test(model))
        return { reasoning_effort: reasoning === 'off' ? 'none' : 'default' };
      if (!/gpt-oss/i.test(model)) return {};
      return { reasoning_effort: reasoning === 'off' ? 'low' : reasoning };
    },
    asksForUsage: true,
    media: ['image'],
  },
  deepseek: {
    name: 'deepseek',
    baseURL: 'https://api.deepseek.com/v1',
    baseURLVariables: ['DEEPSEEK_BASE_URL'],
    keyVariable: 'DEEPSEEK_API_KEY',
    patterns: [/^deepseek-(chat|reasoner|v\d[\w.-]*)$/],
    examples: ['deepseek-chat', 'deepseek-reasoner'],
    maxTokensField: 'max_tokens',
    toReasoning: (reasoning) => ({
      thinking: { type: reasoning === 'off' ? 'disabled' : 'enabled' },
    }),
    asksForUsage: true,
    reasoningField: 'reasoning_content',
    media: [],
  },
  mistral: {
    name: 'mistral',
    baseURL: 'https://api.mistral.ai/v1',
    baseURLVariables: ['MISTRAL_BASE_URL'],
    keyVariable: 'MISTRAL_API_KEY',
    patterns: [/^(mistral|ministral|magistral|codestral|devstral|pixtral)-[\w.-]+$/],
    examples: ['mistral-large-latest', 'mistral-small-latest'],
    maxTokensField: 'max_tokens',
    asksForUsage: false,
    outputSchemas: 'unseen',
    media: ['image'],
    callIds: { legal: /^[a-zA-Z0-9]{9}$/, toLegal: (id) => sha256Hex(id).slice(0, 9) },
  },
  together: {
    name: 'together',
    baseURL: 'https://api.together.xyz/v1',
    baseURLVariables: ['TOGETHER_BASE_URL'],
    keyVariable: 'TOGETHER_API_KEY',
    examples: ['together:meta-llama/Llama-3.3-70B-Instruct-Turbo'],
    maxTokensField: 'max_tokens',
    toReasoning: (reasoning) =>
      reasoning === 'off' ? { reasoning: { enabled: false } } : { reasoning_effort: reasoning },
    asksForUsage: true,
    media: ['image'],
  },
  xai: {
    name: 'xai',
    baseURL: 'https://api.x.ai/v1',
    baseURLVariables: ['XAI_BASE_URL'],
    keyVariable: 'XAI_API_KEY',
    patterns: [/^grok-/],
    examples: ['grok-4', 'grok-3-mini'],
    maxTokensField: 'max_completion_tokens',
    toReasoning: effortUnlessOff,
    asksForUsage: true,
    outputSchemas: 'unseen',
    media: ['image'],
  },
  fireworks: {
    name: 'fireworks',
    baseURL: 'https://api.fireworks.ai/inference/v1',
    baseURLVariables: ['FIREWORKS_BASE_URL'],
    keyVariable: 'FIREWORKS_API_KEY',
    examples: ['fireworks:accounts/fireworks/models/gpt-oss-120b'],
    maxTokensField: 'max_tokens',
    toReasoning: effort,
    asksForUsage: true,
    outputSchemas: 'unseen',
    media: ['image'],
  },
} satisfies Readonly<Record<string, ChatEndpoint>>;
