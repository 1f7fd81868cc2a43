/** The OpenAPI 3.1 description of the HTTP door, made of the routes and schemas that it works by. */
import { z } from 'zod';
import * as answerSchemas from './answer-schemas';
import * as requestSchemas from './request-schemas';
import type { Route } from './route';

type Json = Readonly<Record<string, unknown>>;

export interface OpenApi extends Json {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> } & Json;
}

export interface OpenApiOptions {
  readonly routes: readonly Route[];
  readonly version: string;
  readonly needsKey: boolean;
}

/** What may go wrong with every route. */
const commonProblems = [400, 401, 403, 500];

export function createOpenApi({ routes, version, needsKey }: OpenApiOptions): OpenApi {
  const components = namedSchemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: toOperation(route, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version,
      description:
        'Durable AI agents on Temporal. A `stream` is server-sent events; errors are `application/problem+json`.',
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    ...(needsKey && { security: [{ key: [] }] }),
    paths,
    components: {
      schemas: Object.fromEntries([...components.values()].map(({ id, json }) => [id, json])),
      ...(needsKey && { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } }),
    },
  };
}

type NamedSchemas = ReadonlyMap<z.ZodType, { readonly id: string; readonly json: Json }>;

/** Each schema by the name that it is exported with; those whose name is not capitalised are told where they are used. */
function namedSchemas(): NamedSchemas {
  const named = Object.entries({ ...requestSchemas, ...answerSchemas }).filter(([id]) =>
    /^[A-Z]/.test(id),
  );
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of named) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: reference });
  return new Map(
    named.map(([id, schema]) => {
      const { $id: _id, $schema: _dialect, ...json } = schemas[id] as Record<string, unknown>;
      return [schema, { id, json }];
    }),
  );
}

function reference(id: string): string {
  return `#/components/schemas/${id}`;
}

function toOperation(route: Route, components: NamedSchemas): Json {
  const { operationId, summary, parameters, query, headers = {}, body, answer } = route;
  const problems = [
    ...new Set([...commonProblems, ...(body ? [415] : []), ...(route.problems ?? [])]),
  ];
  const content = (schema: z.ZodType, type = 'application/json') => ({
    [type]: { schema: toSchema(schema, components) },
  });
  const instead = Object.entries(answer.instead ?? {}).map(([type, schema]) =>
    content(schema, type),
  );
  const isStreamOnly = answer.schema === answerSchemas.Problem;
  return {
    operationId,
    summary,
    parameters: [
      ...toParameters('path', parameters),
      ...toParameters('query', query),
      ...Object.entries(headers)
        // OpenAPI has a place of its own for what a caller accepts: the types of the answer.
        .filter(([name]) => name !== 'Accept')
        .map(([name, description]) => ({
          ...{ name, in: 'header', required: false, description },
          schema: { type: 'string' },
        })),
    ],
    ...(body && {
      requestBody: { required: !body.safeParse({}).success, content: content(body) },
    }),
    responses: {
      [answer.status ?? 200]: {
        description: [answer.description, headers.Accept].filter(Boolean).join(' Accept: '),
        content: Object.assign({}, isStreamOnly ? {} : content(answer.schema), ...instead) as Json,
      },
      ...Object.fromEntries(
        problems.map((status) => [
          status,
          {
            description: descriptions[status] ?? 'It went wrong.',
            content: content(answerSchemas.Problem, 'application/problem+json'),
          },
        ]),
      ),
    },
  };
}

const descriptions: Readonly<Record<number, string>> = {
  400: 'The request is not as described.',
  401: 'A key is needed.',
  403: 'Not from this host or origin.',
  404: 'There is no such thing.',
  409: 'Too late: it has ended, was decided, or has changed.',
  413: 'Too large.',
  415: 'The body is no JSON.',
  422: 'It cannot be done with this agent or history.',
  429: 'Too many messages wait: try again later.',
  500: 'Something went wrong here.',
  502: 'The run failed before there was an answer.',
  503: 'No worker is running, or none that can process it, or no Temporal server.',
  504: 'No answer in time.',
};

function toSchema(schema: z.ZodType, components: NamedSchemas): Json {
  const named = components.get(schema);
  return named ? { $ref: reference(named.id) } : toInlineSchema(schema);
}

function toInlineSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input' }) as Json;
  return json;
}

function toParameters(where: 'path' | 'query', schema: z.ZodType): readonly Json[] {
  const { properties = {}, required = [] } = toInlineSchema(schema) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...json }]) => ({
    ...{ name, in: where, required: required.includes(name) },
    ...(description !== undefined && { description }),
    schema: json,
  }));
}
