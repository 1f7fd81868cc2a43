import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFile,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessAlive } from './dev-server-state';

// The holder touches its lock every second. A process id alone proves nothing: after a crash it may be another's.
const TOUCH_EVERY_MS = 1_000;
const ABANDONED_AFTER_MS = 10_000;
const POLL_EVERY_MS = 50;

/**
 * Runs `work` while this process alone holds the lock file. A lock whose holder is gone is taken over; a holder that
 * lives may take as long as it needs (it may be downloading).
 */
export async function withFolderLock<Result>(options: {
  readonly path: string;
  readonly onWait: () => void;
  readonly signal: AbortSignal | undefined;
  readonly work: () => Promise<Result>;
}): Promise<Result> {
  const { path, onWait, signal, work } = options;
  const content = `${process.pid} ${randomUUID()}\n`;
  let hasSaidWaiting = false;
  while (!(await tryCreate(path, content))) {
    signal?.throwIfAborted();
    const held = await readLock(path);
    if (held?.isAbandoned) {
      await removeAbandoned(path, held.content);
      continue;
    }
    if (held !== undefined && !hasSaidWaiting) {
      onWait();
      hasSaidWaiting = true;
    }
    await sleep(POLL_EVERY_MS);
  }
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    await rm(path, { force: true });
  }
}

async function tryCreate(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readLock(
  path: string,
): Promise<{ content: string; isAbandoned: boolean } | undefined> {
  try {
    const content = await readFile(path, 'utf8');
    const { mtimeMs } = await stat(path);
    const pid = Number.parseInt(content, 10);
    // No process id yet: its holder is about to write it.
    const isHolderGone = !Number.isNaN(pid) && !isProcessAlive(pid);
    const isAbandoned = isHolderGone || Date.now() - mtimeMs > ABANDONED_AFTER_MS;
    return { content, isAbandoned };
  } catch {
    return undefined;
  }
}

/** By rename, and looked at afterwards: between reading and removing, someone else may have taken the lock over. */
async function removeAbandoned(path: string, abandonedContent: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== abandonedContent) {
      await copyFile(aside, path, constants.COPYFILE_EXCL);
    }
  } catch {
    // Another start was faster; the caller looks again.
  } finally {
    await rm(aside, { force: true });
  }
}
