/**
 * Text that people wrote, for results that are unlike one another: the descriptions in Node's own types, about 2 MB. It
 * can be compressed as such text can, which a repeated word would not show.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export type Passages = (index: number, characters: number) => string;

/** Of one begin and the next: this part of the whole, so that neighbours have little in common. */
const golden = 0.6180339887;

/** The same passage for the same index. */
export function readPassages(): Passages {
  const text = corpus();
  return (index, characters) => {
    const room = text.length - characters;
    const start = Math.floor(((index * golden) % 1) * room);
    return text.slice(start, start + characters);
  };
}

function corpus(): string {
  const folder = path.dirname(require.resolve('@types/node/package.json'));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.d.ts'))
    .sort()
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .join('\n')
    .replaceAll(/[^\x20-\x7e\n]/g, '?');
}
