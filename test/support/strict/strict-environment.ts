/** A worker's environment in which every provider is one strict server. */
import type { Environment } from '../../../workers/environment';
import { readEnvironment } from '../../../workers/environment';

export function strictEnvironment(
  url: string,
  own: Readonly<Record<string, string>> = {},
): Environment {
  return readEnvironment({
    HOLDFAST_SHUTDOWN_GRACE_MS: '200',
    OPENAI_API_KEY: 'key-of-openai',
    OPENAI_BASE_URL: `${url}/v1`,
    ANTHROPIC_API_KEY: 'key-of-anthropic',
    ANTHROPIC_BASE_URL: url,
    GEMINI_API_KEY: 'key-of-gemini',
    GOOGLE_GEMINI_BASE_URL: url,
    ...own,
  });
}
