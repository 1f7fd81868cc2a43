/** docs/http.md lists every route of the HTTP door, in its order and its own words. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { routes } from '../../client/serve/create-app';
import { repository } from '../support/processes';

test('docs/http.md tells of every route what its OpenAPI description does', () => {
  const page = readFileSync(path.join(repository, 'docs', 'http.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z]+) (\/[^`]*)` +\| (.*?) +\|$/gm)];
  expect(rows.map(([, method, where, summary]) => `${method} ${where}: ${summary}`)).toEqual(
    routes.map((route) => `${route.method.toUpperCase()} ${route.path}: ${route.summary}`),
  );
});
