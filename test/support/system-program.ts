/** Programs that npm does not bring: `redis-server`, `chromium`, `tmux`. What needs one that is missing is skipped, and says so. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Where `name` is on the PATH, or undefined. */
export function systemProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

/** `describe`, or a loud skip where `program` is not installed. */
export function describeWith(program: string, title: string, body: (file: string) => void): void {
  const file = systemProgram(program);
  if (file !== undefined) describe(title, () => body(file));
  else describe.skip(`${title} (SKIPPED: \`${program}\` is not on the PATH)`, () => body(program));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
