/** The HTTP door as an app: security first, then the routes of the table, the description of them, and the page. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { describeError } from '../commands/describe';
import { grpcCode } from '../exactly-once';
import { changingRoutes } from './changing-routes';
import type { Door } from './door';
import { guardDoor } from './door-guard';
import { createOpenApi } from './openapi';
import type { PageFile } from './page-files';
import { readCall } from './read-call';
import { DoorError, problem, toProblem, toProblemResponse } from './problem';
import { readingRoutes } from './reading-routes';
import type { Route } from './route';

export const routes: readonly Route[] = [...readingRoutes, ...changingRoutes];

/** An inline agent and a message, with room to spare; what is too large for a conversation it says itself. */
const bodyLimitBytes = 4 * 1024 * 1024;

export interface AppOptions {
  readonly door: Door;
  /** @default none is asked, and only this machine is answered */
  readonly apiKey?: string | undefined;
  /** By path. */
  readonly page: ReadonlyMap<string, PageFile>;
  readonly version: string;
}

export function createApp({ door, apiKey, page, version }: AppOptions): Hono {
  const app = new Hono();
  const openApi = createOpenApi({ routes, version, needsKey: apiKey !== undefined });
  app.use(securityHeaders());
  app.use(guardDoor({ apiKey, openPaths: new Set([...page.keys(), '/openapi.json']) }));
  app.use(
    bodyLimit({
      maxSize: bodyLimitBytes,
      onError: () =>
        toProblemResponse(
          problem(413, 'BodyTooLarge', `A body has ${bodyLimitBytes} bytes at most.`),
        ),
    }),
  );
  for (const [path, { contentType, content }] of page) {
    app.get(path, () => new Response(content, { headers: fileHeaders(contentType) }));
  }
  app.get('/openapi.json', (context) => context.json(openApi));
  for (const route of routes) {
    app.on(route.method.toUpperCase(), toPattern(route.path), (context) =>
      answer(route, context, door),
    );
  }
  for (const [path, methods] of methodsByPath()) {
    app.all(toPattern(path), () => methodNotAllowed(path, methods));
  }
  app.notFound((context) => toProblemResponse(unknownRoute(context)));
  app.onError((error, context) => refuse(error, context, door));
  return app;
}

function securityHeaders() {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    // It is for whoever ends TLS to say.
    strictTransportSecurity: false,
  });
}

function fileHeaders(contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'cache-control': 'no-cache' };
}

/** `/conversations/{id}` as the router writes it. */
function toPattern(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

async function answer(route: Route, context: Context, door: Door): Promise<Response> {
  const value = await route.handle(await readCall(route, context, door));
  if (value instanceof Response) return value;
  return Response.json(value, {
    status: route.answer.status ?? 200,
    headers: { 'cache-control': 'no-store' },
  });
}

function refuse(error: unknown, context: Context, { log }: Door): Response {
  const told = toProblem(error);
  // Words of others are told to nobody else.
  if (told.status >= 500 || grpcCode(error) !== undefined) {
    log(`${context.req.method} ${context.req.path}: ${told.status} ${describeError(error)}`);
  }
  const later = [429, 503, 504].includes(told.status);
  return toProblemResponse(told, later ? { 'retry-after': '1' } : {});
}

function methodsByPath(): ReadonlyMap<string, readonly string[]> {
  const paths = [...new Set(routes.map(({ path }) => path))];
  const methodsOf = (path: string) =>
    routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
  return new Map(paths.map((path) => [path, methodsOf(path)]));
}

function methodNotAllowed(path: string, methods: readonly string[]): Response {
  const known = methods.join(', ');
  const detail = `\`${path}\` takes ${known}.`;
  return toProblemResponse(problem(405, 'MethodNotAllowed', detail), { allow: known });
}

function unknownRoute({ req }: Context) {
  const detail = `There is no \`${req.method} ${req.path}\` here. \`/openapi.json\` lists what there is.`;
  return toProblem(new DoorError(404, 'UnknownRoute', detail));
}
