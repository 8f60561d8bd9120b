import { randomBytes } from 'node:crypto';
import type { Database } from '../database.ts';
import { statement } from '../statement.ts';
import { KeyFault } from './key-fault.ts';
import { processesWithKey } from './key-locks.ts';
import { masterKeyId, wrapRingKey, type MasterKey } from './master-key.ts';
import { lockOpenRing, storeChanged } from './rotate-keys.ts';

/** What retiring takes. */
export interface RetireOptions {
  readonly database: Database;
  /** The key that stays. */
  readonly key: MasterKey;
  /** The id of a key to retire. Null: every key that is older than the one that stays. */
  readonly keyId: string | null;
}

const rewrapRingKey = statement('rewrap_ring_key', 'update master_key set wrapped_ring_key = $2 where key_id = $1');
const retire = statement('retire_master_key', 'update master_key set wrapped_ring_key = null, retired_at = app_now() where key_id = any($1::text[])');

/**
 * Ends the validity of master keys, under a new ring key that they cannot open. Refuses while a running process uses one,
 * and while rows are still sealed under an earlier wrapping key. Returns the ids of those it retired.
 */
export async function retireKeys({ database, key, keyId }: RetireOptions): Promise<readonly string[]> {
  const own = masterKeyId(key.bytes);
  return database.system(async (sql) => {
    const { ring, masters } = await lockOpenRing(sql, [key]);
    const valid = masters.filter(({ wrapped }) => wrapped !== null).map((master) => master.keyId);
    const leaving = keyId === null ? valid.slice(0, valid.indexOf(own)) : valid.filter((each) => each === keyId && each !== own);
    if (leaving.length === 0) {
      const newer = keyId === null && valid.length > 1;
      if (newer) throw new KeyFault('ROTATION', `${key.source} holds the older of the valid keys: set it to the new key, ${valid.at(-1)}, everywhere, and retire the old one then (nothing was changed).`);
      if (keyId !== null) throw new KeyFault('ROTATION', `${keyId} is no other valid key of this installation: npm run keys -- status lists them (nothing was changed).`);
      return [];
    }
    const older = leaving.some((each) => valid.indexOf(each) < valid.indexOf(own));
    if (older && (ring.next !== null || ring.rewrapping)) throw new KeyFault('ROTATION', 'The rotation is not finished: run npm run keys -- rotate again, and retire the old key then (nothing was changed).');
    for (const each of leaving) {
      const processes = await processesWithKey(sql, each);
      if (processes > 0) throw new KeyFault('ROTATION', `${processes} running ${processes === 1 ? 'process still uses' : 'processes still use'} key ${each}: restart ${processes === 1 ? 'it' : 'them'} with key ${own}, and retire it then (nothing was changed).`);
    }
    const ringKey = randomBytes(32);
    await sql.rows(retire, [leaving]);
    await sql.rows(rewrapRingKey, [own, wrapRingKey(key.bytes, ringKey)]);
    await storeChanged(sql, ringKey, ring);
    return leaving;
  });
}
