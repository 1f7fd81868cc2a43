/** The provider, or what stands before it, is in trouble: the same request may succeed later. */
import type { Condition } from './condition';
import { everywhere, final, refusedWith, retried, secretKey, sends } from './condition';

const gatewayStatuses = [520, 521, 522, 523, 524, 525, 526] as const;

export const serverConditions: readonly Condition[] = [
  {
    name: '408: the request took too long',
    play: everywhere({ error: 'timeout' }),
    outcome: everywhere(retried('timeout', 'answered 408: Request timed out.'), {
      gemini: retried('timeout', 'answered 408: Deadline expired before operation could complete.'),
    }),
  },
  {
    name: '409: the request met another one',
    play: everywhere({ error: 'conflict' }),
    outcome: everywhere(
      retried('server', 'answered 409: The request conflicts with another one.'),
      {
        anthropic: retried('server', 'answered 409: Conflict.'),
        gemini: retried('server', 'answered 409: The operation was aborted.'),
      },
    ),
  },
  {
    name: '425: too early',
    play: refusedWith(425, 'Too Early'),
    outcome: everywhere(retried('server', 'answered 425: Too Early.'), {
      gemini: retried('overloaded', 'answered 425: Too Early.'),
    }),
  },
  {
    name: '499: something on the way gave up',
    play: refusedWith(499, 'The operation was cancelled.'),
    outcome: everywhere(retried('server', 'answered 499: The operation was cancelled.')),
  },
  {
    name: '500: an error of the server',
    play: everywhere({ error: 'server_error' }),
    outcome: everywhere(
      retried('server', 'answered 500: The server had an error while processing'),
      {
        anthropic: retried('server', 'answered 500: Internal server error.'),
        gemini: retried('server', 'answered 500: An internal error has occurred.'),
      },
    ),
  },
  {
    name: '500, and the provider says not to try again',
    play: everywhere({ error: 'server_error', retry: { shouldRetry: false } }),
    outcome: everywhere(final('server', 'answered 500: The server had an error'), {
      anthropic: final('server', 'answered 500: Internal server error.'),
      gemini: final('server', 'answered 500: An internal error has occurred.'),
    }),
  },
  {
    name: '501: not implemented',
    play: refusedWith(501, 'Operation is not implemented'),
    outcome: everywhere(final('bad_request', 'answered 501: Operation is not implemented.')),
  },
  {
    name: '502 with an HTML page',
    play: everywhere({ isHtml: true }),
    outcome: everywhere(
      retried('server', 'answered 502: A web page ("Bad gateway"), not the API.'),
    ),
  },
  {
    name: '502 as JSON',
    play: everywhere({ error: 'bad_gateway' }),
    outcome: everywhere(retried('server', 'answered 502: Bad gateway.'), {
      gemini: retried('overloaded', 'answered 502: Bad gateway.'),
    }),
  },
  {
    name: '503: overloaded; come back in so many seconds',
    play: everywhere(
      { error: 'overloaded', headers: { 'retry-after': '20' } },
      { anthropic: { error: 'overloaded', status: 503, headers: { 'retry-after': '20' } } },
    ),
    outcome: everywhere(
      retried('overloaded', 'answered 503: The engine is currently overloaded', 20_000),
      {
        anthropic: retried('overloaded', 'answered 503: Overloaded.', 20_000),
        gemini: retried('overloaded', 'answered 503: The model is overloaded.', 20_000),
      },
    ),
  },
  {
    name: '503; come back at a date',
    get play() {
      const retry = { date: new Date(Date.now() + 30_000) };
      return everywhere({ error: 'overloaded' as const, retry });
    },
    outcome: everywhere(retried('overloaded', 'overloaded', [20_000, 30_000]), {
      anthropic: retried('overloaded', 'answered 529: Overloaded.', [20_000, 30_000]),
    }),
  },
  {
    name: '504: the gateway waited in vain',
    play: refusedWith(504, 'Gateway timeout'),
    outcome: everywhere(retried('timeout', 'answered 504: Gateway timeout.')),
  },
  {
    name: '529: overloaded',
    play: {
      ...refusedWith(529, 'Overloaded'),
      anthropic: { error: 'overloaded' },
    },
    outcome: everywhere(retried('overloaded', 'answered 529: Overloaded.')),
  },
  ...gatewayStatuses.map((status) => ({
    name: `${status}: a gateway without its server`,
    play: everywhere(sends(status, `error code: ${status}`, { 'content-type': 'text/plain' })),
    outcome: everywhere(retried('server', `answered ${status}: error code: ${status}.`)),
  })),
  {
    name: 'an error of a shape that nobody knows',
    play: everywhere(sends(500, '{"oops":{"reason":["it broke"]},"trace":"abc"}')),
    outcome: everywhere(retried('server', 'it broke')),
  },
  {
    name: 'an error that is a bare text in JSON',
    play: everywhere(sends(500, '{"error":"It broke"}')),
    outcome: everywhere(retried('server', 'It broke')),
  },
  {
    name: 'an error without a body',
    play: everywhere(sends(500, '')),
    outcome: everywhere(retried('server', 'answered 500: No reason was given.')),
  },
  {
    name: 'an error in plain text',
    play: everywhere(sends(500, 'upstream connect error', { 'content-type': 'text/plain' })),
    outcome: everywhere(retried('server', 'answered 500: upstream connect error.')),
  },
  {
    name: 'an error whose body is cut',
    play: everywhere(sends(500, '{"error":{"message":"It br')),
    outcome: everywhere(retried('server', 'answered 500: ')),
  },
  {
    name: 'an error whose text is endless',
    play: refusedWith(500, 'It broke. '.repeat(5_000)),
    outcome: everywhere(retried('server', 'answered 500: It broke. It broke.')),
  },
  {
    name: 'a key stands where a long text is cut',
    play: refusedWith(500, `${'It broke. '.repeat(94)}${secretKey} ${'And more. '.repeat(500)}`),
    outcome: everywhere(retried('server', 'answered 500: It broke. It broke.')),
  },
  {
    name: 'an error on several lines, with control characters',
    play: refusedWith(500, 'It\n\n  broke\u001b[31m, badly\u0000'),
    outcome: everywhere(retried('server', 'answered 500: It broke[31m, badly.')),
  },
];
