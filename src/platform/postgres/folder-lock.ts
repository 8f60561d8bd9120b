import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EmbeddedFault } from './embedded-fault.ts';

/** Proof that no other program works in the folder. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for this process. The lock is the operating system's own lock on a file, which Node reaches through
 * SQLite alone: it ends with its holder, kill -9 included. A file with a pid in it would have to be judged stale or not,
 * and pids repeat: in a container, the next start is likely to have the very pid of the last.
 */
export function lockFolder(folder: string): FolderLock {
  const holderFile = join(folder, 'holder.pid');
  const file = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    file.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    file.close();
    if (!isBusy(error)) throw error;
    const holder = readHolder(holderFile);
    const who = holder === null ? 'another process' : `process ${holder}`;
    throw new EmbeddedFault(
      'FOLDER_LOCKED',
      `The data folder ${folder} is in use by ${who}. Stop that program first, or give this one a folder of its own.`,
      holder,
    );
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return {
    release() {
      if (file.isOpen) file.close();
    },
  };
}

/** SQLITE_BUSY: somebody else has the lock. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

function readHolder(file: string): number | null {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || null;
  } catch {
    return null;
  }
}
