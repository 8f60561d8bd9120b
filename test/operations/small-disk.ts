import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A real file system of a few megabytes, which can be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all space that is left. */
  fill(): Promise<void>;
  /** Gives that space back. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Mounts a tmpfs. Needs root, as the test machines have it. */
export async function mountSmallDisk(megabytes: number, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-small-disk-'));
  await chmod(folder, 0o755);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,uid=${uid},gid=${gid},mode=755`, 'tmpfs', folder]);
  const filling = join(folder, 'filling');
  return {
    folder,
    async fill() {
      for (const bytes of [1_048_576, 4_096]) {
        for (let full = false; !full; ) {
          full = await writeFile(filling, Buffer.alloc(bytes), { flag: 'a' }).then(() => false, (error: NodeJS.ErrnoException) => (error.code === 'ENOSPC' ? true : Promise.reject(error)));
        }
      }
    },
    clear: () => rm(filling, { force: true }),
    async close() {
      await run('umount', ['-l', folder]);
      await rmdir(folder);
    },
  };
}
