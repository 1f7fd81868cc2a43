/** What the README says is there. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createProgram } from '../../client/commands/program';
import packageJson from '../../package.json';
import { environmentSchema } from '../../workers/environment';
import { repository } from '../support/processes';
import { codeBlocks, readme, readmeSection, tableRows } from '../support/readme';

describe('commands', () => {
  const scripts = Object.keys(packageJson.scripts);
  const subcommands = createProgram().commands.map((command) => command.name());

  test('every npm script that it names exists', () => {
    const run = [...readme.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name!);
    const short = [...readme.matchAll(/npm (start|test)\b/g)].map(([, name]) => name!);

    expect(run).toContain('demo:crash');
    expect(short).toContain('start');
    expect(scripts).toEqual(expect.arrayContaining([...run, ...short]));
  });

  test('the table has every subcommand with its arguments, and no other', () => {
    const usages = tableRows(readmeSection('Command line')).map(([cell]) => cell);

    const known = createProgram().commands.map((command) => {
      const argumentNames = command.registeredArguments.map((argument) =>
        argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
      );
      return `\`${['holdfast', command.name(), ...argumentNames].join(' ')}\``;
    });
    expect(new Set(usages)).toEqual(new Set(known));
  });

  test('every other `holdfast …` is a subcommand', () => {
    const named = [...readme.matchAll(/(?:npx|`|-- )holdfast ([a-z]+)/g)].map(([, name]) => name!);
    expect(subcommands).toEqual(expect.arrayContaining(named));
  });
});

test('the table of variables says what workers/environment.ts says', () => {
  const table = /<!-- configuration:.*?-->(.*?)<!-- \/configuration -->/s.exec(readme)?.[1] ?? '';
  const defaults: Readonly<Record<string, string | number | undefined>> = environmentSchema.parse(
    {},
  );
  const described = Object.entries(environmentSchema.shape).map(([name, field]) => [
    `\`${name}\``,
    `${defaults[name] ?? 'unset'}`,
    field.description,
  ]);

  expect(tableRows(table)).toEqual(described);
});

test('every link within the repository leads somewhere', () => {
  const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  const local = links.filter((link) => !/^(https?:|#)/.test(link));
  const anchors = links.filter((link) => link.startsWith('#'));
  const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => `#${slug(heading!)}`);

  expect(local).toContain('docs/pictures/chat.png');
  expect(local.filter((link) => !existsSync(path.join(repository, link)))).toEqual([]);
  expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
});

test('every block of TypeScript compiles against the public entries', async () => {
  const blocks = codeBlocks(readme, 'ts');
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-readme-'));
  try {
    await symlink(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
    for (const [index, block] of blocks.entries()) {
      await writeFile(path.join(folder, `block-${index + 1}.ts`), block);
    }
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(compilerSettings()));

    expect(blocks.length).toBeGreaterThan(5);
    expect(await compilerErrors(folder)).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);

/** A heading's anchor, as GitHub makes it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** As strict as a careful user's, with the package's entries taken from the source. */
function compilerSettings(): object {
  const entries = Object.entries(packageJson.exports).flatMap(([entry, target]) => {
    if (typeof target === 'string') return [];
    const source = target.default.replace('./dist/', '').replace(/\.js$/, '.ts');
    return [[entry.replace('.', packageJson.name), [path.join(repository, source)]]];
  });
  return {
    compilerOptions: {
      noEmit: true,
      strict: true,
      target: 'es2022',
      lib: ['es2024'],
      module: 'esnext',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      types: ['node'],
      esModuleInterop: true,
      skipLibCheck: true,
      paths: Object.fromEntries(entries) as object,
    },
  };
}

function compilerErrors(folder: string): Promise<string> {
  const compiler = path.join(repository, 'node_modules', '.bin', 'tsc');
  return new Promise((resolve) => {
    execFile(compiler, ['-p', folder, '--pretty', 'false'], (error, output) =>
      resolve(output || error?.message || ''),
    );
  });
}
