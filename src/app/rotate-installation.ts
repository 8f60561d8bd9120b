import { randomBytes } from 'node:crypto';
import { pause } from '../platform/pause.ts';
import type { Database } from '../platform/postgres/database.ts';
import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { processesWithKey } from '../platform/postgres/keys/key-locks.ts';
import { masterKeyId, type MasterKey } from '../platform/postgres/keys/master-key.ts';
import { retireKeys } from '../platform/postgres/keys/retire-key.ts';
import { rotateKeys } from '../platform/postgres/keys/rotate-keys.ts';
import { rotateAlone } from '../platform/postgres/keys/rotation-lock.ts';
import type { RewrapCount } from '../platform/postgres/keys/rewrap-tables.ts';
import { readStoredRing } from '../platform/postgres/keys/stored-ring.ts';
import type { KeySources } from './keys-sources.ts';
import { wrappedTables, type MasterKeys } from './open-keys.ts';
import { readSecretsFile, replaceSecretsFile, secretsFile } from './secrets-file.ts';

type Say = (line: string) => void;

/** Rotates the master key of an installation that is given it as MASTER_KEY. The old key stays valid until it is retired. */
export function rotateGivenKey(sources: KeySources, say: Say): Promise<void> {
  return rotateAlone(sources.database, () => rotateGiven(sources, say));
}

async function rotateGiven({ config, database, masterKeys }: KeySources, say: Say): Promise<void> {
  const newKey = config.newMasterKey && { bytes: config.newMasterKey, source: 'NEW_MASTER_KEY' };
  const count = await rotateKeys({ database, keys: newKey ? [...masterKeys, newKey] : masterKeys, newKey, tables: wrappedTables, say });
  say(counted(count));
  say('Both keys are valid. Restart every process with MASTER_KEY set to the new key, then run npm run keys -- retire with it.');
}

/**
 * Rotates the master key that secrets.json holds, beside the running program or without it. The file has both keys until the
 * old one is retired, so that a start in between finds one that fits whatever was done already.
 */
export function rotateKeptKey(sources: KeySources, say: Say): Promise<void> {
  return rotateAlone(sources.database, () => rotateKept(sources, say));
}

async function rotateKept(sources: KeySources, say: Say): Promise<void> {
  const { config, database } = sources;
  const keys = await keysInFile(sources);
  const [newKey] = keys;
  // Killed between retiring the old key and writing the file, a rotation lacks the file alone.
  const done = (await validKeys(database)).join() === masterKeyId(newKey.bytes);
  if (!done) say(counted(await rotateKeys({ database, keys, newKey, tables: wrappedTables, say })));
  // The program that runs reads the file when keys change.
  for (const key of keys.slice(1)) await whenUnused(sources, key, say);
  await retireKeys({ database, key: newKey, keyId: null });
  const kept = await readSecretsFile(config.dataFolder, { hasData: true });
  if (kept) await replaceSecretsFile(config.dataFolder, { ...kept, masterKeys: [newKey.bytes] });
  say(`The old key is retired. Back up ${secretsFile(config.dataFolder)}: backups of it from before open older backups of the data only.`);
}

/** The new key and the old one, in the file before they are in the database. */
async function keysInFile({ config }: KeySources): Promise<MasterKeys> {
  const source = secretsFile(config.dataFolder);
  // Read again: another rotation may have ended since this command began.
  const kept = await readSecretsFile(config.dataFolder, { hasData: true });
  if (!kept) throw new KeyFault('FILE_MISSING', `${source} is missing: restore it from a backup (nothing was changed).`);
  const [first, ...more] = kept.masterKeys.map((bytes): MasterKey => ({ bytes, source }));
  if (first && more.length > 0) return [first, ...more];
  const fresh: MasterKey = { bytes: config.newMasterKey ?? randomBytes(32), source };
  await replaceSecretsFile(config.dataFolder, { ...kept, masterKeys: [fresh.bytes, ...kept.masterKeys] });
  return first ? [fresh, first] : [fresh];
}

async function validKeys(database: Database): Promise<string[]> {
  const stored = await database.system((sql) => readStoredRing(sql));
  return (stored?.masters ?? []).filter(({ wrapped }) => wrapped !== null).map(({ keyId }) => keyId);
}

async function whenUnused({ database }: KeySources, key: MasterKey, say: Say): Promise<void> {
  for (let told = false; ; told = true) {
    if ((await database.system((sql) => processesWithKey(sql, masterKeyId(key.bytes)))) === 0) return;
    if (!told) say('Waiting for the running program to change to the new key …');
    await pause(200);
  }
}

const counted = ({ found, moved }: RewrapCount): string => `${moved} of ${found} sealed keys were moved under the new key; the others were there already.`;
