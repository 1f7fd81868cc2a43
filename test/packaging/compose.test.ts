import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { serverSettings } from '../../workers/dev-server-settings';
import { environmentSchema } from '../../workers/environment';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: object;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly mem_limit?: string;
  readonly stop_grace_period?: string;
}

type ServiceName = 'postgresql' | 'schema' | 'temporal' | 'namespace' | 'web' | 'worker';

const compose = parse(read('docker-compose.yml')) as {
  readonly services: Readonly<Record<ServiceName, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const { services } = compose;
const everyService = Object.entries(services);

describe('docker-compose.yml', () => {
  it('starts each service after what it needs', () => {
    const needs = everyService.map(([name, service]) => [name, service.depends_on]);
    expect(Object.fromEntries(needs)).toEqual({
      postgresql: undefined,
      schema: { postgresql: { condition: 'service_healthy' } },
      temporal: { schema: { condition: 'service_completed_successfully' } },
      namespace: { temporal: { condition: 'service_healthy' } },
      web: { temporal: { condition: 'service_healthy' } },
      worker: { namespace: { condition: 'service_completed_successfully' } },
    });
  });

  it('can tell when a service that others wait for is healthy', () => {
    const awaited = everyService.flatMap(([, { depends_on: needs = {} }]) =>
      Object.entries(needs)
        .filter(([, { condition }]) => condition === 'service_healthy')
        .map(([name]) => name as ServiceName),
    );
    for (const name of awaited) {
      expect(services[name].healthcheck).toBeDefined();
    }
  });

  it('names the version of every image', () => {
    const images = everyService.flatMap(([, { image }]) => (image === undefined ? [] : [image]));
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) {
      expect(image).toMatch(/^[\w./-]+:\d[\w.-]*$/);
    }
  });

  it('prepares the database with the tools of the server that it starts', () => {
    const [, version] = services.temporal.image!.split(':');
    expect(services.schema.image).toBe(`temporalio/admin-tools:${version}`);
    expect(services.namespace.image).toBe(`temporalio/admin-tools:${version}`);
  });

  it('listens on this machine only', () => {
    const ports = everyService.flatMap(([, service]) => service.ports ?? []);
    expect(ports).toEqual(['127.0.0.1:7233:7233', '127.0.0.1:8080:8080']);
  });

  it('keeps conversations in a named volume', () => {
    const [source] = services.postgresql.volumes![0]!.split(':');
    expect(Object.keys(compose.volumes)).toEqual([source]);
  });

  it('says one database password, which the environment can replace', () => {
    const passwords = everyService.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|PWD/.test(name)),
    );
    expect(passwords.map(([name]) => name).sort()).toEqual([
      'POSTGRES_PASSWORD',
      'POSTGRES_PWD',
      'SQL_PASSWORD',
    ]);
    for (const [, password] of passwords) {
      expect(password).toBe('${POSTGRES_PASSWORD:-temporal}');
    }
  });

  it('hands every variable that Holdfast reads to the worker, and holds no value of one', () => {
    const handedOver = Object.entries(services.worker.environment!)
      .filter(([, value]) => value === null)
      .map(([name]) => name);
    // The key of `holdfast serve`, which is no worker, is none of its business.
    const known = Object.keys(environmentSchema.shape).filter(
      (name) => name !== 'HOLDFAST_API_KEY',
    );
    expect(handedOver.sort()).toEqual(known.sort());
  });

  it('waits longer than a stopping worker takes before it kills it', () => {
    const [, seconds] = /^(\d+)s$/.exec(services.worker.stop_grace_period!)!;
    const graceMs = environmentSchema.parse({}).HOLDFAST_SHUTDOWN_GRACE_MS;
    expect(Number(seconds) * 1_000).toBeGreaterThanOrEqual(graceMs + 10_000);
  });

  it('creates the namespace that the worker polls, with a retention of its own', () => {
    const { TEMPORAL_NAMESPACE: namespace, RETENTION: retention } = services.namespace.environment!;
    expect(retention).toMatch(/^\d+h$/);
    expect(services.namespace.command!.join()).toContain('--retention "$$RETENTION"');
    expect(services.worker.environment!['TEMPORAL_NAMESPACE']).toBe(namespace);
    expect(services.web.environment!['TEMPORAL_DEFAULT_NAMESPACE']).toBe(namespace);
  });

  it('gives V8 75 to 80 % of the worker’s memory', () => {
    const limitMiB = Number(/^(\d+)g$/.exec(services.worker.mem_limit!)![1]) * 1024;
    const heapMiB = Number(
      /--max-old-space-size=(\d+)/.exec(String(services.worker.environment!['NODE_OPTIONS']))![1],
    );
    expect(heapMiB / limitMiB).toBeGreaterThanOrEqual(0.75);
    expect(heapMiB / limitMiB).toBeLessThanOrEqual(0.8);
  });
});

