/**
 * Every environment variable that Holdfast reads, named, parsed and explained once. The connection to Temporal
 * (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*`, `TEMPORAL_PROFILE` …) is read by
 * `@temporalio/envconfig`, which also reads profiles from its TOML file.
 */
import { z } from 'zod';
import type { ExecutionSettings } from '../activities/contract';
import {
  type DeltaSettings,
  defaultDeltaIntervalMs,
  slowestDeltaIntervalMs,
} from '../wire/delta-settings';
import { defaultTaskQueue } from '../workflows/contract';

const milliseconds = z.coerce.number().int().positive();
const count = z.coerce.number().int().nonnegative();
const text = z.string().min(1);

/** What each variable means; the README's table is made from these descriptions. */
export const environmentSchema = z.object({
  HOLDFAST_TASK_QUEUE: text
    .default(defaultTaskQueue)
    .describe('Task queue of workers and clients.'),
  HOLDFAST_MODEL_TIMEOUT_MS: milliseconds
    .default(600_000)
    .describe('One attempt of a model call, in milliseconds.'),
  HOLDFAST_HEARTBEAT_TIMEOUT_MS: milliseconds
    .min(1_000)
    .default(10_000)
    .describe(
      'Silence after which a worker counts as lost, in milliseconds. `npm start` uses 2000.',
    ),
  HOLDFAST_MAX_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(5)
    .describe('Attempts of a model call, and of a tool that may run again.'),
  HOLDFAST_FIRST_RETRY_DELAY_MS: milliseconds
    .default(1_000)
    .describe(
      'Pause before attempt 2 unless the provider names one, in milliseconds; doubled each time.',
    ),
  HOLDFAST_STICKY_TIMEOUT_MS: milliseconds
    .default(2_000)
    .describe(
      'How long a conversation waits for its last worker before any worker may take it, in milliseconds.',
    ),
  HOLDFAST_SHUTDOWN_GRACE_MS: count
    .default(30_000)
    .describe(
      'How long a stopping worker lets its calls finish, in milliseconds. `npm start` uses 500.',
    ),
  HOLDFAST_MAX_CACHED_WORKFLOWS: count
    .optional()
    .describe(
      'Conversations that a worker keeps in memory; others are replayed when they wake. Unset, as many as its heap has room for at 1.5 MiB each.',
    ),
  HOLDFAST_TRANSCRIPT_CACHE_MB: z.coerce
    .number()
    .positive()
    .optional()
    .describe(
      'Transcripts that a worker keeps so that prompts need no query, in MiB of JSON. Unset, an eighth of its heap, at most 256.',
    ),
  HOLDFAST_DEMO_WORD_DELAY_MS: count
    .default(40)
    .describe('Pause between two words of the demo model, in milliseconds.'),
  HOLDFAST_DELTAS: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      '`off`: answers are not streamed, and heartbeats carry no text; durable messages come as ever.',
    ),
  HOLDFAST_DELTA_INTERVAL_MS: milliseconds
    .min(20)
    .max(slowestDeltaIntervalMs)
    .default(defaultDeltaIntervalMs)
    .describe(
      'How often a worker tells, and a client asks, what has been generated since, in milliseconds, 20 to 500. Through Redis it comes at once.',
    ),
  HOLDFAST_REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'it has to begin with redis:// or, by TLS, rediss://')
    .optional()
    .describe(
      'Redis through which answers are streamed, for workers and clients: `redis://user:password@host:6379/0`. Unset, they ride on heartbeats.',
    ),
  HOLDFAST_API_KEY: text
    .min(16)
    .regex(
      /^[\x21-\x7e]*$/,
      'it may have letters, digits and signs of ASCII, and no blanks: others no header carries',
    )
    .optional()
    .describe(
      'Key that callers of `holdfast serve` have to send, 16 characters or more. Unset, only this machine is answered.',
    ),
  OPENAI_API_KEY: text.optional().describe('Key for OpenAI models.'),
  HOLDFAST_WORKFLOW_BUNDLE: text
    .optional()
    .describe('Workflow bundle for workers that run from source; made there when it is missing.'),
  OPENAI_ORG_ID: text.optional().describe('Organization that OpenAI bills.'),
  OPENAI_PROJECT_ID: text.optional().describe('Project that OpenAI bills.'),
  OPENAI_BASE_URL: text
    .optional()
    .describe('Another endpoint that speaks the OpenAI Responses API.'),
  ANTHROPIC_API_KEY: text.optional().describe('Key for Anthropic models.'),
  ANTHROPIC_BASE_URL: text
    .optional()
    .describe('Another endpoint that speaks the Anthropic Messages API.'),
  GEMINI_API_KEY: text.optional().describe('Key for Gemini models.'),
  GOOGLE_GEMINI_BASE_URL: text.optional().describe('Another endpoint that speaks the Gemini API.'),
});

export type Environment = z.infer<typeof environmentSchema>;

/** @throws TypeError that names each variable that is wrong. An empty variable counts as unset. */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const given = Object.entries(variables).filter(([, value]) => value !== '');
  const parsed = environmentSchema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new TypeError(`The environment is not usable. ${problems.join('. ')}.`);
}

export function executionSettings(environment: Environment): ExecutionSettings {
  return {
    modelTimeoutMs: environment.HOLDFAST_MODEL_TIMEOUT_MS,
    heartbeatTimeoutMs: environment.HOLDFAST_HEARTBEAT_TIMEOUT_MS,
    maxAttempts: environment.HOLDFAST_MAX_ATTEMPTS,
    firstRetryDelayMs: environment.HOLDFAST_FIRST_RETRY_DELAY_MS,
  };
}

/** Which way the deltas of this worker go. */
export function deltaSettingsOf(environment: Environment): DeltaSettings {
  return {
    deltas: environment.HOLDFAST_DELTAS,
    redisUrl: environment.HOLDFAST_REDIS_URL,
    intervalMs: environment.HOLDFAST_DELTA_INTERVAL_MS,
  };
}
