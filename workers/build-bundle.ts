/** Part of `npm run build`: the workflow bundle, so that workers start without webpack. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildWorkflowBundle } from './workflow-code';

const inlineSourceMap =
  /(?<=\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,)[\w+/=]+/;

async function build(): Promise<void> {
  const dist = path.join(__dirname, '..');
  const file = path.join(dist, 'workflow-bundle.js');
  await buildWorkflowBundle(file);
  const code = await readFile(file, 'utf8');
  await writeFile(
    file,
    code.replace(inlineSourceMap, (map) => withoutFolder(map, path.dirname(dist))),
  );
}

/** The folder that it was built in is nobody's business. */
function withoutFolder(map: string, folder: string): string {
  const text = Buffer.from(map, 'base64').toString().replaceAll(`${folder}/`, '');
  return Buffer.from(text).toString('base64');
}

build().catch((error: unknown) => {
  process.stderr.write(`The workflow bundle cannot be built: ${String(error)}\n`);
  process.exitCode = 1;
});
