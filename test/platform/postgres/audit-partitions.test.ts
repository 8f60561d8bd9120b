import { afterAll, beforeAll, expect, test } from 'vitest';
import { statement } from '../../../src/platform/postgres/statement.ts';
import { openFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const ensure = statement<{ made: number }>('ensure_audit_partitions', 'select ensure_audit_partitions($1, $2) as made');

async function ensurePartitions(month: string, months: number): Promise<number | undefined> {
  const [row] = await fixture.database.system((sql) => sql.rows(ensure, [month, months]));
  return row?.made;
}

async function partitions(): Promise<Array<{ partition: string; bound: string }>> {
  const { rows } = await fixture.admin.query<{ partition: string; bound: string }>(
    `select inhrelid::regclass::text as partition, pg_get_expr(relpartbound, inhrelid) as bound from pg_inherits join pg_class on oid = inhrelid
     where inhparent = 'audit_logs'::regclass order by 1`,
  );
  return rows;
}

test('a migrated database has this month’s partition, the next three, and the net', async () => {
  const { rows } = await fixture.admin.query<{ partition: string }>(
    `select 'audit_logs_' || to_char(date_trunc('month', now()) + make_interval(months => i), 'YYYYMM') as partition from generate_series(0, 3) i`,
  );
  const names = rows.map(({ partition }) => partition).toSorted();
  expect((await partitions()).map(({ partition }) => partition)).toEqual([...names, 'audit_logs_default']);
});

test('rows that fell into the net move to their month’s partition, by UTC, whatever the session’s zone', async () => {
  await fixture.admin.query("set timezone to 'America/New_York'");
  const instants = ['2031-04-30T23:59:59.999Z', '2031-05-01T00:00:00Z', '2031-05-31T23:59:59.999Z', '2031-06-01T00:00:00Z', '2031-07-01T00:00:00Z'];
  await fixture.admin.query(
    `insert into audit_logs (tenant_id, sequence, id, kind, actor_kind, actor_id, request_id, occurred_at, recorded_at, data, previous_hash, hash)
     select $1, n, gen_random_uuid(), 'x', 'system', 'x', 'x', at, at, '{}', '', '' from unnest($2::timestamptz[]) with ordinality t (at, n)`,
    [fixture.ours.tenantId, instants],
  );
  await fixture.admin.query("select ensure_audit_partitions('2031-05-17', 1)");
  expect(await ensurePartitions('2031-05-01', 2)).toBe(1);
  const { rows } = await fixture.admin.query('select sequence::int, tableoid::regclass::text as partition from audit_logs order by sequence');
  expect(rows).toEqual([
    { sequence: 1, partition: 'audit_logs_default' },
    { sequence: 2, partition: 'audit_logs_203105' },
    { sequence: 3, partition: 'audit_logs_203105' },
    { sequence: 4, partition: 'audit_logs_203106' },
    { sequence: 5, partition: 'audit_logs_default' },
  ]);
});

test('several that make them at once make each once', async () => {
  const made = await Promise.all([ensurePartitions('2032-01-01', 12), ensurePartitions('2032-01-01', 12), ensurePartitions('2032-06-01', 12)]);
  expect(made.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(17);
  expect(await ensurePartitions('2032-01-01', 17)).toBe(0);
});
