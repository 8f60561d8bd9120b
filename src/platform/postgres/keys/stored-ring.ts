import { statement, type Sql } from '../statement.ts';
import { otherKey, KeyFault, retiredKey } from './key-fault.ts';
import { openRing, type KeyRing } from './key-ring.ts';
import { masterKeyId, unwrapRingKey, type MasterKey } from './master-key.ts';

/** A master key that the database knows. */
export interface MasterRow {
  readonly keyId: string;
  /** The ring key under it; null once retired. */
  readonly wrapped: Buffer | null;
  /** `YYYY-MM-DD`, UTC. */
  readonly addedOn: string;
  /** `YYYY-MM-DD`, UTC; null while it is valid. */
  readonly retiredOn: string | null;
}

/** The key ring as the database has it. */
export interface StoredRing {
  readonly version: number;
  readonly sealed: Buffer;
  /** The oldest first. */
  readonly masters: readonly MasterRow[];
}

const ringRow = (name: string, lock: string) => statement<{ version: number; sealed: Buffer }>(name, `select version, sealed from key_ring ${lock}`);
const readRing = ringRow('read_key_ring', '');
const lockRing = ringRow('lock_key_ring', 'for update');
const readMasters = statement<MasterRow>(
  'read_master_keys',
  `select key_id as "keyId", wrapped_ring_key as wrapped, to_char(added_at at time zone 'UTC', 'YYYY-MM-DD') as "addedOn",
          to_char(retired_at at time zone 'UTC', 'YYYY-MM-DD') as "retiredOn" from master_key order by ordinal`,
);

/** Reads the key ring in one transaction; null when none was stored yet. `lock`: until the transaction ends, for changing it. */
export async function readStoredRing(sql: Sql, { lock = false } = {}): Promise<StoredRing | null> {
  const [ring] = await sql.rows(lock ? lockRing : readRing);
  return ring ? { ...ring, masters: await sql.rows(readMasters) } : null;
}

/** The key ring, opened. */
export interface OpenedRing {
  readonly version: number;
  readonly ring: KeyRing;
  readonly ringKey: Buffer;
  /** The master key that opened it. */
  readonly key: MasterKey;
  readonly masters: readonly MasterRow[];
}

/** Opens a stored ring with the first of some master keys that fits. Throws a `KeyFault` when none does. */
export function openStoredRing({ version, sealed, masters }: StoredRing, keys: readonly MasterKey[]): OpenedRing {
  const known = keys.map((key) => ({ key, row: masters.find(({ keyId }) => keyId === masterKeyId(key.bytes)) }));
  const valid = known.find(({ row }) => row?.wrapped);
  if (valid?.row?.wrapped) {
    const ringKey = unwrapRingKey(valid.key.bytes, valid.row.wrapped);
    const ring = ringKey && openRing(ringKey, sealed);
    if (!ringKey || !ring) throw new KeyFault('RING_DAMAGED', `The database's key ring (tables key_ring and master_key) is damaged: restore the database from a backup (nothing was changed).`);
    return { version, ring, ringKey, key: valid.key, masters };
  }
  const successors = masters.filter(({ wrapped }) => wrapped !== null).map(({ keyId }) => keyId);
  const retired = known.find(({ row }) => row?.retiredOn);
  if (retired?.row?.retiredOn) throw retiredKey(retired.key, { on: retired.row.retiredOn, successors });
  throw otherKey(keys, successors);
}
