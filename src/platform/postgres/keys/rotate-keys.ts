import { pause } from '../../pause.ts';
import type { Database } from '../database.ts';
import { statement, type Sql } from '../statement.ts';
import { KeyFault } from './key-fault.ts';
import { processesByVersion } from './key-locks.ts';
import { sealRing, withNextKey, type KeyRing } from './key-ring.ts';
import { masterKeyId, wrapRingKey, type MasterKey } from './master-key.ts';
import { rewrapTables, type RewrapCount } from './rewrap-tables.ts';
import { openStoredRing, readStoredRing, type OpenedRing } from './stored-ring.ts';
import type { WrappedTable } from './wrapped-table.ts';

/** What a rotation works with. */
export interface RotateOptions {
  readonly database: Database;
  /** Keys that open the ring: any that is valid. */
  readonly keys: readonly MasterKey[];
  /** The key to change to. Null: go on with the rotation that was begun. */
  readonly newKey: MasterKey | null;
  readonly tables: readonly WrappedTable[];
  /** Told of each step, in a line for the operator. */
  say(line: string): void;
}

const addMaster = statement('add_master_key', 'insert into master_key (key_id, wrapped_ring_key, added_at) values ($1, $2, app_now())');
const storeRing = statement('store_key_ring', 'update key_ring set version = version + 1, sealed = $1, changed_at = app_now()');

/** Opens the stored ring in a transaction, holding it against other changes until that ends. Throws when there is none. */
export async function lockOpenRing(sql: Sql, keys: readonly MasterKey[]): Promise<OpenedRing> {
  const stored = await readStoredRing(sql, { lock: true });
  if (!stored) throw new KeyFault('ROTATION', 'This database has no key ring yet: start the program on it once, and rotate then.');
  return openStoredRing(stored, keys);
}

/** Stores a changed ring; processes that run load it within a second or two. */
export async function storeChanged(sql: Sql, ringKey: Buffer, ring: KeyRing): Promise<void> {
  await sql.rows(storeRing, [sealRing(ringKey, ring)]);
}

/**
 * Makes a new master key valid beside the present one, and moves every wrapped key under a new wrapping key. Both master keys
 * open everything until the old one is retired. Each step is committed on its own and can be repeated: a rotation that was
 * killed goes on where it was.
 *
 * First every running process loads the new wrapping key, then they seal with it, then rows are moved: no process meets a
 * row that it cannot read.
 */
export async function rotateKeys(options: RotateOptions): Promise<RewrapCount> {
  const { database, keys, tables, say } = options;
  await begin(options);
  await everyProcessLoads(options);
  await database.system(async (sql) => {
    const { ring, ringKey } = await lockOpenRing(sql, keys);
    if (ring.next !== null) await storeChanged(sql, ringKey, { ...ring, current: ring.next, next: null, rewrapping: true });
  });
  const { ring } = await everyProcessLoads(options);
  const moved = await rewrapTables({ database, ring, tables, say });
  await database.system(async (sql) => {
    const { ring: now, ringKey } = await lockOpenRing(sql, keys);
    if (now.rewrapping) await storeChanged(sql, ringKey, { ...now, rewrapping: false });
  });
  return moved;
}

async function begin({ database, keys, newKey, say }: RotateOptions): Promise<void> {
  await database.system(async (sql) => {
    const { ring, ringKey, masters } = await lockOpenRing(sql, keys);
    const valid = masters.filter(({ wrapped }) => wrapped !== null).map(({ keyId }) => keyId);
    const underWay = ring.next !== null || ring.rewrapping || valid.length > 1;
    const wanted = newKey && masterKeyId(newKey.bytes);
    if (underWay && (wanted === null || valid.includes(wanted))) return say('Resuming the rotation that was begun.');
    if (underWay) throw new KeyFault('ROTATION', `A rotation to key ${valid.at(-1)} is not finished: finish it with that key, or retire that key, before you rotate to another (nothing was changed).`);
    if (!newKey || wanted === null) throw new KeyFault('ROTATION', 'NEW_MASTER_KEY must be given: 32 random bytes in base64, such as openssl rand -base64 32 prints.');
    if (masters.some(({ keyId }) => keyId === wanted)) throw new KeyFault('ROTATION', `NEW_MASTER_KEY holds the key ${wanted}, which this installation has or had already: give a new one (nothing was changed).`);
    await sql.rows(addMaster, [wanted, wrapRingKey(newKey.bytes, ringKey)]);
    await storeChanged(sql, ringKey, withNextKey(ring));
    say(`Key ${wanted} is valid now, beside ${valid.join(', ')}.`);
  });
}

/** Waits until no running process has an earlier version of the ring than the present one. */
async function everyProcessLoads({ database, keys, say }: RotateOptions): Promise<OpenedRing> {
  let told = 0;
  for (;;) {
    const stored = await database.system((sql) => readStoredRing(sql));
    if (!stored) throw new Error('the key ring is gone');
    const versions = await database.system((sql) => processesByVersion(sql));
    const behind = [...versions].filter(([version]) => version !== stored.version).reduce((sum, [, processes]) => sum + processes, 0);
    if (behind === 0) return openStoredRing(stored, keys);
    if (behind !== told) say(`Waiting for ${behind} running ${behind === 1 ? 'process' : 'processes'} to load the new key …`);
    told = behind;
    await pause(200);
  }
}
