import { expect, test } from 'vitest';
import { databaseBefore } from '../harness/database-before.ts';

test('what was known before the update is kept as statements, so that two times read it', async () => {
  const { admin, update } = await databaseBefore('sources');
  const [tenant, account] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];
  const day = (n: number): string => `2026-11-${String(n).padStart(2, '0')}T00:00:00.000Z`;
  await admin.query(`insert into tenant values ($1, 'one', 'One', $2)`, [tenant, day(1)]);
  await admin.query('set session_replication_role = replica');
  await admin.query(`insert into external_ref (tenant_id, node_type, system, external_id, node_id, recorded_at) values ($1, 'Account', 'hubspot', 'c-1', $2, $3)`, [tenant, account, day(1)]);
  await admin.query(`insert into account (tenant_id, id, name, industry, occurred_at, recorded_at, sys_from) values ($1, $2, 'Fourth', 'Retail', $3, $4, $4)`, [tenant, account, day(5), day(10)]);
  // Name, when it was true, when it was learned, since when it was current, whether a stub.
  const former = [['Stub', 1, 1, 1, true], ['First', 2, 2, 2, false], ['First', 2, 2, 3, false], ['Never held', 9, 4, 4, false], ['Third', 5, 6, 6, false], ['Third again', 5, 7, 7, false]] as const;
  for (const [name, occurred, recorded, from, stub] of former) {
    const changed = { name, occurred_at: day(occurred), recorded_at: day(recorded), sys_from: day(from), sys_to: day(10), is_stub: stub };
    await admin.query('insert into account_history select (jsonb_populate_record(null::account_history, to_jsonb(a) || $2::jsonb)).* from account a where id = $1', [account, JSON.stringify(changed)]);
  }
  await admin.query('reset session_replication_role');
  await update();
  const { rows } = await admin.query<Record<string, unknown>>(
    `select fields ->> 'name' as name, source, extract(day from occurred_at at time zone 'UTC')::int as occurred, extract(day from recorded_at at time zone 'UTC')::int as recorded, is_current as current
     from source_statement where node_id = $1 order by coalesce(modified_at, occurred_at), recorded_at`, [account]);
  expect(rows).toEqual([
    { name: 'First', source: 'hubspot', occurred: 2, recorded: 2, current: false },
    { name: 'Third', source: 'hubspot', occurred: 5, recorded: 6, current: false },
    { name: 'Third again', source: 'hubspot', occurred: 5, recorded: 7, current: false },
    { name: 'Fourth', source: 'hubspot', occurred: 5, recorded: 10, current: true },
  ]);
});
