import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedFault } from './embedded-fault.ts';

/** The operating system's user that the server runs as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * As whom to run the server: as ourselves (null), but not as root, which PostgreSQL refuses. Root's server runs as the
 * owner of the data, or as the machine's user postgres while there is none.
 */
export async function serverUser(data: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(data).catch(() => null);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const found = readPostgresUser();
  if (found) return found;
  // As a package's installer would.
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const made = readPostgresUser();
  if (made) return made;
  throw new EmbeddedFault(
    'NO_SERVER_USER',
    'PostgreSQL refuses to run as root, and this machine has no user named postgres to run it as. Make one (useradd --system postgres), or start the program as an ordinary user.',
  );
}

function readPostgresUser(): ServerUser | null {
  const fields = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return fields ? { uid: Number(fields[1]), gid: Number(fields[2]) } : null;
}

/** Throws when the server's user may not walk to a file or folder: one on the way is closed to it, often root's home. */
export async function requireReachable(path: string, user: ServerUser | null): Promise<void> {
  if (!user) return;
  const real = await realpath(path);
  for (let step = real; step !== dirname(step); step = dirname(step)) {
    const { uid, gid, mode } = await stat(step);
    const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (mode & execute) continue;
    throw new EmbeddedFault(
      'PATH_NOT_REACHABLE',
      `Started by root, PostgreSQL runs as another user (${user.uid}), which may not pass ${step} on the way to ${real}. Allow it (chmod o+x ${step}), move it elsewhere, start the program as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
}
