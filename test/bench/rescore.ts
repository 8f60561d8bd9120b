import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { recountAccounts, rescoreNext } from '../../src/features/scoring/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import type { Bench } from './bench.ts';

const fill = `insert into signal (tenant_id, id, account_id, type, source, dedupe_key, occurred_at, recorded_at, payload, request_id)
  select $1, uuidv7(), $2, (array['website_visit', 'email_open', 'product_usage', 'meeting'])[1 + n % 4], 'bench', 'rescore ' || n, now() - make_interval(mins => n), now() - interval '1 minute', '{"page": "/pricing"}', 'bench' from generate_series(1, $3::int) n`;
const holders = `select (select count(*)::int from pg_locks where relation = 'lineage_guard'::regclass) as guards, (select count(*)::int from pg_locks where relation = 'node_identity'::regclass and mode = 'RowShareLock') as accounts`;

/** An account of many signals scored anew: what it takes, what it writes, and how long others would wait for it. */
export async function measureRescore({ options, adminUrl, meter, plan, report }: Bench, { signals }: { readonly signals: number }): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const newId = createIds(systemClock);
  const database = await openDatabase({ url: options.databaseUrl, connections: 2, clock: systemClock, newId, entities: [], onError: () => undefined });
  const tenantId = options.tenantId as Id<'Tenant'>;
  try {
    const [account] = (await admin.query<{ id: Id<'Account'> }>('select account_id as id from account_contexts where tenant_id = $1 order by account_id limit 1', [tenantId])).rows;
    if (!account) throw new Error('the tenant has no score');
    await admin.query(fill, [tenantId, account.id, signals]);
    await admin.query('analyze signal');
    await admin.query(`update account_contexts set model_version = 0 where tenant_id = $1 and account_id = $2`, [tenantId, account.id]);
    const measured = async (name: string, body: (work: Work) => Promise<unknown>): Promise<(string | number)[]> => {
      const [memory, wal] = [process.memoryUsage().heapUsed, await position(admin)];
      let peak = memory;
      const over = new AbortController();
      const held = { guard: 0, accounts: 0 };
      const watch = (async (): Promise<void> => {
        for (let last = performance.now(); !over.signal.aborted; ) {
          const [row] = (await admin.query<{ guards: number; accounts: number }>(holders)).rows;
          const now = performance.now();
          if (row && row.guards > 0) held.guard += now - last;
          if (row && row.accounts > 0) held.accounts += now - last;
          last = now;
          peak = Math.max(peak, process.memoryUsage().heapUsed);
          await wait(2);
        }
      })();
      const from = performance.now();
      await database.transact({ tenantId, actor: { kind: 'system', id: 'bench' }, requestId: 'bench' }, body);
      const took = performance.now() - from;
      over.abort();
      await watch;
      return [name, took, held.guard, held.accounts, (peak - memory) / 1e6, ((await position(admin)) - wal) / 1e3];
    };
    const end = await meter.start();
    const rescored = await measured('rescore under another model', (work) => rescoreNext(work, null));
    const recounted = await measured('recount', (work) => recountAccounts(work, [account.id], 'MERGE'));
    const { foreign } = await end();
    report.table(`An account of ${signals} signals`, ['', 'ms', 'guard held, ms', 'accounts locked, ms', 'heap at most, MB more', 'WAL kB'], [rescored, recounted]);
    const figures = { milliseconds: Number(rescored[2]), memory: Number(rescored[4]) };
    report.measure({ name: 'rescore.guard', title: `Rescore of an account of ${signals} signals: guard held, memory more`, unit: 'rescore', contestants: { program: figures }, rounds: [{ program: figures }], discarded: 0, foreign, isQuiet: !(foreign > plan.foreign) });
  } finally {
    await database.close();
    await admin.end();
  }
}

async function position(admin: Client): Promise<number> {
  return Number((await admin.query<{ bytes: string }>(`select pg_current_wal_insert_lsn() - '0/0' as bytes`)).rows[0]?.bytes);
}
