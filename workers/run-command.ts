import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Environment variables as they come from `process.env`; always handed in, never read from the process here. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The absolute path of a program, or `undefined`. Looked up here and not left to `spawn`: with an environment
 * without PATH the operating system falls back to a built-in one, and would find what the caller ruled out.
 */
export async function findOnPath(
  name: string,
  environment: Environment,
): Promise<string | undefined> {
  const folders = (environment.PATH ?? environment.Path ?? '').split(delimiter).filter(Boolean);
  const fileName = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of folders) {
    const path = join(folder, fileName);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface RunCommandOptions {
  readonly command: string;
  readonly commandArguments: readonly string[];
  readonly environment: Environment;
  readonly timeoutMs: number;
}

/** Runs a program to its end and gives its standard output; fails with the last line that it wrote to standard error. */
export function runCommand(options: RunCommandOptions): Promise<string> {
  const { command, commandArguments, environment, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, {
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let output = '';
    let errorOutput = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errorOutput += text));
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(output);
      const why = timedOut
        ? `no end after ${timeoutMs / 1000} s`
        : `ended with ${signal ?? `code ${code}`}`;
      reject(
        new Error([why, lastLine(errorOutput) ?? lastLine(output)].filter(Boolean).join(': ')),
      );
    });
  });
}

/** The last line with anything in it, cut to what fits a terminal line or two. */
export function lastLine(text: string): string | undefined {
  const line = text.split('\n').findLast((candidate) => candidate.trim() !== '');
  return line?.trim().slice(0, 300);
}

/** What went wrong, in one line; `fetch failed` alone says nothing, its cause does. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const message =
    cause && cause.message !== '' ? `${error.message}: ${cause.message}` : error.message;
  return message.split('\n')[0] ?? message;
}
