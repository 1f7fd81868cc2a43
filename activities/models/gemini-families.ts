/** What differs between Gemini's models, by name. What is not known is taken for the newest that is. */
import type { ThinkingConfig } from '@google/genai';
import { ThinkingLevel } from '@google/genai';
import type { ModelSettings } from '../../agent/agent';

/** Models of one family read each other's thoughts: the name without its stage, date and number. */
export function geminiFamily(model: string): string {
  return baseName(model)
    .replace(/(-\d{2}-\d{2,4}|-\d{3,4}|-latest)$/, '')
    .replace(/-(preview|exp|experimental)$/, '');
}

/** From the third generation on: calls must be signed, and tools may answer with images. */
export function isGemini3(model: string): boolean {
  return generation(model) >= 3;
}

/** The first Gemmas refuse a system instruction. */
export function takesInstructions(model: string): boolean {
  return !/^gemma-([123]n?|\d+b)-/.test(baseName(model));
}

/** Whether the model can be held to a JSON Schema. */
export function takesOutputSchema(model: string, hasTools: boolean): boolean {
  return generation(model) >= 2 && (!hasTools || combinesTools(model));
}

/** Before the third generation functions, Google's own tools and a JSON Schema exclude each other. */
export function combinesTools(model: string): boolean {
  return generation(model) >= 3;
}

/** Whether Google's own tools are there for the model. */
export function hasOwnTools(model: string): boolean {
  return generation(model) >= 2;
}

/** How `reasoning` is said to the model, or `undefined` where it cannot be said. */
export function toThinkingConfig(
  model: string,
  reasoning: ModelSettings['reasoning'],
): ThinkingConfig | undefined {
  if (reasoning === undefined || generation(model) < 2.5) return undefined;
  const isPro = /-pro\b/.test(baseName(model));
  if (generation(model) >= 3) return { thinkingLevel: toLevel(baseName(model), reasoning, isPro) };
  return { thinkingBudget: reasoning === 'off' && isPro ? leastProBudget : budgets[reasoning] };
}

function toLevel(
  model: string,
  reasoning: NonNullable<ModelSettings['reasoning']>,
  isPro: boolean,
): ThinkingLevel {
  if (reasoning === 'off') return isPro ? ThinkingLevel.LOW : ThinkingLevel.MINIMAL;
  // The first Gemini 3 Pro knows nothing between low and high.
  if (reasoning === 'medium' && /^gemini-3-pro/.test(model)) return ThinkingLevel.HIGH;
  return levels[reasoning];
}

const levels = {
  low: ThinkingLevel.LOW,
  medium: ThinkingLevel.MEDIUM,
  high: ThinkingLevel.HIGH,
};

/** Tokens. The highest is the highest that every 2.5 model accepts. */
const budgets = { off: 0, low: 1024, medium: 8192, high: 24_576 };

/** Gemini 2.5 Pro cannot be told not to think. */
const leastProBudget = 128;

function generation(model: string): number {
  const name = baseName(model);
  if (name.startsWith('gemma')) return 0;
  const [, version] = /^gemini-(\d+(\.\d+)?)/.exec(name) ?? [];
  return version === undefined ? Number.POSITIVE_INFINITY : Number(version);
}

/** Without the folder: `models/…`, `publishers/google/models/…`. */
function baseName(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}
