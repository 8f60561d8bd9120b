import { afterAll, beforeAll, expect, test } from 'vitest';
import { personalPlaces } from '../../src/api/privacy.ts';
import { findPerson } from '../../src/features/erasure/find-person.ts';
import { portionsOfTexts } from '../../src/features/erasure/text-rows.ts';
import { uuidOf } from '../actions/queue.ts';
import { crm } from '../accounts/arrange.ts';
import { openOffice, type Office } from './arrange.ts';

const signals = 3_000;
const people = [['Li', 'li@x.example'], ['Katharina Weissenberger', 'katharina@x.example'], ['王小明', 'wang@x.example'], ['李娜', 'lina@x.example'], ['Li Bo', 'lb@x.example']] as const;
let office: Office;
const accounts = new Map<string, string>();
beforeAll(async () => {
  office = await openOffice();
  for (const [name, email] of people) {
    const account = await office.account(`of ${email}`);
    accounts.set(name, account);
    await office.upsert('contacts', [{ account: { id: account }, externalRef: crm(email), name, email }]);
    await office.ingest([1, 2, 3].map((turn) => ({ account: { id: account }, type: 'meeting', source: 'calendar', sourceEventId: `${email} ${turn}`, payload: { text: `We spoke with ${name} today`, turn } })));
  }
  const other = uuidOf(await office.account('of nobody here'));
  // Nearly every text holds `li`, `bo`, 王 and 李; none names anybody.
  await office.admin.query(
    `insert into signal (tenant_id, id, account_id, type, source, dedupe_key, occurred_at, recorded_at, payload, request_id)
     select $1, gen_random_uuid(), $2, 'meeting', 'bulk', 'bulk ' || n, now(), now(), jsonb_build_object('subject', 'The client will list both lines below, 王国 李子 ' || n, 'details', jsonb_build_array(repeat('about the deliverable ', 5), n)), 'x' from generate_series(1, $3::int) n`,
    [office.tenant, other, signals]);
  await office.admin.query('analyze signal');
});
afterAll(() => office?.close());

const candidatesOf = (email: string): Promise<number> =>
  office.database.transact({ tenantId: office.tenant, actor: { kind: 'user', id: 'officer' }, requestId: 'test' }, async (work) => {
    const person = await findPerson({ sql: work, tenantId: work.tenantId, now: work.now, seal: office.seal }, personalPlaces, { email });
    let count = 0;
    for await (const rows of portionsOfTexts(work, person, ['signal'])) count += rows.length;
    return count;
  });

test('the database hands over what may name the person, however short the name is', async () => {
  for (const [, email] of people) expect(await candidatesOf(email), email).toBe(3);
});