describe('the server’s dynamic configuration', () => {
  const { environment, volumes } = services.temporal;
  const [source, target, mode] = volumes![0]!.split(':');

  it('is the file that the server is told to read', () => {
    expect(environment!['DYNAMIC_CONFIG_FILE_PATH']).toBe(target);
    expect(mode).toBe('ro');
    expect(existsSync(join(root, source!))).toBe(true);
  });

  it('says what the dev server is told', () => {
    const file = parse(read(source!)) as Readonly<Record<string, readonly { value: unknown }[]>>;
    expect(file).toEqual(
      Object.fromEntries(serverSettings.map(({ key, value }) => [key, [{ value }]])),
    );
  });
});

describe('Dockerfile', () => {
  const instructions = read('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name, ...rest] = line.split(/\s+/);
      return { name, rest };
    });
  const ignored = read('.dockerignore').split('\n');
  const { include } = JSON.parse(read('tsconfig.build.json')) as { readonly include: string[] };
  const builtFolders = include.map((pattern) => pattern.split('/')[0]!);
  const all = (name: string): string[][] =>
    instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);

  it('is built on Debian’s Node.js in a named version, which the package allows', () => {
    const bases = all('FROM').map(([image]) => image);
    expect(new Set(bases).size).toBe(1);
    const [, major] = /^node:(\d+)(?:\.\d+)*-slim$/.exec(bases[0]!)!;
    expect(Number(major)).toBeGreaterThanOrEqual(20);
  });

  it('copies what exists', () => {
    const sources = all('COPY')
      .filter(([first]) => !first!.startsWith('--from='))
      .flatMap((paths) => paths.slice(0, -1));
    expect(sources).toContain('.');
    for (const source of sources) {
      expect(existsSync(join(root, source))).toBe(true);
    }
  });

  it('is built from every folder that the build compiles', () => {
    for (const folder of builtFolders) {
      expect(ignored).not.toContain(folder);
    }
  });

  it('keeps every package that the worker imports when it leaves the development ones out', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: object };
    const sources = builtFolders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    );
    const imported = sources.flatMap((path) =>
      [...read(path).matchAll(/^(?:import|export)\s(?!type\s)[^;]*?from '([^.][^']*)';/gm)].map(
        ([, name]) => name!.split('/', name!.startsWith('@') ? 2 : 1).join('/'),
      ),
    );
    expect(imported).toContain('@temporalio/worker');
    const missing = imported.filter((name) => !name.startsWith('node:') && !(name in dependencies));
    expect(new Set(missing)).toEqual(new Set());
  });

  it('takes no secrets and no local build into the image', () => {
    expect(ignored).toEqual(
      expect.arrayContaining(['**/.env*', '.git', '.holdfast', 'node_modules', 'dist']),
    );
  });

  it('runs as a user without rights', () => {
    const positions = instructions.map(({ name }) => name);
    expect(all('USER')).toEqual([['node']]);
    expect(positions.indexOf('USER')).toBeGreaterThan(positions.lastIndexOf('FROM'));
    expect(positions.indexOf('USER')).toBeGreaterThan(positions.lastIndexOf('COPY'));
  });

  it('starts the worker as a process that SIGTERM reaches', () => {
    expect(all('STOPSIGNAL')).toEqual([['SIGTERM']]);
    // A list, not a line: a shell in between would keep the signal to itself.
    expect(JSON.parse(all('CMD')[0]!.join(' '))).toEqual(['node', 'dist/client/main.js', 'worker']);
  });
});
