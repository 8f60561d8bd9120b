import { afterAll, beforeAll, expect, test } from 'vitest';
import { considerAccount, screenAccounts } from '../../src/features/actions/index.ts';
import { createLlm } from '../../src/platform/llm/llm.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

const caller = { actor: { kind: 'system', id: 'orchestration' }, requestId: 'one by one' } as const;
const consider = ({ accountId }: Customer) => {
  const of = { ...caller, tenantId: program.tenant };
  const llm = createLlm({ model: null, database: program.database, timeoutMilliseconds: 5_000, onError: () => undefined });
  return considerAccount({ transact: (body) => program.database.transact(of, body), llm, seal: program.seal, caller: of }, accountId);
};
let events = 0;
const strong = ({ account }: Customer) => program.ingest(['demo_request', 'meeting', 'email_reply', 'call'].map((type) => ({ account: { id: account }, type, source: 'web', sourceEventId: `screen-${(events += 1)}` })));
const consideration = async ({ accountId }: Customer) => (await program.rows('select reason, details, policy_version, retry_at from consideration where account_id = $1', [accountId]))[0] ?? null;
const traces = async ({ accountId }: Customer) =>
  program.rows(`select d.outcome, d.reason, d.inputs - 'pointId' - 'score' as inputs, exists (select from lineage_edge e where e.to_id = d.id and e.from_id = d.score_point_id) as derived from action_decision d where d.account_id = $1 order by d.decided_at, d.id`, [accountId]);
const requests = async ({ accountId }: Customer) => (await program.rows(`select request_id as request from action_decision where account_id = $1 and outcome = 'SKIPPED'`, [accountId])).map(({ request }) => request);

let bare = 0;
async function withoutContacts(): Promise<Customer> {
  const account = await program.account(`without-contacts-${(bare += 1)}`);
  return { account, accountId: uuidOf(account) as Customer['accountId'], contact: '', email: '' };
}

/** An account of each kind that there is to consider. */
async function everyKind(): Promise<Record<string, Customer>> {
  const all: Record<string, Customer> = {
    free: await program.customer(), unwilling: await program.customer({ consents: false }), churned: await program.customer(), cool: await program.customer(), wasHeld: await program.customer({ consents: false }), empty: await withoutContacts(),
  };
  const { free, unwilling, churned, empty, wasHeld } = all as Record<'free' | 'unwilling' | 'churned' | 'empty' | 'wasHeld', Customer>;
  await program.admin.query(`update account set status = 'CHURN' where id = $1`, [churned.accountId]);
  for (const customer of [free, unwilling, churned, empty, wasHeld]) await strong(customer);
  await program.settled();
  return all;
}

test('many accounts are decided on together as each would be by itself, and only those with a case for an action are left over', async () => {
  const [together, alone] = [await everyKind(), await everyKind()];
  const names = Object.keys(together);
  const screened = await program.act((work) => screenAccounts(work, names.map((name) => ({ accountId: (together[name] as Customer).accountId, requestId: `request of ${name}`, isCrossing: false }))), caller);
  const outcomes = names.map((name) => screened.get((together[name] as Customer).accountId) ?? 'LEFT OVER');
  const singly: string[] = [];
  for (const name of names) singly.push(await consider(alone[name] as Customer));
  expect(singly).toEqual(['PROPOSED', 'NO_CONSENT', 'ACCOUNT_STATUS', 'NOT_HIGH', 'NO_CONSENT', 'NO_RECIPIENT']);
  expect(outcomes).toEqual(['LEFT OVER', ...singly.slice(1)]);
  for (const name of names.slice(1)) {
    const [one, other] = [together[name] as Customer, alone[name] as Customer];
    expect([await consideration(one), await traces(one)]).toEqual([await consideration(other), await traces(other)]);
  }
  expect(await requests(together['unwilling'] as Customer)).toEqual(['request of unwilling']);
});

test('an account with an action of the program under way is left to be considered by itself', async () => {
  const customer = await program.customer();
  await strong(customer);
  await program.settled();
  expect(await consider(customer)).toBe('PROPOSED');
  await program.admin.query(`update account set status = 'CHURN' where id = $1`, [customer.accountId]);
  const screen = () => program.act((work) => screenAccounts(work, [{ accountId: customer.accountId, requestId: 'again', isCrossing: false }]), caller);
  expect([...(await screen())]).toEqual([]);
  expect(await consider(customer)).toBe('ACCOUNT_STATUS');
  expect([...(await screen())]).toEqual([[customer.accountId, 'ACCOUNT_STATUS']]);
});

test('a crossing whose intent fell since is left to be traced by itself', async () => {
  const customer = await program.customer();
  expect([...(await program.act((work) => screenAccounts(work, [{ accountId: customer.accountId, requestId: 'x', isCrossing: true }]), caller))]).toEqual([]);
});
