/** What differs between OpenAI's models, by name. What is not known is taken for the newest that is. */
import type { ReasoningEffort } from 'openai/resources/shared';

/** Models of one family read each other's reasoning: the name without its date. */
export function openAIFamily(model: string): string {
  return model.replace(/-\d{4}-\d{2}-\d{2}$/, '');
}

/** Whether the model reasons, and so hands out reasoning items to be sent back. */
export function isReasoningModel(model: string): boolean {
  const base = model.replace(/^ft:/, '');
  return /^(gpt-([5-9]|\d\d)|o\d|codex-|computer-use)/.test(base) && !/-chat\b/.test(base);
}

/** The least effort that the model accepts. */
export function leastEffort(model: string): ReasoningEffort {
  if (/^(ft:)?gpt-5(-mini|-nano)?(-\d{4}-\d{2}-\d{2})?$/.test(model)) return 'minimal';
  return /^(ft:)?(o\d|gpt-5-|codex-|computer-use)/.test(model) ? 'low' : 'none';
}

/** Whether the model can be held to a JSON Schema. The first ones know JSON at most. */
export function takesOutputSchema(model: string): boolean {
  return !/^(ft:)?(gpt-3\.5|gpt-4(-|$)|gpt-4o-2024-05-13|chatgpt-|o1-(mini|preview))/.test(model);
}
