import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Backups of small demo databases, one of each landed version, named by its last migration. */
export const fixtureFolder: string = join(import.meta.dirname, 'fixtures');

/** The master key of all of them: bytes that protect nothing. */
export const fixtureKey: Buffer = Buffer.alloc(32, 7);

/** The fixtures, the oldest first. */
export async function fixtures(): Promise<readonly { readonly name: string; readonly file: string }[]> {
  const names = (await readdir(fixtureFolder)).filter((name) => name.endsWith('.backup')).toSorted();
  return names.map((name) => ({ name: name.slice(0, -'.backup'.length), file: join(fixtureFolder, name) }));
}
