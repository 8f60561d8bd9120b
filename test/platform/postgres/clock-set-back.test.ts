import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FrozenClock, neverBack } from '../../../src/platform/clock.ts';
import { statement } from '../../../src/platform/postgres/statement.ts';
import { makeAccount, signal } from '../../harness/accounts.ts';
import { startTestProgram, type TestProgram } from '../../harness/program.ts';

let program: TestProgram;
let admin: Client;
beforeAll(async () => {
  program = await startTestProgram({ roles: ['api'] });
  admin = new Client({ connectionString: program.testDatabase.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await program?.close();
});

const hour = 3_600_000;
const rename = statement('rename', 'update account set name = $1');

/** How many rows of a question come with an earlier instant than the row before them, and how many there are. */
async function backwards(rows: string): Promise<{ count: number; all: number } | undefined> {
  const { rows: [found] } = await admin.query<{ count: number; all: number }>(`select count(*) filter (where back)::int, count(*)::int as "all" from (select instant < lag(instant) over (order by place) as back from (${rows}) r(place, instant)) s`);
  return found;
}

const told = {
  audit: `select sequence, recorded_at from audit_logs where tenant_id = '{tenant}'`,
  // Signals' ids are made in the order of arrival; the clock may not have a say in it.
  signals: `select l.sequence, s.recorded_at from signal s join audit_logs l on l.tenant_id = s.tenant_id and l.kind = 'signal.ingested' and l.data ->> 'signalId' = s.id::text where s.tenant_id = '{tenant}'`,
};

describe('a clock that is set back', () => {
  test('never makes a program record earlier than it did before', async () => {
    await makeAccount(program, 'acme');
    for (const [index, jump] of [0, 1_000, -hour, 1_000, -2 * hour, 60_000, 4 * hour].entries()) {
      program.clock.advance(jump);
      await signal(program, [{ account: 'acme', event: `event-${index}` }]);
      await program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, async (work) => {
        await work.rows(rename, [`Acme ${index}`]);
        work.record({ kind: 'account.upserted', version: 1, accountId: null, data: {} });
      });
    }
    for (const rows of Object.values(told)) expect(await backwards(rows.replace('{tenant}', program.tenant)), rows).toMatchObject({ count: 0, all: expect.toSatisfy((all: number) => all >= 7) as number });
    const { rows: signals } = await admin.query<{ count: number }>('select count(*)::int from signal');
    expect(signals[0]?.count).toBe(7);
  });

  test('keeps the periods of versions in order and without gaps', async () => {
    const { rows } = await admin.query<{ name: string; from: Date; to: Date | null }>(`
      select name, sys_from as "from", sys_to as "to" from account_history union all select name, sys_from, null from account order by "from", "to" nulls last`);
    expect(rows.length).toBeGreaterThan(3);
    for (const [index, { from, to }] of rows.entries()) {
      if (to) expect(to.getTime()).toBeGreaterThan(from.getTime());
      expect(to?.getTime() ?? null).toBe(rows[index + 1]?.from.getTime() ?? null);
    }
  });

  test('of another process, or of this one after a restart, does not go before what the tenant has', async () => {
    program.clock.advance(-24 * hour);
    const beside = await startTestProgram({ roles: ['api'] }, program);
    try {
      await signal(beside, [{ account: 'acme', event: 'beside' }]);
      await signal(program, [{ account: 'acme', event: 'after' }]);
      for (const rows of Object.values(told)) expect(await backwards(rows.replace('{tenant}', program.tenant)), rows).toMatchObject({ count: 0, all: expect.toSatisfy((all: number) => all >= 9) as number });
      const { data } = await program.query<{ auditVerification: { intact: boolean; complete: boolean } }, Record<string, never>>('{ auditVerification { intact complete } }');
      expect(data?.auditVerification).toEqual({ intact: true, complete: true });
    } finally {
      await beside.close();
    }
  });

  test('goes on at half its pace until the time that was told comes again', () => {
    const clock = new FrozenClock('2026-11-21T12:00:00Z');
    const told = neverBack(clock);
    const before = told.now().getTime();
    clock.advance(-hour);
    let latest = before;
    for (let i = 0; i < 1_000; i += 1) {
      const now = told.now().getTime();
      expect(now).toBeGreaterThanOrEqual(latest);
      latest = now;
    }
    expect(latest).toBeLessThan(before + hour);
    clock.advance(2 * hour);
    expect(told.now()).toEqual(clock.now());
  });
});
