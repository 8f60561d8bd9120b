import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { executeAction, expireActions, wakeDueConsiderations } from '../../src/features/actions/index.ts';
import { decayScores } from '../../src/features/scoring/index.ts';
import { dataOf } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { mockModel } from '../llm/victim.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

const good = { subject: 'A question, {{name}}', body: 'Hello {{name}},\n\nshall we talk about the demo?', reasoning: 'They asked for a demo.', confidence: 0.9 };
const model = mockModel(() => good);
let program: Queue;
beforeAll(async () => {
  program = await openQueue({ roles: roles.filter((role) => !['scheduler', 'executor'].includes(role)), llm: { model, timeoutMilliseconds: 5_000 } });
});
afterEach(async () => {
  model.doGenerateCalls.length = 0;
  await program.rows('delete from outreach_policy');
});
afterAll(() => program.close());

const hour = 3_600_000;
const system = { actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
const policy = (input: object) => program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input }, { role: 'admin' });
const strong = ['demo_request', 'meeting', 'email_reply', 'call'];
let events = 0;
async function signal(customer: Pick<Customer, 'account'>, types: readonly string[] = strong): Promise<void> {
  events += 1;
  await program.ingest(types.map((type) => ({ account: { id: customer.account }, type, source: 'web', sourceEventId: `${events}-${type}` })));
}

interface Row {
  readonly account: { readonly id: string; readonly name: string };
  readonly intent: { readonly value: number };
  readonly reason: string;
  readonly explanation: string;
  readonly retryAt: string | null;
}
/** As the client teams ask (acceptance/search-and-totals.graphql, `Considerations`), with every reason. */
const query = (reasons = '') => `query Considerations($after: String) {
  considerations(first: 100, after: $after${reasons}) {
    edges { node { account { id name } intent { ... on IntentScore { value } } reason explanation retryAt } }
    pageInfo { hasNextPage endCursor }
  }
}`;
interface Listed { readonly considerations: { readonly edges: readonly { readonly node: Row }[]; readonly pageInfo: { readonly hasNextPage: boolean } } }
const rows = async (reasons = '', token?: string): Promise<Row[]> =>
  dataOf(await program.query<Listed, { after: string | null }>(query(reasons), { after: null }, token ? { token } : { role: 'viewer' })).considerations.edges.map(({ node }) => node);
