/** The description is of what is served: every route is in it, every path in it answers, every reference leads somewhere. */
import Ajv2020 from 'ajv/dist/2020';
import { routes } from '../../../client/serve/create-app';
import { createOpenApi } from '../../../client/serve/openapi';
import { fakeApp } from './fake-door';

const description = createOpenApi({ routes, version: '1.2.3', needsKey: true });
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method,
    operation: operation as unknown as Operation,
  })),
);

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;

/** Schemas of OpenAPI 3.1 are JSON Schemas of its own dialect, 2020-12. */
function compiler() {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  ajv.addSchema({ $id: 'openapi', ...description }, 'openapi');
  ajv.addVocabulary(['openapi', 'info', 'jsonSchemaDialect', 'security', 'paths', 'components']);
  return ajv;
}

const schemaAt = ({ $ref, ...inline }: { readonly $ref?: string }) =>
  $ref === undefined ? inline : { $ref: `openapi${$ref}` };

test('every route of the table is in it, once, by a name of its own', () => {
  expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
    routes.map(({ method, path }) => `${method} ${path}`).sort(),
  );
  const names = operations.map(({ operation }) => operation.operationId);
  expect(new Set(names).size).toBe(names.length);
});

test.each(operations)('$method $path answers', async ({ method, path }) => {
  const { send } = fakeApp();
  const response = await send(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'));
  expect([404, 405]).not.toContain(response.status);
});

test.each(operations)('$method $path names its path’s parts', ({ path, operation }) => {
  const named = operation.parameters.filter((parameter) => parameter.in === 'path');
  const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  expect(named.map(({ name }) => name)).toEqual(parts);
  expect(named.every(({ required }) => required)).toBe(true);
});

test('every schema in it compiles, and every reference leads to one', () => {
  const ajv = compiler();
  const used = operations.flatMap(({ operation }) => [
    ...operation.parameters.map(({ schema }) => schema),
    ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
    ...Object.values(operation.responses).flatMap(({ content }) =>
      Object.values(content).map(({ schema }) => schema),
    ),
  ]);
  expect(used.length).toBeGreaterThan(100);
  for (const schema of used) ajv.compile(schemaAt(schema));
});

const bodies: readonly (readonly [string, unknown])[] = [
  ['/conversations', { agent: 'demo' }],
  ['/conversations', { agent: { name: 'a', model: 'm', instructions: '', tools: [] }, id: 'x' }],
  ['/conversations', {}],
  ['/conversations', { agent: 'demo', other: 1 }],
  ['/conversations', { agent: 'demo', mode: 'forever' }],
  ['/conversations/{id}/messages', { content: 'Hi', delivery: 'steer' }],
  ['/conversations/{id}/messages', { content: [{ type: 'text', text: 'Hi' }] }],
  ['/conversations/{id}/messages', { content: [] }],
  ['/conversations/{id}/messages', { content: [{ type: 'video' }] }],
  ['/conversations/{id}/messages', { content: '   ' }],
  ['/conversations/{id}/decisions', { callId: 'c', approved: true }],
  ['/conversations/{id}/decisions', { callId: 'c' }],
  ['/conversations/{id}/cancel', { messageIds: [] }],
  ['/conversations/{id}/adopt', {}],
];

test.each(bodies)('what it says of %s with %j is what the server does', async (path, body) => {
  const { send } = fakeApp();
  const operation = description.paths[path]!.post as unknown as Operation;
  const { schema } = operation.requestBody!.content['application/json']!;

  const isDescribed = compiler().validate(schemaAt(schema), body);
  const response = await send('POST', path.replace('{id}', 'c'), body);

  expect({ isDescribed, body }).toEqual({ isDescribed: response.status !== 400, body });
});

test('it is served, and says whether a key is wanted', async () => {
  const open = (await (await fakeApp().send('GET', '/openapi.json')).json()) as object;
  const apiKey = 'a-key-of-some-length';
  const locked = (await (await fakeApp({ apiKey }).send('GET', '/openapi.json')).json()) as object;

  expect(open).toEqual(
    JSON.parse(JSON.stringify(createOpenApi({ routes, version: '1.2.3', needsKey: false }))),
  );
  expect(open).not.toHaveProperty('security');
  expect(locked).toMatchObject({
    openapi: '3.1.0',
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  });
  expect(JSON.stringify(locked)).not.toContain(apiKey);
});
