import { Client } from 'pg';
import { translateDatabaseError } from '../database-errors.ts';
import type { Sql, Statement } from '../statement.ts';
import { systemRole } from '../login.ts';
import { createSeal } from '../seal.ts';
import { otherKey } from './key-fault.ts';
import { firstRing, type KeyRing } from './key-ring.ts';
import type { MasterKey } from './master-key.ts';
import { openStoredRing, readStoredRing } from './stored-ring.ts';
import type { WrappedTable } from './wrapped-table.ts';

/** What `checkKeys` found out. */
export interface KeyCheck {
  /** `RECORDED`: the database knows the key. `UNRECORDED`: it opens the data there is. `EMPTY`: there is no sealed data yet. */
  readonly state: 'RECORDED' | 'UNRECORDED' | 'EMPTY';
  /** The key that fits: of several, the first. */
  readonly key: MasterKey;
  readonly ring: KeyRing;
}

/** What is checked, and where. */
export interface KeyCheckOptions {
  /** The owner's URL, or the program's. */
  readonly url: string;
  /** In the order of preference; at least one. */
  readonly keys: readonly [MasterKey, ...MasterKey[]];
  /** Where wrapped keys are, for databases that keep no key ring yet. */
  readonly tables: readonly WrappedTable[];
}

/**
 * Tells whether a master key fits a database of any version, before anything uses either. Reads only. Throws a `KeyFault`
 * when no key fits. A database without a key ring is judged by whether the key opens the oldest key that is sealed in it.
 */
export async function checkKeys({ url, keys, tables }: KeyCheckOptions): Promise<KeyCheck> {
  const client = new Client({ connectionString: url, application_name: 'context-graph key check' });
  // A server that ends while it is asked: the statement fails, too.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    throw translateDatabaseError(error);
  });
  try {
    await client.query('begin isolation level repeatable read read only');
    const owner = await isOwner(client);
    if (owner === null) return { state: 'EMPTY', key: keys[0], ring: firstRing(keys[0].bytes) };
    const stored = (await hasRing(client)) ? await asSystem(client, owner, () => readStoredRing(sqlOf(client))) : null;
    if (stored) return { state: 'RECORDED', ...openStoredRing(stored, keys) };
    const samples = await sampleKeys(client, owner, tables);
    const fitting = keys.find((key) => samples.every((sample) => opens(key, sample)));
    if (!fitting) throw otherKey(keys, []);
    return { state: samples.length > 0 ? 'UNRECORDED' : 'EMPTY', key: fitting, ring: firstRing(fitting.bytes) };
  } finally {
    await client.end();
  }
}

function sqlOf(client: Client): Sql {
  return { rows: async <Row>(asked: Statement<Row>, values: readonly unknown[] = []) => (await client.query<Row & object>(asked.text, [...values])).rows };
}

/** Whether the connection sees every tenant's rows, as owners do; null when there are no tables yet. */
async function isOwner(client: Client): Promise<boolean | null> {
  const { rows } = await client.query<{ owner: boolean }>(`select pg_has_role(current_user, relowner, 'usage') as owner from pg_class where oid = to_regclass('public.subject_key')`);
  return rows[0]?.owner ?? null;
}

async function hasRing(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(`select to_regclass('public.key_ring') is not null as found`);
  return rows[0]?.found === true;
}

async function asSystem<Result>(client: Client, owner: boolean, body: () => Promise<Result>): Promise<Result> {
  if (owner) return body();
  await client.query(`set local role ${systemRole}`);
  const result = await body();
  await client.query('reset role');
  return result;
}

/** The oldest wrapped key of each table, of the first tenant that has one. */
async function sampleKeys(client: Client, owner: boolean, tables: readonly WrappedTable[]): Promise<Buffer[]> {
  const tenants = await asSystem(client, owner, async () => (await client.query<{ id: string }>('select id from tenant order by created_at, id')).rows);
  const wanted = new Set(tables);
  const samples: Buffer[] = [];
  for (const { id } of tenants) {
    if (wanted.size === 0) break;
    await client.query(`select set_config('app.tenant', $1, true)`, [id]);
    for (const table of wanted) {
      const { rows: exists } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [`public.${table.table}`]);
      const [row] = exists[0]?.found ? await sqlOf(client).rows(table.sample, [id]) : [];
      if (!row) continue;
      samples.push(row.wrapped);
      wanted.delete(table);
    }
  }
  return samples;
}

function opens({ bytes }: MasterKey, sample: Buffer): boolean {
  try {
    createSeal(bytes).unwrap(sample);
    return true;
  } catch {
    return false;
  }
}
