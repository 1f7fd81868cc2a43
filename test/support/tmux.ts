/** A terminal as people have it: tmux, with a server of its own per terminal. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Tmux {
  /** Types `text` as it stands. */
  readonly type: (text: string) => Promise<void>;
  /** Presses keys by tmux's names: `Enter`, `Tab`, `C-c`. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  /** Pastes as terminals do: in brackets, where the program asked for them. */
  readonly paste: (text: string) => Promise<void>;
  /** All that the terminal shows and has scrolled off; lines that it wrapped are whole. */
  readonly screen: () => Promise<string>;
  readonly waitFor: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly close: () => Promise<void>;
}

export interface TmuxOptions {
  /** The program. */
  readonly file: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly columns: number;
  readonly rows: number;
}

const patienceMs = 30_000;

/** A shell that prompts with `shell> `. */
export async function openTmux(options: TmuxOptions): Promise<Tmux> {
  const { file, folder, columns, rows } = options;
  const socket = `holdfast-${process.pid}-${Date.now()}`;
  const given = { ...process.env, CI: undefined, TMUX: undefined, ENV: undefined };
  const all = { ...given, LC_ALL: 'C.UTF-8', ...options.environment };
  const env = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const tmux = async (...parameters: readonly string[]) => {
    const { stdout } = await run(file, ['-L', socket, '-f', '/dev/null', '-u', ...parameters], {
      env: { ...env, TMUX_TMPDIR: folder } as NodeJS.ProcessEnv,
      maxBuffer: 8 * 1024 * 1024,
    });
    return stdout;
  };
  const size = ['-x', String(columns), '-y', String(rows)];
  await tmux('new-session', '-d', '-s', 'main', '-c', folder, ...size, 'sh');
  // Not every shell takes it from its environment.
  await tmux('send-keys', '-t', 'main', "PS1='shell> '", 'Enter');
  const screen = async () =>
    (await tmux('capture-pane', '-p', '-J', '-S', '-', '-t', 'main')).trimEnd();
  return {
    screen,
    type: async (text) => void (await tmux('send-keys', '-t', 'main', '-l', '--', text)),
    press: async (...keys) => void (await tmux('send-keys', '-t', 'main', ...keys)),
    async paste(text) {
      await tmux('set-buffer', '--', text);
      await tmux('paste-buffer', '-p', '-t', 'main');
    },
    async waitFor(pattern) {
      const deadline = Date.now() + patienceMs;
      for (;;) {
        const shown = await screen();
        const match = pattern.exec(shown);
        if (match) return match;
        if (Date.now() > deadline) throw new Error(`${pattern} did not come:\n${shown}`);
        await sleep(100);
      }
    },
    close: async () => void (await tmux('kill-server').catch(() => undefined)),
  };
}