const rowOf = async ({ account }: Pick<Customer, 'account'>): Promise<Row | undefined> => (await rows()).find((row) => row.account.id === account);
const heldBack = (customer: Pick<Customer, 'account'>, reason: string): Promise<Row> => until(`it is held back: ${reason}`, async () => ((await rowOf(customer))?.reason === reason ? rowOf(customer) : null));
const actions = async ({ accountId }: Customer): Promise<{ id: string; status: string }[]> => (await program.rows('select id, status from action where account_id = $1 order by proposed_at, id', [accountId])) as never;
/** Waits until orchestration has proposed so many actions, of which one is open, and the account is no longer listed. */
async function proposed(customer: Customer, count = 1): Promise<string> {
  const all = await until(`${count} proposed`, async () => { const found = await actions(customer); return found.length === count && found.at(-1)?.status === 'PENDING' && found; });
  await until('it is no longer listed', async () => (await rowOf(customer)) === undefined);
  return `Action_${(all.at(-1)?.id ?? '').replaceAll('-', '')}`;
}
const reject = (id: string) => program.mutate('rejectAction', '$input: RejectActionInput!', { input: { id, reason: 'Not now' } });
const wake = () => wakeDueConsiderations(program.database, system);
async function send(id: string): Promise<string> {
  const outreach = { kind: 'test', send: () => Promise.resolve({ kind: 'SENT', outsideId: 'x' } as const), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' } as const) };
  const [row] = await program.rows('select approval_id from action where id = $1', [uuidOf(id)]);
  return executeAction({ transact: (body) => program.act(body), seal: program.seal, outreach }, row?.['approval_id'] ?? '');
}
const approve = async (id: string) => program.approve(id, await program.digest(id));

test('the client teams\' query names accounts that are high and not proposed; a consent that is granted frees one, once', async () => {
  const customer = await program.customer({ consents: false });
  await signal(customer);
  const row = await heldBack(customer, 'NO_CONSENT');
  expect(row).toMatchObject({ account: { name: expect.stringContaining('customer') as string }, intent: { value: expect.any(Number) as number }, retryAt: null });
  expect(row.intent.value).toBeGreaterThanOrEqual(75);
  expect(row.explanation).toBe('No contact with an e-mail address consents to outreach by e-mail without an objection to profiling. Considered again when a consent is granted or the contacts change.');
  expect(await rows(', filter: { reasons: [NO_CONSENT, COOL_DOWN, ACCOUNT_STATUS, NO_RECIPIENT, DAILY_LIMIT] }')).toContainEqual(row);
  expect(await rows(', filter: { reasons: [COOL_DOWN] }')).not.toContainEqual(row);
  expect(await rows('', await program.token('admin', { tenant: program.otherTenant })), 'nothing of another tenant').toEqual([]);
  await signal(customer, ['meeting']);
  await program.settled();
  expect(model.doGenerateCalls, 'no model is asked while it is held back').toHaveLength(0);
  await program.grant(customer.email);
  await proposed(customer);
  expect(model.doGenerateCalls).toHaveLength(1);
  expect((await program.facts('consideration.ended')).at(-1)?.data).toMatchObject({ accountId: customer.accountId, reason: 'NO_CONSENT', because: 'PROPOSED' });
});

test('a contact, and then an address, that become known free an account', async () => {
  const account = await program.account('nobody-yet');
  const it = { account, accountId: uuidOf(account) as Customer['accountId'], contact: '', email: 'found@example.com' };
  await signal(it);
  await heldBack(it, 'NO_RECIPIENT');
  const contact = { account: { id: account }, externalRef: { system: 'test', id: 'found' }, name: 'Found Person' };
  await program.upsert('contacts', [contact]);
  await program.settled();
  expect(await rowOf(it)).toMatchObject({ reason: 'NO_RECIPIENT' });
  await program.grant(it.email);
  await program.upsert('contacts', [{ ...contact, email: it.email }]);
  await proposed(it);
});

test('after a rejection it waits for the cool-down, and for something new', async () => {
  const customer = await program.customer();
  await signal(customer);
  const first = await proposed(customer);
  await signal(customer);
  await program.settled();
  await reject(first);
  const end = program.clock.now().getTime();
  const over = new Date(end + 72 * hour).toISOString();
  expect(await heldBack(customer, 'COOL_DOWN')).toMatchObject({ retryAt: over, explanation: expect.stringContaining(`was rejected at ${new Date(end).toISOString()}. The cool-down is 72 hours. Considered again at ${over}.`) as string });
  // Nothing new came by the end of the cool-down: the person has decided on all that is known.
  program.clock.advance(72 * hour - 1);
  expect(await wake()).toBe(0);
  program.clock.advance(1);
  expect(await wake()).toBe(1);
  expect(await wake(), 'a consideration is announced once').toBe(0);
  expect(await heldBack(customer, 'NO_NEW_SIGNAL')).toMatchObject({ retryAt: null });
  await signal(customer);
  await proposed(customer, 2);
});

test('what came within the cool-down counts when it is over', async () => {
  const customer = await program.customer();
  await signal(customer);
  await reject(await proposed(customer));
  await heldBack(customer, 'COOL_DOWN');
  program.clock.advance(hour);
  await signal(customer);
  await program.settled();
  expect(await rowOf(customer)).toMatchObject({ reason: 'COOL_DOWN' });
  program.clock.advance(71 * hour);
  await wake();
  await proposed(customer, 2);
});

test('after an expiry, and after a sending, too; a shorter cool-down that is published frees at once', async () => {
  const [expired, sent] = [await program.customer(), await program.customer()];
  await signal(expired);
  await proposed(expired);
  program.clock.advance(72 * hour);
  await expireActions(program.database, system);
  await until('it has expired', async () => (await actions(expired))[0]?.status === 'EXPIRED');
  program.clock.advance(1_000);
  await signal(expired);
  await heldBack(expired, 'COOL_DOWN');
  await signal(sent);
  const id = await proposed(sent);
  expect(await approve(id)).toMatchObject({ status: 'APPROVED' });
  expect(await send(id)).toBe('SENT');
  program.clock.advance(1_000);
  await signal(sent);
  await heldBack(sent, 'COOL_DOWN');
  await policy({ coolDownHours: 0 });
  await proposed(expired, 2);
  // The person got an e-mail a second ago.
  expect(await heldBack(sent, 'RECENT_EMAIL')).toMatchObject({ retryAt: new Date(program.clock.now().getTime() - 1_000 + 168 * hour).toISOString() });
  await policy({ hoursBetweenEmails: 0 });
  await proposed(sent, 2);
});

test.each([
  ['ACCOUNT_STATUS', (customer: Customer) => state(customer, { status: 'CHURN' }), (customer: Customer) => state(customer, { status: 'ACTIVE' })],
  ['LIFECYCLE', async (customer: Customer) => { await policy({ blockedLifecycleStages: ['ONBOARDING'] }); await state(customer, { lifecycleStage: 'ONBOARDING' }); }, (customer: Customer) => state(customer, { lifecycleStage: 'GROWTH' })],
  ['DO_NOT_CONTACT', (customer: Customer) => flag(customer, 'Do not contact!'), (customer: Customer) => flag(customer, 'strategic')],
  ['CRITICAL_TICKET', (customer: Customer) => ticket(customer, 'TO_DO'), (customer: Customer) => ticket(customer, 'DONE')],
] as const)('%s holds a proposal back until it changes', async (reason, close, open) => {
  const customer = await program.customer();
  await close(customer);
  await signal(customer);
  const { explanation } = await heldBack(customer, reason);
  expect(explanation).toMatch(/^(The outreach policy|A manager flag|A critical ticket)/);
  expect(model.doGenerateCalls).toHaveLength(0);
  await open(customer);
  await proposed(customer);
});
const state = async ({ accountId, account }: Customer, more: object) => {
  const [row] = await program.rows('select name from account where id = $1', [accountId]);
  const [ref] = await program.rows(`select system, external_id as id from external_ref where node_id = $1`, [uuidOf(account)]);
  return program.upsertAccounts([{ externalRef: ref, name: row?.['name'], ...more }]);
};
const flag = ({ account }: Customer, name: string) => program.upsert('managerFlags', [{ account: { id: account }, externalRef: { system: 'test', id: `flag-${account}` }, flag: name, setBy: 'Vic' }]);
const ticket = ({ account }: Customer, statusCategory: string) => program.upsert('tickets', [{ account: { id: account }, externalRef: { system: 'test', id: `ticket-${account}` }, key: 'T-1', summary: 'Down', status: statusCategory, statusCategory, priority: 'HIGHEST' }]);

test('a policy that is published frees what an older one held back', async () => {
  const customer = await program.customer();
  await state(customer, { status: 'INACTIVE' });
  await signal(customer);
  await heldBack(customer, 'ACCOUNT_STATUS');
  await policy({ blockedStatuses: ['CHURN'] });
  await proposed(customer);
});

test('the limit of a day frees an account on the next UTC day', async () => {
  await policy({ emailDailyLimit: 1, coolDownHours: 0, hoursBetweenEmails: 0 });
  const customer = await program.customer();
  await signal(customer);
  const id = await proposed(customer);
  await approve(id);
  expect(await send(id)).toBe('SENT');
  program.clock.advance(1_000);
  await signal(customer);
  const midnight = Math.ceil(program.clock.now().getTime() / (24 * hour)) * 24 * hour;
  expect(await heldBack(customer, 'DAILY_LIMIT')).toMatchObject({ retryAt: new Date(midnight).toISOString() });
  program.clock.advance(midnight - program.clock.now().getTime());
  await wake();
  await proposed(customer, 2);
});

test('an action by hand holds a proposal back until it ends, for another account of the same person, too', async () => {
  await policy({ coolDownHours: 0 });
  // Of two accounts that would write to one person the one with the smaller reference does.
  const [customer, other] = [await program.customer(), await program.customer()].toSorted((a, b) => (a.email.split('@')[0] ?? '') < (b.email.split('@')[0] ?? '') ? -1 : 1) as [Customer, Customer];
  await program.upsert('contacts', [{ account: { id: other.account }, externalRef: { system: 'test', id: `contact-${other.account}` }, name: 'Same Person', email: customer.email, role: 'Economic Buyer' }]);
  await program.rows('delete from contact where id = $1', [uuidOf(other.contact)]);
  const byHand = await program.propose(customer);
  await signal(customer);
  await signal(other);
  expect(await heldBack(customer, 'OPEN_ACTION')).toMatchObject({ explanation: expect.stringMatching(/^An action that was proposed by hand/) as string });
  expect(await heldBack(other, 'OPEN_ACTION')).toMatchObject({ explanation: expect.stringMatching(/^An action to the same person/) as string });
  program.clock.advance(1_000);
  await reject(byHand);
  const taken = await proposed(other);
  program.clock.advance(1_000);
  await signal(customer);
  await proposed(customer, 2);
  expect(await heldBack(other, 'OPEN_ACTION')).toMatchObject({ explanation: expect.stringMatching(/^An action to the same person/) as string });
  expect(await program.rows('select status, end_reason from action where id = $1', [uuidOf(taken)])).toEqual([{ status: 'STALE', end_reason: 'OPEN_ACTION' }]);
});

test('an account whose intent falls is no longer listed; what was known then stays known', async () => {
  const customer = await program.customer({ consents: false });
  await signal(customer);
  await heldBack(customer, 'NO_CONSENT');
  const then = program.clock.now().toISOString();
  program.clock.advance(90 * 24 * hour);
  await decayScores(program.database, { actor: system.actor, requestId: 'decay' });
  await until('it is no longer listed', async () => (await rowOf(customer)) === undefined);
  expect((await program.facts('consideration.ended')).at(-1)?.data).toMatchObject({ because: 'NOT_HIGH' });
  const past = 'query($id: ID!, $at: DateTime) { account(id: $id, asOf: $at) { consideration { reason retryAt intent { ... on IntentScore { band } } } } }';
  const read = async (at: string | null) => dataOf(await program.query<{ account: { consideration: object | null } }, Record<string, unknown>>(past, { id: customer.account, at })).account.consideration;
  expect(await read(then)).toEqual({ reason: 'NO_CONSENT', retryAt: null, intent: { band: 'HIGH' } });
  expect(await read(null)).toBeNull();
});

test('REST lists the same, and refuses reasons that do not exist', async () => {
  const customer = await program.customer({ consents: false });
  await signal(customer);
  await heldBack(customer, 'NO_CONSENT');
  const get = async (path: string) => fetch(`${program.url}/api/actions/considerations${path}`, { headers: { authorization: `Bearer ${await program.token('viewer')}` } });
  const { considerations } = (await (await get('?reasons=NO_CONSENT,COOL_DOWN&first=100')).json()) as { considerations: { account: { id: string }; reason: string }[] };
  expect(considerations.find(({ account }) => account.id === customer.account)).toMatchObject({ reason: 'NO_CONSENT', retryAt: null });
  expect((await get('?reasons=NOPE')).status).toBe(400);
});
