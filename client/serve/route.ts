/** One route of the HTTP door as data: the app serves it, the OpenAPI description tells of it. */
import { z } from 'zod';
import type { Door } from './door';

export type Method = 'get' | 'post' | 'put';

export interface RouteCall<Path, Query, Body> {
  readonly door: Door;
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  readonly header: (name: string) => string | undefined;
  /** Whether the caller asks for this type of answer before JSON. */
  readonly prefers: (mediaType: string) => boolean;
  /** Aborted when the caller has left. */
  readonly signal: AbortSignal;
}

export interface Answer {
  /** @default 200 */
  readonly status?: number;
  readonly description: string;
  /** Of the JSON. */
  readonly schema: z.ZodType;
  /** What else may come instead: media type → schema. */
  readonly instead?: Readonly<Record<string, z.ZodType>>;
}

export interface Route<Path = unknown, Query = unknown, Body = unknown> {
  readonly method: Method;
  /** As OpenAPI writes it: `/conversations/{id}`. */
  readonly path: string;
  /** The method of the client that it stands for, or a name of its own. */
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: z.ZodType<Path>;
  readonly query: z.ZodType<Query>;
  /** Headers that it reads, for the description. */
  readonly headers?: Readonly<Record<string, string>>;
  /** No body counts as an empty one. @default none is read */
  readonly body?: z.ZodType<Body>;
  readonly answer: Answer;
  /** Statuses of what may go wrong, besides those that every route has (400, 401, 403, 500). */
  readonly problems?: readonly number[];
  /** The value becomes JSON; a `Response` goes out as it is. */
  handle(call: RouteCall<Path, Query, Body>): Promise<unknown>;
}

const nothing = z.strictObject({});
type Nothing = z.infer<typeof nothing>;

/** A route whose `handle` knows what its schemas let in. */
export function defineRoute<Path = Nothing, Query = Nothing, Body = undefined>(
  route: Omit<Route<Path, Query, Body>, 'parameters' | 'query'> & {
    readonly parameters?: z.ZodType<Path>;
    readonly query?: z.ZodType<Query>;
  },
): Route {
  // Its `handle` is only ever called with what its own schemas have parsed.
  return { parameters: nothing, query: nothing, ...route } as unknown as Route;
}
