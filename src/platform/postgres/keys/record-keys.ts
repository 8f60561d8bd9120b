import { randomBytes } from 'node:crypto';
import type { Database } from '../database.ts';
import { statement } from '../statement.ts';
import { checkKeys, type KeyCheckOptions } from './check-keys.ts';
import { firstRing, sealRing } from './key-ring.ts';
import { masterKeyId, wrapRingKey } from './master-key.ts';
import { openStoredRing, readStoredRing, type OpenedRing } from './stored-ring.ts';

const insertRing = statement<{ version: number }>('insert_key_ring', 'insert into key_ring (version, sealed, changed_at) values (1, $1, app_now()) on conflict do nothing returning version');
const insertMaster = statement('insert_master_key', 'insert into master_key (key_id, wrapped_ring_key, added_at) values ($1, $2, app_now())');

/**
 * Opens the key ring of a migrated database, and records the master key when none was recorded yet. Of several processes that
 * start first at the same time, one records its key; the others open with it or are refused. Throws a `KeyFault` when no key fits.
 */
export async function openKeyRing(database: Pick<Database, 'system'>, options: KeyCheckOptions): Promise<OpenedRing> {
  const { state, key } = await checkKeys(options);
  if (state !== 'RECORDED') await recordKey(database, key.bytes);
  const stored = await database.system((sql) => readStoredRing(sql));
  if (!stored) throw new Error('the key ring that was just stored is not there');
  return openStoredRing(stored, options.keys);
}

async function recordKey(database: Pick<Database, 'system'>, masterKey: Buffer): Promise<void> {
  const ringKey = randomBytes(32);
  await database.system(async (sql) => {
    // Who comes second waits here until the first has committed.
    const made = await sql.rows(insertRing, [sealRing(ringKey, firstRing(masterKey))]);
    if (made.length > 0) await sql.rows(insertMaster, [masterKeyId(masterKey), wrapRingKey(masterKey, ringKey)]);
  });
}
