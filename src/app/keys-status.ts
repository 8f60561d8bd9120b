import type { Id } from '../platform/ids.ts';
import { processesWithKey } from '../platform/postgres/keys/key-locks.ts';
import { masterKeyId } from '../platform/postgres/keys/master-key.ts';
import { pagesOf } from '../platform/postgres/keys/rewrap-tables.ts';
import { openStoredRing, readStoredRing } from '../platform/postgres/keys/stored-ring.ts';
import { wrappedUnder } from '../platform/postgres/seal.ts';
import { statement } from '../platform/postgres/statement.ts';
import type { KeySources } from './keys-sources.ts';
import { wrappedTables } from './open-keys.ts';

/** What `npm run keys -- status` prints. Keys are named by ids, which reveal nothing of them. */
export interface KeysStatus {
  readonly masterKeys: readonly { readonly keyId: string; readonly status: 'valid' | 'retired'; readonly addedOn: string; readonly retiredOn: string | null; readonly runningProcesses: number }[];
  /** The one that this command was given. */
  readonly givenKeyId: string;
  /** `RUNNING`: keys are still to be moved, run rotate again. `OLD_KEY_VALID`: all are moved, the old key is to be retired. */
  readonly rotation: 'NONE' | 'RUNNING' | 'OLD_KEY_VALID';
  /** By table: keys that are sealed under the present wrapping key, and under earlier ones. */
  readonly sealedKeys: readonly { readonly table: string; readonly current: number; readonly earlier: number }[];
  readonly signingKeyIds: readonly string[];
}

const everyTenant = statement<{ id: Id<'Tenant'> }>('tenants_for_key_status', 'select id from tenant order by id');
const signingKeys = statement<{ keyId: string }>('signing_key_ids', 'select key_id as "keyId" from known_signing_key order by first_used_at, key_id');

/** Reads the state of the installation's keys. Counts every sealed key. */
export async function readKeysStatus({ database, masterKeys }: KeySources): Promise<KeysStatus> {
  const { tenants, stored, signingKeyIds, processes } = await database.system(async (sql) => {
    const found = await readStoredRing(sql);
    const running = new Map<string, number>();
    for (const { keyId } of found?.masters ?? []) running.set(keyId, await processesWithKey(sql, keyId));
    return { tenants: await sql.rows(everyTenant), stored: found, processes: running, signingKeyIds: (await sql.rows(signingKeys)).map(({ keyId }) => keyId) };
  });
  if (!stored) throw new Error('the key ring is gone');
  const { ring, key, masters } = openStoredRing(stored, masterKeys);
  const sealedKeys = await Promise.all(
    wrappedTables.map(async (table) => {
      const count = { table: table.table, current: 0, earlier: 0 };
      for (const { id } of tenants) {
        for await (const rows of pagesOf(database, id, table)) for (const { wrapped } of rows) count[wrappedUnder(wrapped) === ring.current ? 'current' : 'earlier'] += 1;
      }
      return count;
    }),
  );
  const valid = masters.filter(({ wrapped }) => wrapped !== null);
  return {
    masterKeys: masters.map(({ keyId, addedOn, retiredOn }) => ({ keyId, status: retiredOn === null ? 'valid' : 'retired', addedOn, retiredOn, runningProcesses: processes.get(keyId) ?? 0 })),
    givenKeyId: masterKeyId(key.bytes),
    rotation: ring.next !== null || ring.rewrapping ? 'RUNNING' : valid.length > 1 ? 'OLD_KEY_VALID' : 'NONE',
    sealedKeys,
    signingKeyIds,
  };
}
