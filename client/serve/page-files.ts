/** The files of the web page, as they stand in `page/`. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

export interface PageFile {
  readonly contentType: string;
  readonly content: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** By the path at which each is served: `/` for `index.html`, `/page/…` for the others. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = path.join(__dirname, 'page');
  const names = (await readdir(folder)).filter((name) => path.extname(name) in contentTypes);
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, PageFile]> => {
        const content = await readFile(path.join(folder, name), 'utf8');
        const servedAt = name === 'index.html' ? '/' : `/page/${name}`;
        return [servedAt, { contentType: contentTypes[path.extname(name)]!, content }];
      }),
    ),
  );
}
