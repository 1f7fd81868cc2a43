/**
 * What each model family takes and refuses. A name is known if it is made of the words that the provider uses, so that
 * tomorrow's `gpt-6.2-sol` is known and `gpt-5.2-proo` is not; an unknown version counts as the newest known family.
 */

/** A model's name without what only pins a release: dates, `-latest`, `-preview`. Signatures belong to it. */
export function modelFamily(model: string): string {
  return model
    .replace(/^models\//, '')
    .replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest|preview(?:-\d{2}-\d{2})?|exp|\d{3})$/, '');
}

export interface OpenAITraits {
  readonly reasons: boolean;
  /** Which `reasoning.effort` it takes; empty for models that do not reason. */
  readonly efforts: readonly string[];
  readonly defaultEffort: string;
  /** o1-mini and o1-preview know no `system` and no `developer` messages. */
  readonly hasSystemRole: boolean;
  /** In Chat Completions. Recorded: o3-mini takes `stop`, gpt-5-mini does not. */
  readonly takesStop: boolean;
}

const openAINames =
  /^(?:ft:)?(?:gpt-(3\.5|4\.1|4\.5|4o|4|5(?:\.\d+)?|[6-9](?:\.\d+)?)|(o\d)|chatgpt|codex|computer-use)((?:-(?:mini|nano|pro|codex|max|sol|luna|terra|astra|preview|latest|turbo|chat|instruct|audio|search|spark|api|deep|research|realtime|transcribe|tts|4o|16k|32k|\d{4}|\d{2}))*)(?::.*)?$/;

export function openAITraits(model: string): OpenAITraits | undefined {
  const match = openAINames.exec(model);
  if (!match) return undefined;
  const [, generation = '', series = '', variant = ''] = match;
  const version = Number.parseFloat(generation);
  const isChat = /-chat\b/.test(variant);
  const reasons = !isChat && (series !== '' || version >= 5 || /^codex/.test(model));
  const isEarlyO1 = series === 'o1' && /-(?:mini|preview)/.test(variant);
  return {
    reasons,
    efforts: reasons ? openAIEfforts(version, series, variant) : [],
    defaultEffort: version >= 5.1 && version <= 5.4 ? 'none' : 'medium',
    hasSystemRole: !isEarlyO1,
    takesStop: !reasons || series === 'o1' || /^o3-mini/.test(model),
  };
}

function openAIEfforts(version: number, series: string, variant: string): readonly string[] {
  const common = ['low', 'medium', 'high'];
  if (series === 'o1' && /-(?:mini|preview)/.test(variant)) return [];
  if (series !== '') return common;
  if (variant.includes('-pro')) return version < 5.2 ? ['high'] : ['medium', 'high', 'xhigh'];
  const isCodex = variant.includes('-codex');
  if (isCodex && version < 5.2) return variant.includes('-max') ? [...common, 'xhigh'] : common;
  if (isCodex) return [...common, 'xhigh'];
  if (version < 5.1) return ['minimal', ...common];
  if (version < 5.2) return ['none', ...common];
  if (version < 5.6) return ['none', ...common, 'xhigh'];
  return ['none', ...common, 'xhigh', 'max'];
}

export interface ClaudeTraits {
  readonly version: number;
  readonly hasManualThinking: boolean;
  readonly hasAdaptiveThinking: boolean;
  readonly hasPrefill: boolean;
  /** Which `output_config.effort` it takes; empty where the parameter is refused. */
  readonly efforts: readonly string[];
  /** Whether a `system` message may stand between the others. */
  readonly hasSystemMessages: boolean;
  /** Whether `temperature` and `top_p` exclude each other. */
  readonly hasOneSamplingParameter: boolean;
  readonly maximumOutputTokens: number;
}

const claudeNames =
  /^claude-(?:(fable|mythos|opus|sonnet|haiku)-(\d)(?:-(\d{1,2}))?|(\d)(?:-(\d))?-(opus|sonnet|haiku))(?:-(?:\d{8}|latest))?$/;

export function claudeTraits(model: string): ClaudeTraits | undefined {
  const match = claudeNames.exec(model);
  if (!match) return undefined;
  const version = Number(`${match[2] ?? match[4]}.${match[3] ?? match[5] ?? 0}`);
  const tier = match[1] ?? match[6] ?? '';
  return {
    version,
    hasManualThinking: version >= 3.7 && version < 4.7,
    hasAdaptiveThinking: version >= 4.6,
    hasPrefill: version < 4.6,
    efforts: claudeEfforts(version, tier),
    hasSystemMessages: version >= 4.8,
    hasOneSamplingParameter: version >= 4.5 || (version === 4.1 && tier === 'opus'),
    maximumOutputTokens: claudeOutputLimit(version, tier),
  };
}

function claudeEfforts(version: number, tier: string): readonly string[] {
  if (version >= 4.7) return ['high', 'low', 'max', 'medium', 'xhigh'];
  if (version >= 4.6) return ['high', 'low', 'max', 'medium'];
  return version >= 4.5 && tier === 'opus' ? ['high', 'low', 'medium'] : [];
}

function claudeOutputLimit(version: number, tier: string): number {
  if (version >= 4.6) return 128_000;
  if (version >= 4.5 || (version >= 3.7 && tier !== 'opus')) return 64_000;
  if (version >= 4) return 32_000;
  return version >= 3.5 ? 8_192 : 4_096;
}

export interface GeminiTraits {
  readonly version: number;
  /** `undefined`: the model does not think. */
  readonly budget?: {
    readonly minimum: number;
    readonly maximum: number;
    readonly canDisable: boolean;
  };
  /** Which `thinkingLevel` it takes; empty before Gemini 3. */
  readonly levels: readonly string[];
  /** Whether the first call of a step has to carry its thought signature. */
  readonly needsSignatures: boolean;
  /** Whether functions go together with structured output, search, and images in a result. */
  readonly combinesTools: boolean;
}

const geminiNames =
  /^(?:gemini-(\d+(?:\.\d+)?)|gemma-\d+n?|gemini)((?:-(?:flash|pro|ultra|nano|lite|argon|carbon|preview|exp|experimental|latest|thinking|image|live|tts|native|audio|computer|use|customtools|it|e?\d+b|\d{2,4}))*)$/;

export function geminiTraits(model: string): GeminiTraits | undefined {
  const match = geminiNames.exec(model);
  if (!match) return undefined;
  const version = match[1] === undefined ? 3 : Number(match[1]);
  const variant = match[2] ?? '';
  const budget = geminiBudget(version, variant);
  return {
    version,
    ...(budget && { budget }),
    levels: geminiLevels(version, variant),
    needsSignatures: version >= 3,
    combinesTools: version >= 3,
  };
}

function geminiBudget(version: number, variant: string): GeminiTraits['budget'] {
  if (version < 2.5) {
    return variant.includes('-thinking')
      ? { minimum: 1, maximum: 24_576, canDisable: true }
      : undefined;
  }
  if (variant.includes('-lite')) return { minimum: 512, maximum: 24_576, canDisable: true };
  if (variant.includes('-pro')) return { minimum: 128, maximum: 32_768, canDisable: false };
  return { minimum: 1, maximum: version < 3 ? 24_576 : 32_768, canDisable: true };
}

function geminiLevels(version: number, variant: string): readonly string[] {
  if (version < 3) return [];
  return variant.includes('-pro') && version < 3.1
    ? ['LOW', 'HIGH']
    : ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];
}
