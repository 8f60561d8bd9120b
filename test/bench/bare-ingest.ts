import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';
import { atOnce } from './load.ts';
import { payloadOf, typeOf } from './new-signal.ts';

/** Signals by `pg` alone. */
export interface BareIngest {
  /** Writes signals in statements of so many, several statements at once; returns the rows written. */
  write(count: number, size: number): Promise<number>;
  /** Forgets the outbox. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

const connections = 16;
const concurrency = { batches: 1, single: 32 };

// The scores are a copy and the outbox is its own: the program, which stands still meanwhile, would keep locks on its rows or take them.
const tables = [
  'drop table if exists bench_outbox, bench_score',
  'create table bench_outbox (id bigint generated always as identity primary key, tenant_id uuid, event json not null)',
  'create table bench_score (like account_contexts including all)',
  'insert into bench_score select * from account_contexts',
  'vacuum analyze bench_score',
];

const bareIngest = `
with given as (
  select uuidv7() as id, account_id, type, key, payload from unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[]) as g(account_id, type, key, payload)
), stored as (
  insert into signal (tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, payload, request_id)
  select $1, id, account_id, type, 'bare', key, 'bare:' || key, now(), now(), payload, 'bare' from given
), scored as (
  update bench_score c set intent_score = least(100, c.intent_score + 0.1), scored_at = now() from (select distinct account_id from given) g where c.tenant_id = $1 and c.account_id = g.account_id
)
insert into bench_outbox (tenant_id, event) select $1, json_build_object('id', uuidv7(), 'kind', 'signal.ingested', 'accountId', account_id, 'data', json_build_object('signalId', id, 'accountId', account_id, 'type', type)) from given`;

/** What `pg` alone does for a signal: the signal with all its indexes, a score and an outbox row, in one statement. */
export async function openBareIngest(adminUrl: string, tenantId: string): Promise<BareIngest> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  for (const text of tables) await admin.query(text);
  const { rows } = await admin.query<{ id: string }>('select id from account where tenant_id = $1 order by id', [tenantId]);
  await admin.end();
  const pool = new Pool({ connectionString: adminUrl, max: connections });
  let next = 0;
  const write = async (size: number): Promise<number> => {
    const turns = Array.from({ length: size }, () => next++);
    const accounts = turns.map((turn) => rows[(turn * 7_919) % rows.length]?.id);
    await pool.query({ name: 'bare_ingest', text: bareIngest, values: [tenantId, accounts, turns.map(typeOf), turns.map(() => randomUUID()), turns.map((turn) => JSON.stringify(payloadOf(turn)))] });
    return 2 * size + new Set(accounts).size;
  };
  return {
    async write(count, size) {
      let written = 0;
      await atOnce(size === 1 ? concurrency.single : concurrency.batches, Math.ceil(count / size), async (turn) => {
        const rows = await write(Math.min(size, count - turn * size));
        written += rows;
      });
      return written;
    },
    prepare: async () => void (await pool.query('truncate bench_outbox')),
    close: () => pool.end(),
  };
}
