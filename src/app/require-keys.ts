import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import type { Config } from './config.ts';
import { checkInstallation } from './open-keys.ts';
import { readSecrets } from './secrets.ts';

/** Ends a command with one sentence and exit code 1, before it does anything, when the master key does not fit the database. */
export async function requireFittingKeys(config: Config, url: string): Promise<void> {
  await orRefuse(async () => checkInstallation(url, (await readSecrets(config)).masterKeys));
}

/** Does what a command needs of the keys; a `KeyFault` ends the command with its sentence and exit code 1. */
export async function orRefuse<Result>(body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
