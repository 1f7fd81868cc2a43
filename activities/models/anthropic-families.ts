/** What differs between Anthropic's models, by name. What is not known is taken for the newest that is. */
import type { ProviderTool } from '../../agent/provider-tools';

/** How a model thinks: with a budget that is told, as long as it likes (more or less, by effort), or not at all. */
export type Thinking = 'none' | 'manual' | 'adaptive';

/** What of a request turns thinking off; `effort` where the least of it is all that can be asked for. */
export type ThinkingOff = 'nothing' | 'disabled' | 'between_tools' | 'effort';

export interface AnthropicRules {
  /** `max_tokens` has to be sent; thinking counts against it. The model's own limit is never below this. */
  readonly maxTokens: number;
  readonly thinking: Thinking;
  readonly off: ThinkingOff;
  /** Whether the model takes a tool choice that forces a call. */
  readonly mayForceTools: boolean;
  readonly takesTemperature: boolean;
  /** Whether the model can be held to a JSON Schema. */
  readonly takesOutputSchema: boolean;
  /** The newest versions of Anthropic's own tools that the model takes. */
  readonly toolVersions: Readonly<Record<ProviderTool, string>>;
}

/** Models of one family read each other's thinking: the name without its date. */
export function anthropicFamily(model: string): string {
  return model.replace(/([-@]\d{8}|-latest)$/, '').replace(/-0$/, '');
}

export function rulesFor(model: string): AnthropicRules {
  const { line, version } = parse(model);
  if (version < 3.5) return { ...withoutThinking, maxTokens: 4096 };
  if (version < 3.7) return { ...withoutThinking, maxTokens: 8192 };
  if (version < 4.6) {
    const takesOutputSchema = version >= (line === 'opus' ? 4.1 : 4.5);
    const toolVersions = {
      web_search: 'web_search_20250305',
      code_execution: version < 4.5 ? 'code_execution_20250522' : 'code_execution_20260120',
    };
    const own = { takesOutputSchema, toolVersions };
    return { ...withoutThinking, ...own, maxTokens: 16_000, thinking: 'manual' };
  }
  return {
    maxTokens: 32_000,
    thinking: 'adaptive',
    off: offFor(line, version),
    // Haiku still takes it, and so did the others before 5.5 (Fable and Mythos before 5.1).
    mayForceTools: line === 'haiku' || version < (isAlwaysThinking(line) ? 5.1 : 5.5),
    takesTemperature: version < 4.7,
    takesOutputSchema: true,
    toolVersions: {
      web_search: 'web_search_20260209',
      code_execution: 'code_execution_20260120',
    },
  };
}

const withoutThinking: Omit<AnthropicRules, 'maxTokens'> = {
  thinking: 'none',
  off: 'nothing',
  mayForceTools: true,
  takesTemperature: true,
  takesOutputSchema: false,
  toolVersions: { web_search: 'web_search_20250305', code_execution: 'code_execution_20250522' },
};

function offFor(line: string, version: number): ThinkingOff {
  if (version < 5) return 'nothing';
  if (isAlwaysThinking(line)) return 'effort';
  if (line === 'haiku' || version < 5.5) return 'disabled';
  return line === 'sonnet' ? 'between_tools' : 'effort';
}

function isAlwaysThinking(line: string): boolean {
  return line !== 'opus' && line !== 'sonnet' && line !== 'haiku';
}

/** `claude-sonnet-4-5-20250929`, and before Claude 4 `claude-3-5-sonnet-20241022`. */
function parse(model: string): { readonly line: string; readonly version: number } {
  const [, line = '', major, minor] =
    /claude-(opus|sonnet|haiku|fable|mythos)-(\d+)(?:-(\d{1,2}))?(?!\d)/.exec(model) ?? [];
  if (major !== undefined) return { line, version: toVersion(major, minor) };
  const [, oldMajor, oldMinor] = /claude-(?:instant-)?v?(\d)(?:[-.](\d))?(?!\d)/.exec(model) ?? [];
  return oldMajor === undefined
    ? { line: '', version: Number.POSITIVE_INFINITY }
    : { line: '', version: toVersion(oldMajor, oldMinor) };
}

function toVersion(major: string, minor = '0'): number {
  return Number(`${major}.${minor}`);
}
