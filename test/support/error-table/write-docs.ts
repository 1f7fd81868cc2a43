/** `npm run docs:failures`: writes the error table into the documentation. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attemptAll } from './attempt-all';
import { chapters } from './index';
import { toMarkdown } from './markdown';

const failuresPage = join(__dirname, '..', '..', '..', 'docs', 'failures.md');

async function main(): Promise<void> {
  writeFileSync(failuresPage, toMarkdown(chapters, await attemptAll(chapters)));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
