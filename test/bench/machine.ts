import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** The machine in one line: cores, memory, operating system, Node. */
export function readMachine(): string {
  return `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}, Node ${process.version}`;
}

/** The commit that is measured, marked when files differ from it; `unknown` outside a working copy. */
export function readCommit(): string {
  try {
    const git = (...parameters: string[]): string => execFileSync('git', parameters, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain', '--', '../../src', '../../migrations', '../../test/bench') === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}

/** The machine's load averages of 1, 5 and 15 minutes. */
export function loadNow(): string {
  return loadavg().map((load) => load.toFixed(1)).join(' ');
}
