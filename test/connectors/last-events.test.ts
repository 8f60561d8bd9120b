import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLastEvents } from '../../src/features/connectors/index.ts';
import type { Database } from '../../src/platform/postgres/database.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { jiraEvent } from './payloads/jira.ts';
import { deliverAs, vendorSecret } from './vendor-requests.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
});
afterAll(() => program.close());

/** The program's database, with a count of the statements that went through and a fault that can be set. */
function watched(): { database: Pick<Database, 'system'>; ran: string[]; fault: Error | null } {
  const watch: ReturnType<typeof watched> = {
    ran: [],
    fault: null,
    database: {
      system: (body) => program.database.system((sql) => body({ ...sql, rows: (asked, values) => {
        watch.ran.push(asked.name);
        if (watch.fault) throw watch.fault;
        return sql.rows(asked, values);
      } })),
    },
  };
  return watch;
}
const at = (seconds: number): Date => new Date(program.clock.now().getTime() + seconds * 1_000);
const stored = (tenant: string) => program.rows('select secret_id, occurred_at, received_at from webhook_last_event where tenant_id = $1 order by secret_id', [tenant]);

test('a thousand deliveries are one statement, and the latest of each secret stays whoever writes it', async () => {
  const one = await vendorSecret(program, 'jira');
  const other = await vendorSecret(program, 'jira', { tenant: program.otherTenant });
  const [first, second] = [watched(), watched()];
  const [early, late] = [createLastEvents({ database: first.database, onError: () => undefined }), createLastEvents({ database: second.database, onError: () => undefined })];
  for (let index = 0; index < 1_000; index += 1) {
    const { id, tenantId } = index % 2 === 0 ? { id: one.id, tenantId: program.tenant } : { id: other.id, tenantId: program.otherTenant };
    early.note({ tenantId, secretId: id, occurredAt: at(index - 10).toISOString(), receivedAt: at(index) });
  }
  late.note({ tenantId: program.tenant, secretId: one.id, occurredAt: null, receivedAt: at(5_000) });
  await late.flush();
  await early.flush();
  await early.flush();
  expect([first.ran, second.ran]).toEqual([['write_last_events'], ['write_last_events']]);
  expect(await stored(program.tenant)).toEqual([{ secret_id: one.id, occurred_at: null, received_at: at(5_000) }]);
  expect(await stored(program.otherTenant)).toEqual([{ secret_id: other.id, occurred_at: at(989), received_at: at(999) }]);
  await Promise.all([early.stop(), late.stop()]);
});

test('what could not be written is written the next time, and at the end', async () => {
  const secret = await vendorSecret(program, 'slack');
  const watch = watched();
  const faults: unknown[] = [];
  const events = createLastEvents({ database: watch.database, onError: (error) => faults.push(error) });
  watch.fault = new Error('the database is away');
  events.note({ tenantId: program.tenant, secretId: secret.id, occurredAt: null, receivedAt: at(1) });
  await events.flush();
  events.note({ tenantId: program.tenant, secretId: secret.id, occurredAt: null, receivedAt: at(2) });
  watch.fault = null;
  await events.stop();
  expect(faults).toHaveLength(1);
  expect(await program.rows('select received_at from webhook_last_event where secret_id = $1', [secret.id])).toEqual([{ received_at: at(2) }]);
});

test('deliveries are noted by what became of them, measured, and stored when the program stops', async () => {
  const more = await arrange();
  const webhook = await vendorSecret(more, 'jira');
  const send = (body: object, difference = {}) => deliverAs(more, { vendor: 'jira', webhook }, body, difference);
  const metric = async (name: string): Promise<readonly string[]> => (await (await fetch(`${more.healthUrl}/metrics`)).text()).split('\n').filter((line) => line.startsWith(name) && line.includes('jira'));
  const counted = async (result: string): Promise<number> => Number((await metric('webhook_deliveries_total')).find((line) => line.includes(`result="${result}"`))?.split(' ')[1] ?? 0);
  const results = ['accepted', 'duplicate', 'ignored', 'refused', 'unauthenticated'];
  const before = await Promise.all(results.map(counted));
  const event = jiraEvent({ at: new Date(more.clock.now().getTime() - 20_000).toISOString() });
  expect((await send(event)).status).toBe(202);
  expect((await send(event)).status).toBe(200);
  expect((await send(jiraEvent({ key: 'NONE-1', labels: [] }))).body).toMatchObject({ status: 'ignored' });
  expect((await send({ webhookEvent: 'jira:issue_updated' })).status).toBe(400);
  expect((await send(event, { secret: Buffer.alloc(32) })).status).toBe(401);
  expect((await Promise.all(results.map(counted))).map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 1, 1, 1]);
  expect((await metric('webhook_lag_seconds_bucket')).filter((line) => / [1-9]/.test(line)).map((line) => /le="([^"]+)"/.exec(line)?.[1])[0]).toBe('60');
  const { testDatabase } = more;
  await more.stop();
  const client = new Client({ connectionString: testDatabase.adminUrl });
  await client.connect();
  const { rows } = await client.query('select secret_id, received_at from webhook_last_event');
  expect(rows).toEqual([{ secret_id: webhook.id, received_at: more.clock.now() }]);
  await client.end();
  await more.admin.end();
  await testDatabase.drop();
});

test('an answer that was kept shows a new event two seconds later', async () => {
  const more = await arrange({ roles: ['api'], answerBytes: 1_000_000 });
  const webhook = await vendorSecret(more, 'jira');
  const lastEventAt = async (): Promise<unknown> => dataOf(await more.query<{ webhookSecrets: { edges: { node: { lastEventAt: string | null } }[] } }, never>('{ webhookSecrets { edges { node { lastEventAt } } } }')).webhookSecrets.edges[0]?.node.lastEventAt;
  for (let time = 0; time < 4; time += 1) expect(await lastEventAt()).toBeNull();
  const events = createLastEvents({ database: more.database, onError: () => undefined });
  events.note({ tenantId: more.tenant, secretId: webhook.id, occurredAt: null, receivedAt: more.clock.now() });
  await events.stop();
  const received = more.clock.now().toISOString();
  more.clock.advance(2_001);
  expect(await lastEventAt()).toBe(received);
  await more.close();
});
