import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openFolder } from '../platform/postgres/data-folder.ts';
import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import type { MasterKey } from '../platform/postgres/keys/master-key.ts';
import type { Config } from './config.ts';
import { makeSecretsFile, readSecretsFile, replaceSecretsFile, secretsFile, type SecretsFile } from './secrets-file.ts';

/** The secrets of an installation. */
export interface Secrets {
  /** Null: tokens are signed by the issuer, or with the secret of the configuration. */
  readonly tokenSecret: string | null;
  /** The master keys this process may use, in the order of preference. */
  readonly masterKeys: readonly [MasterKey, ...MasterKey[]];
}

type SecretsConfig = Pick<Config, 'masterKey' | 'keys' | 'database' | 'dataFolder'>;

/**
 * The secrets to start with: of the configuration, and of secrets.json in the data folder for those it does not give. The
 * file is made at the first start, before there is data; a folder that has data and no file is refused with a `KeyFault`.
 */
export async function startSecrets(config: SecretsConfig): Promise<Secrets> {
  if (config.masterKey && config.keys) return readSecrets(config);
  const hasData = await holdsData(config.dataFolder);
  const kept = await readSecretsFile(config.dataFolder, { hasData });
  const wanted: SecretsFile = {
    tokenSecret: kept?.tokenSecret ?? randomBytes(32).toString('base64url'),
    masterKeys: kept && kept.masterKeys.length > 0 ? kept.masterKeys : config.masterKey ? [] : [randomBytes(32)],
  };
  if (!config.masterKey && hasData && (!kept || kept.masterKeys.length === 0)) throw missingKey(config.dataFolder, kept !== null);
  if (!kept) await openFolder(resolve(config.dataFolder));
  // Another process may make it at the same time: its file counts.
  if (!kept) await makeSecretsFile(config.dataFolder, wanted);
  else if (kept.masterKeys.length < wanted.masterKeys.length) await replaceSecretsFile(config.dataFolder, wanted);
  return readSecrets(config);
}

/** The secrets of an installation that has been started before, for commands and running processes. Makes nothing; throws a `KeyFault` when they cannot be had. */
export async function readSecrets(config: SecretsConfig): Promise<Secrets> {
  const given = config.masterKey && ({ bytes: config.masterKey, source: 'MASTER_KEY' } satisfies MasterKey);
  if (given && config.keys) return { tokenSecret: null, masterKeys: [given] };
  const hasData = await holdsData(config.dataFolder);
  const kept = await readSecretsFile(config.dataFolder, { hasData });
  if (given) return { tokenSecret: kept?.tokenSecret ?? null, masterKeys: [given] };
  const [first, ...more] = (kept?.masterKeys ?? []).map((bytes): MasterKey => ({ bytes, source: secretsFile(config.dataFolder) }));
  if (!kept || !first) throw hasData ? missingKey(config.dataFolder, kept !== null) : new KeyFault('FILE_MISSING', `There is no secrets.json in ${resolve(config.dataFolder)}, and no data: start the program (npm start) with this DATA_FOLDER first.`);
  return { tokenSecret: kept.tokenSecret, masterKeys: [first, ...more] };
}

/** Whether there is an embedded database in the folder. */
export function holdsData(folder: string): Promise<boolean> {
  return access(join(folder, 'data')).then(() => true, () => false);
}

function missingKey(folder: string, hasFile: boolean): KeyFault {
  const file = secretsFile(folder);
  return hasFile
    ? new KeyFault('KEY_MISSING', `${file} has no master key, and MASTER_KEY is not set: set MASTER_KEY to the key that the data in ${resolve(folder)} was written with, from your secret store or a backup (nothing was changed).`)
    : new KeyFault('FILE_MISSING', `${file} is missing, and without its key the data in ${resolve(folder)} cannot be read: restore the file from a backup, or set MASTER_KEY to the key it held (nothing was changed).`);
}
