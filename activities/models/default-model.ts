/** Apart from the adapters: whoever reads a configuration need not load three vendors' SDKs. */

/** Each provider's key, and the model that it stands for. The first one that is set goes. */
const modelOfKey: readonly (readonly [variable: string, model: string])[] = [
  ['OPENAI_API_KEY', 'gpt-5-mini'],
  ['ANTHROPIC_API_KEY', 'claude-haiku-4-5'],
  ['GEMINI_API_KEY', 'gemini-2.5-flash'],
];

/** The model of the first provider whose key is in the environment; `demo` without any. */
export function defaultModel(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return modelOfKey.find(([variable]) => environment[variable])?.[1] ?? 'demo';
}
