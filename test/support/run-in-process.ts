/** A subcommand in this process: what it says, and how it ends. */
import { createProgram } from '../../client/commands/program';

export interface Said {
  readonly output: string;
  readonly errors: string;
  readonly code: number;
  readonly failure?: string;
}

/** As `holdfast …` in a terminal. */
export async function runInProcess(...words: readonly string[]): Promise<Said> {
  const said = { output: '', errors: '' };
  const listen = (stream: 'stdout' | 'stderr', key: keyof typeof said) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[key] += String(text);
      return true;
    });
  const spies = [listen('stdout', 'output'), listen('stderr', 'errors')];
  const before = process.exitCode;
  process.exitCode = 0;
  let failure: string | undefined;
  try {
    await createProgram().parseAsync(['node', 'holdfast', ...words]);
  } catch (error) {
    failure = (error as Error).message;
  }
  const code = Number(process.exitCode);
  process.exitCode = before;
  for (const spy of spies) spy.mockRestore();
  return { ...said, code, ...(failure !== undefined && { failure }) };
}
