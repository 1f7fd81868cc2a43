import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Temporary folders of one test file, removed together. */
export class TemporaryFolders {
  private readonly folders: string[] = [];

  async make(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    this.folders.push(folder);
    return folder;
  }

  async removeAll(): Promise<void> {
    for (const folder of this.folders.splice(0)) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
