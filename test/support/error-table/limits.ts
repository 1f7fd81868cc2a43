/** Too fast, or too much: what may be waited for, and how long, and what may not. */
import type { Condition, Play } from './condition';
import { everywhere, final, refusedWith, retried } from './condition';
import { anthropicRefusal, geminiRefusal, openAIRefusal } from '../strict/strict-errors';

const slowDown = 'Slow down';
const soon = () => new Date(Date.now() + 30_000);

export const limitConditions: readonly Condition[] = [
  {
    name: 'too fast; come back in so many seconds',
    play: everywhere({ error: 'rate_limit', retry: { seconds: 7 } }),
    outcome: everywhere(
      retried('rate_limit', 'answered 429: Rate limit reached for gpt-5', 7_000),
      {
        anthropic: retried('rate_limit', "exceed your organization's rate limit of 30,000", 7_000),
        gemini: retried('rate_limit', 'answered 429: You exceeded your current quota', 7_000),
      },
    ),
  },
  {
    name: 'too fast; seconds with a fraction',
    play: refusedWith(429, slowDown, { headers: { 'retry-after': '1.25' } }),
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.', 1_250)),
  },
  {
    name: 'too fast; milliseconds go before seconds',
    play: refusedWith(429, slowDown, { retry: { milliseconds: 250, seconds: 9 } }),
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.', 250)),
  },
  {
    name: 'too fast; come back at a date',
    get play() {
      return refusedWith(429, slowDown, { retry: { date: soon() } });
    },
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.', [20_000, 30_000])),
  },
  {
    name: 'too fast; a date that has passed',
    play: refusedWith(429, slowDown, { retry: { date: new Date('2020-01-01T00:00:00Z') } }),
    // A delay of nothing would be the end of all attempts.
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.', 1)),
  },
  {
    name: 'too fast; no delay is named',
    play: refusedWith(429, slowDown),
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.')),
  },
  {
    name: 'too fast; the delay is no number',
    play: refusedWith(429, slowDown, {
      headers: { 'retry-after': 'later', 'retry-after-ms': '-' },
    }),
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.')),
  },
  {
    name: 'too fast; the delay is endless',
    play: refusedWith(429, slowDown, { headers: { 'retry-after': 'Infinity' } }),
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.')),
  },
  {
    name: 'too fast; the delay is longer than a day',
    play: refusedWith(429, slowDown, { headers: { 'retry-after': '1e12' } }),
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.', 86_400_000)),
  },
  {
    name: 'too fast; the delay stands in the body',
    play: {
      'openai-responses': {
        status: 429,
        body: openAIRefusal('Rate limit reached on requests. Please try again in 6m0s. Visit us.', {
          code: 'rate_limit_exceeded',
          type: 'requests',
        }).body,
      },
      'openai-chat': {
        status: 429,
        body: openAIRefusal('Rate limit reached on tokens. Please try again in 20ms.', {
          code: 'rate_limit_exceeded',
          type: 'tokens',
        }).body,
      },
      gemini: { error: 'rate_limit', retry: { seconds: 34.4 } },
    },
    outcome: {
      'openai-responses': retried('rate_limit', 'Please try again in 6m0s.', 360_000),
      'openai-chat': retried('rate_limit', 'Please try again in 20ms.', 20),
      gemini: retried('rate_limit', 'You exceeded your current quota', 34_400),
    },
  },
  {
    name: 'too fast; the provider says to try again',
    play: refusedWith(429, slowDown, { headers: { 'x-should-retry': 'true', 'retry-after': '1' } }),
    outcome: everywhere(retried('rate_limit', 'answered 429: Slow down.', 1_000)),
  },
  {
    name: 'too fast; the provider says not to try again',
    play: refusedWith(429, slowDown, {
      headers: { 'x-should-retry': 'false', 'retry-after': '1' },
    }),
    outcome: everywhere(final('rate_limit', 'answered 429: Slow down.', 1_000)),
  },
  {
    name: 'the money is spent',
    play: everywhere({ error: 'quota' }),
    outcome: everywhere(final('quota', 'answered 429: You exceeded your current quota'), {
      anthropic: final('quota', 'answered 429: You have reached your specified API usage limits.'),
    }),
  },
  {
    name: 'the money is spent, and the provider still says to try again',
    play: {
      anthropic: { error: 'quota', retry: { shouldRetry: true, seconds: 3 } },
      'openai-responses': { error: 'quota', retry: { shouldRetry: true } },
      'openai-chat': { error: 'quota', retry: { shouldRetry: true } },
      gemini: { error: 'quota', retry: { seconds: 3 } },
    },
    outcome: everywhere(final('quota', 'answered 429: You exceeded your current quota'), {
      anthropic: final('quota', 'You have reached your specified API usage limits.', 3_000),
    }),
  },
  {
    name: 'the money is spent, in other words',
    play: everywhere<Play>(
      {
        status: 429,
        body: openAIRefusal('You have reached your billing hard limit.', {
          code: 'billing_hard_limit_reached',
          type: 'insufficient_quota',
        }).body,
      },
      {
        anthropic: {
          status: 400,
          body: anthropicRefusal(
            'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
          ).body,
        },
        gemini: {
          status: 429,
          body: geminiRefusal('Your prepayment credits are depleted. Please go to AI Studio.', {
            code: 429,
            status: 'RESOURCE_EXHAUSTED',
          }).body,
        },
      },
    ),
    outcome: everywhere(final('quota', 'answered 429: You have reached your billing hard limit.'), {
      anthropic: final('quota', 'answered 400: Your credit balance is too low'),
      gemini: final('quota', 'answered 429: Your prepayment credits are depleted.'),
    }),
  },
  {
    name: 'the organisation’s limit on spending is reached',
    play: {
      ...everywhere<Play>({
        status: 429,
        body: openAIRefusal('Your organization has reached its spend limit.', {
          code: 'organization_spend_limit_exceeded',
          type: 'insufficient_quota',
        }).body,
      }),
      anthropic: {
        status: 429,
        body: anthropicRefusal('Spend limit reached.', {
          type: 'rate_limit_error',
          errorCode: 'contract_spend_limit_reached',
        }).body,
      },
      gemini: {
        status: 429,
        body: geminiRefusal('Your project has exceeded its monthly spending cap.', {
          code: 429,
          status: 'RESOURCE_EXHAUSTED',
        }).body,
      },
    },
    outcome: everywhere(final('quota', 'Your organization has reached its spend limit.'), {
      anthropic: final('quota', 'Spend limit reached.'),
      gemini: final('quota', 'Your project has exceeded its monthly spending cap.'),
    }),
  },
  {
    name: '402: pay first',
    play: everywhere<Play>(
      { status: 402, body: openAIRefusal('Insufficient credits. Add more.', { code: null }).body },
      {
        anthropic: { error: 'billing' },
        gemini: {
          status: 402,
          body: geminiRefusal('Billing is not enabled.', { code: 402, status: 'UNKNOWN' }).body,
        },
      },
    ),
    outcome: everywhere(final('quota', 'answered 402: Insufficient credits. Add more.'), {
      anthropic: final('quota', 'answered 402: Your credit balance is too low'),
      gemini: final('quota', 'answered 402: Billing is not enabled.'),
    }),
  },
  {
    name: 'usage grows too fast',
    play: {
      anthropic: {
        status: 429,
        body: anthropicRefusal('Your usage has increased too quickly.', {
          type: 'rate_limit_error',
          errorCode: 'ramp_limit_exceeded',
        }).body,
        retry: { seconds: 5, shouldRetry: true },
      },
    },
    outcome: { anthropic: retried('rate_limit', 'Your usage has increased too quickly.', 5_000) },
  },
];
