import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { retireByReference } from '../../src/features/accounts/index.ts';
import { until } from '../harness/program.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

// What is open follows from what is known, in whatever order it became known.
let program: Queue;
beforeAll(async () => {
  program = await openQueue({ roles: roles.filter((role) => !['scheduler', 'executor'].includes(role)) });
});
afterAll(() => program.close());

interface Row { readonly id: string; readonly status: string; readonly endReason: string | null; readonly contactId: string }
const actions = async ({ accountId }: Pick<Customer, 'accountId'>): Promise<Row[]> =>
  (await program.rows('select id, status, end_reason as "endReason", contact_id as "contactId" from action where account_id = $1 order by proposed_at, id', [accountId])) as never;
const seen = ({ account }: Customer, expected: readonly (readonly [string, string | null])[]) =>
  until(`the actions of ${account} are ${JSON.stringify(expected)}`, async () => { const found = await actions({ accountId: uuidOf(account) as Customer['accountId'] }); return JSON.stringify(found.map(({ status, endReason }) => [status, endReason])) === JSON.stringify(expected) && found; });
const reason = async ({ accountId }: Customer) => (await program.rows('select reason from consideration where account_id = $1', [accountId]))[0]?.['reason'];
let events = 0;
async function high(customer: Customer): Promise<void> {
  events += 1;
  await program.ingest(['demo_request', 'meeting', 'email_reply', 'call'].map((type) => ({ account: { id: customer.account }, type, source: 'web', sourceEventId: `${events}-${type}` })));
}
const ticket = ({ account }: Customer, statusCategory: string) => program.upsert('tickets', [{ account: { id: account }, externalRef: { system: 'test', id: `ticket-${account}` }, key: 'T-1', summary: 'Down', status: statusCategory, statusCategory, priority: 'HIGHEST' }]);

test('what holds proposals back ends one that is open, also one that somebody looks at; when it is over there is a new one', async () => {
  const customer = await program.customer();
  await high(customer);
  const [first] = await seen(customer, [['PENDING', null]]);
  await program.mutate('claimAction', '$id: ID!', { id: `Action_${(first?.id ?? '').replaceAll('-', '')}` });
  await ticket(customer, 'TO_DO');
  await seen(customer, [['STALE', 'CRITICAL_TICKET']]);
  await until('the reason is kept', async () => (await reason(customer)) === 'CRITICAL_TICKET');
  await ticket(customer, 'DONE');
  await seen(customer, [['STALE', 'CRITICAL_TICKET'], ['PENDING', null]]);
  expect(await reason(customer)).toBeUndefined();
});

test('a person who comes before the one written to is written to instead', async () => {
  const customer = await program.customer();
  await program.upsert('contacts', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `user-${customer.account}` }, name: 'User', email: `user-${customer.email}` }]);
  await program.grant(`user-${customer.email}`);
  await program.revoke(customer.email);
  await high(customer);
  await seen(customer, [['PENDING', null]]);
  await program.grant(customer.email);
  const [, second] = await seen(customer, [['STALE', 'BETTER_RECIPIENT'], ['PENDING', null]]);
  expect(second?.contactId).toBe(uuidOf(customer.contact));
});

test('a person\'s own action takes the place of the program\'s, and gives it back', async () => {
  const customer = await program.customer();
  await high(customer);
  await seen(customer, [['PENDING', null]]);
  program.clock.advance(1_000);
  await program.propose(customer);
  await seen(customer, [['STALE', 'OPEN_ACTION'], ['PENDING', null]]);
  await until('the reason is kept', async () => (await reason(customer)) === 'OPEN_ACTION');
});

test('a policy that is published ends what it forbids', async () => {
  const customer = await program.customer();
  await high(customer);
  await seen(customer, [['PENDING', null]]);
  const policy = (blockedStatuses: readonly string[]) => program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { blockedStatuses } }, { role: 'admin' });
  await policy(['ACTIVE']);
  await seen(customer, [['STALE', 'ACCOUNT_STATUS']]);
  await policy(['CHURN', 'INACTIVE']);
  await seen(customer, [['STALE', 'ACCOUNT_STATUS'], ['PENDING', null]]);
});

test('a retired account has no open action and no consideration, and none that was approved is sent', async () => {
  const [customer, held] = [await program.customer(), await program.customer({ consents: false })];
  await high(customer);
  await high(held);
  await seen(customer, [['PENDING', null]]);
  await until('one is held back', async () => (await reason(held)) === 'NO_CONSENT');
  const byHand = await program.propose(customer);
  await seen(customer, [['STALE', 'OPEN_ACTION'], ['PENDING', null]]);
  expect(await program.approve(byHand, await program.digest(byHand))).toMatchObject({ status: 'APPROVED' });
  const refs = await program.rows(`select system, external_id as id from external_ref where node_id = any($1)`, [[customer.accountId, held.accountId]]);
  await program.act((work) => retireByReference(work, program.seal, refs.map((externalRef) => ({ type: 'Account', externalRef: externalRef as never }))));
  await seen(customer, [['STALE', 'OPEN_ACTION'], ['CANCELLED', 'ACCOUNT_RETIRED']]);
  await until('it is no longer held back', async () => (await reason(held)) === undefined);
  expect((await program.facts('consideration.ended')).at(-1)?.data).toMatchObject({ because: 'ACCOUNT_GONE' });
});
