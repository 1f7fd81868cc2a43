/** A request, checked by the schemas of its route. */
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import type { z } from 'zod';
import type { Door } from './door';
import { DoorError } from './problem';
import type { Route, RouteCall } from './route';

/** @throws DoorError 400 that names each field that is wrong; 415 for a body that is no JSON. */
export async function readCall(
  route: Route,
  context: Context,
  door: Door,
): Promise<RouteCall<unknown, unknown, unknown>> {
  const { req } = context;
  return {
    door,
    path: parse('path', route.parameters, req.param()),
    query: parse('query', route.query, req.query()),
    body: route.body && parse('body', route.body, await readJson(context)),
    header: (name) => req.header(name),
    prefers: (mediaType) => {
      const supports = ['application/json', mediaType];
      const [fallback] = supports as [string];
      return accepts(context, { header: 'Accept', supports, default: fallback }) === mediaType;
    },
    signal: req.raw.signal,
  };
}

function parse<Value>(where: string, schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${[where, ...path].join('.')}: ${message}`,
  );
  throw new DoorError(400, 'InvalidInput', `${problems.join('. ')}.`);
}

async function readJson({ req }: Context): Promise<unknown> {
  const text = await req.text();
  if (text === '') return {};
  // What a form of another site can send is no JSON: a browser asks before it sends that.
  if (!/^application\/json\s*(;|$)/i.test(req.header('content-type') ?? '')) {
    throw new DoorError(
      415,
      'UnsupportedMediaType',
      'The body must be JSON: send `Content-Type: application/json`.',
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DoorError(400, 'InvalidInput', `The body is no JSON: ${reason}.`);
  }
}
