import { randomBytes } from 'node:crypto';
import { access, chmod, chown, constants, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EmbeddedFault } from './embedded-fault.ts';
import { freePort, runProgram, type ServerOptions } from './server-process.ts';

const keptSchema = z.object({ port: z.int(), adminPassword: z.string().min(1), appPassword: z.string().min(1) });
/** What is kept beside the data: the port of the last time and the logins' passwords. */
export type Kept = z.infer<typeof keptSchema>;

/** Makes the folder when it is missing, and makes sure that it can be written to. */
export async function openFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new EmbeddedFault('FOLDER_NOT_WRITABLE', `The data folder ${folder} cannot be written to${why}. Give this user the right to, or name another folder.`);
  }
  // Root's server runs as another user, which has to pass.
  const { uid, mode } = await stat(folder);
  if (process.getuid?.() === 0 && uid === 0) await chmod(folder, mode | 0o111);
}

/** The data's own state: what is kept beside it, after making both when the folder is new. */
export async function prepareData(folder: string, options: ServerOptions): Promise<Kept> {
  const version = await readFile(join(options.data, 'PG_VERSION'), 'utf8').catch(() => null);
  const kept = await readKept(folder);
  if (version === null) {
    await requireNoData(folder, options.data);
    const fresh = kept ?? { port: await freePort(), adminPassword: newPassword(), appPassword: newPassword() };
    // First, so that no data exists whose password nobody knows.
    await writeKept(folder, fresh);
    await initialise(folder, fresh, options);
    return fresh;
  }
  if (!kept) {
    throw new EmbeddedFault('FOLDER_INCOMPLETE', `${keptFile(folder)}, which holds the passwords of the database beside it, is missing or damaged. Restore it from a backup, or remove ${folder} to start empty.`);
  }
  if (version.trim() !== options.binaries.major) {
    throw new EmbeddedFault(
      'OTHER_MAJOR_VERSION',
      `The data in ${folder} was written by PostgreSQL ${version.trim()}, and this program brings PostgreSQL ${options.binaries.major}. Start the program's version that wrote it, or name another folder; data moves between major versions by pg_upgrade or by dump and restore.`,
    );
  }
  return kept;
}

/** Keeps port and passwords for the next start, readable by the folder's owner alone. */
export async function writeKept(folder: string, kept: Kept): Promise<void> {
  const file = keptFile(folder);
  const written = await open(`${file}.new`, 'w', 0o600);
  await written.writeFile(`${JSON.stringify(kept, null, 2)}\n`);
  await written.sync();
  const { uid, gid } = await stat(folder);
  if (process.getuid?.() === 0) await written.chown(uid, gid);
  await written.close();
  await rename(`${file}.new`, file);
}

/** Reads what is kept; null where there is nothing, or nothing whole. */
export async function readKept(folder: string): Promise<Kept | null> {
  try {
    return keptSchema.parse(JSON.parse(await readFile(keptFile(folder), 'utf8')));
  } catch {
    return null;
  }
}

async function requireNoData(folder: string, data: string): Promise<void> {
  const found = await stat(data).catch(() => null);
  if (found) throw new EmbeddedFault('FOLDER_INCOMPLETE', `${data} is there but holds no database. Restore it from a backup, or remove ${folder} to start empty.`);
}

function keptFile(folder: string): string {
  return join(folder, 'server.json');
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** Under another name first: a folder named `data` is whole, whenever we were killed. */
async function initialise(folder: string, kept: Kept, { binaries, data, user, durable }: ServerOptions): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('new-')) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
  const scratch = join(folder, `new-${randomBytes(6).toString('hex')}`);
  const [fresh, passwordFile] = [join(scratch, 'data'), join(scratch, 'password')];
  await mkdir(scratch, { mode: 0o700 });
  const password = await open(passwordFile, 'w', 0o600);
  await password.writeFile(`${kept.adminPassword}\n`);
  await password.close();
  for (const path of user ? [scratch, passwordFile] : []) await chown(path, user?.uid ?? 0, user?.gid ?? 0);
  await runProgram(
    binaries.initdb,
    [
      `--pgdata=${fresh}`,
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The builtin provider decides; the C library's locale beside it exists under this name on Linux only.
      `--locale=${process.platform === 'linux' ? 'C.UTF-8' : 'C'}`,
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ],
    user,
  );
  await rename(fresh, data);
  await rm(scratch, { recursive: true });
}
