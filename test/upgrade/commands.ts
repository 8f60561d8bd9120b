import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

/** What a command came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the program as npm does, with nothing in its environment but what is given. */
export function runCommandLine(script: 'backup' | 'restore' | 'audit' | 'migrate', parameters: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((done) => {
    execFile(process.execPath, ['--disable-warning=TimeoutNegativeWarning', '--import', 'tsx', `src/app/${script}.ts`, ...parameters], { cwd: resolve(import.meta.dirname, '../..'), env: { PATH: process.env['PATH'], ...env } }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });
}
