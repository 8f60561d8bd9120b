import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, type ServerOptions } from './server-process.ts';

/**
 * Stops the server that a killed program left running on the data. It is stopped rather than adopted: the next one is
 * then always our child, with this version's programs and settings, and there is one way to come up, not two. Only the
 * holder of the folder's lock may call it.
 */
export async function stopLeftoverServer(options: ServerOptions): Promise<void> {
  const { binaries, data, user } = options;
  const pidFile = join(data, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch(() => null);
  if (text === null) return;
  const pid = Number.parseInt(text, 10);
  if (!isServerOn(pid, data)) {
    // Its pid may belong to somebody else by now, which PostgreSQL would take for a running server. Otherwise the file
    // stays: by it PostgreSQL waits for the last processes of a server that was killed.
    if (isAlive(pid)) await rm(pidFile, { force: true });
    return;
  }
  const stop = (mode: string): Promise<void> => runProgram(binaries.pgCtl, ['stop', '-D', data, '-m', mode, '-t', '30'], user);
  await stop('fast').catch(async () => {
    if (isServerOn(pid, data)) await stop('immediate');
  });
}

function isServerOn(pid: number, data: string): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform === 'win32') return true;
  return commandOf(pid).includes(`-D ${data} `);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function commandOf(pid: number): string {
  if (process.platform !== 'linux') return spawnSync('ps', ['-o', 'command=', '-p', String(pid)]).stdout.toString();
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
