import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

interface Listed {
  readonly actions: { readonly totalCount: number; readonly edges: readonly { readonly node: { readonly id: string } }[] };
}

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

const query = 'query($filter: ActionFilter) { actions(first: 20, filter: $filter) { totalCount edges { node { id } } } }';
async function found(filter: object): Promise<readonly string[]> {
  const { actions } = dataOf(await program.query<Listed, { filter: object }>(query, { filter }, { role: 'approver' }));
  const ids = actions.edges.map(({ node }) => node.id);
  expect(actions.totalCount).toBe(ids.length);
  return ids;
}
const claim = (id: string, subject: string): Promise<unknown> => program.mutate('claimAction', '$id: ID!', { id }, { subject });
const waiting = { statuses: ['PENDING', 'CLAIMED'] };

describe('the queue', () => {
  let [one, other] = [] as unknown as [Customer, Customer];
  const ids: string[] = [];
  beforeAll(async () => {
    [one, other] = [await program.customer(), await program.customer()];
    for (const customer of [one, one, other, other]) ids.push(await program.propose(customer));
    await claim(ids[1] ?? '', 'ann');
    await claim(ids[2] ?? '', 'ann');
    await claim(ids[3] ?? '', 'bob');
  });

  test('by who claimed it, until it is given back or decided', async () => {
    expect(await found({ claimedBy: 'ann' })).toEqual([ids[1], ids[2]]);
    expect(await found({ claimedBy: 'bob', statuses: ['CLAIMED'] })).toEqual([ids[3]]);
    expect(await found({ claimedBy: 'bob', status: ['PENDING'] })).toEqual([]);
    for (const nobody of ['carol', 'ANN', '%']) expect(await found({ claimedBy: nobody })).toEqual([]);
    await program.mutate('releaseAction', '$id: ID!', { id: ids[3] }, { subject: 'bob' });
    expect(await found({ claimedBy: 'bob' })).toEqual([]);
  });

  test('by account, and by both', async () => {
    expect(await found({ accountId: one.account })).toEqual([ids[0], ids[1]]);
    expect(await found({ accountId: other.account, ...waiting })).toEqual([ids[2], ids[3]]);
    expect(await found({ accountId: other.account, claimedBy: 'ann' })).toEqual([ids[2]]);
    const ofAccount = dataOf(await program.query<{ account: { actions: { totalCount: number } } }, Record<string, unknown>>('query($id: ID!, $filter: ActionFilter) { account(id: $id) { actions(filter: $filter) { totalCount } } }', { id: one.account, filter: { claimedBy: 'ann' } }));
    expect(ofAccount.account.actions.totalCount).toBe(1);
  });

  test('what can match nothing is refused, and does not look like an empty queue', async () => {
    const refused = async (filter: object, options: object = { role: 'approver' }) => (await program.query(query, { filter }, options)).errors?.[0]?.extensions;
    for (const nobodys of [one.contact, 'x', ids[0], `Account_${'0'.repeat(32)}`]) expect(await refused({ accountId: nobodys }), nobodys).toMatchObject({ code: 'NOT_FOUND', inputPath: ['filter', 'accountId'] });
    const away = await program.token('admin', { tenant: program.otherTenant });
    expect(await refused({ accountId: one.account }, { token: away })).toMatchObject({ code: 'NOT_FOUND', inputPath: ['filter', 'accountId'] });
    for (const [filter, field] of [
      [{ statuses: [] }, 'statuses'], [{ status: [] }, 'status'], [{ riskLevels: [] }, 'riskLevels'], [{ riskLevel: [] }, 'riskLevel'], [{ claimedBy: '' }, 'claimedBy'], [{ claimedBy: ' ' }, 'claimedBy'], [{ minConfidence: 1.1 }, 'minConfidence'], [{ minConfidence: -1 }, 'minConfidence'],
      [{ proposedFrom: '2026-11-21T00:00:00Z', proposedBefore: '2026-11-21T00:00:00Z' }, 'proposedBefore'],
    ] as const) expect(await refused(filter), JSON.stringify(filter)).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['filter', field] });
    const below = (filter: object) => program.query('query($id: ID!, $filter: ActionFilter) { account(id: $id) { actions(filter: $filter) { totalCount } } }', { id: one.account, filter }, { role: 'approver' });
    expect((await below({ accountId: one.account })).data).toEqual({ account: { actions: { totalCount: 2 } } });
    expect((await below({ accountId: other.account })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['filter', 'accountId'] });
    expect((await below({ status: [] })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('a cursor of another tenant\'s queue is refused', async () => {
    const page = 'query($after: String) { actions(first: 1, after: $after) { edges { cursor } } }';
    const own = dataOf(await program.query<{ actions: { edges: { cursor: string }[] } }, Record<string, unknown>>(page, {}, { role: 'approver' })).actions.edges[0]?.cursor;
    expect((await program.query(page, { after: own }, { role: 'approver' })).errors).toBeUndefined();
    const { errors } = await program.query(page, { after: own }, { token: await program.token('approver', { tenant: program.otherTenant }) });
    expect(errors?.[0]).toMatchObject({ message: expect.stringContaining('another tenant') as string, extensions: { code: 'BAD_USER_INPUT', inputPath: ['after'] } });
    const { status, json } = await pending(own);
    expect([status, json]).toMatchObject([400, { error: { code: 'BAD_USER_INPUT' } }]);
  });

  const pending = async (after: string | undefined): Promise<{ status: number; json: unknown }> => {
    const response = await fetch(`${program.url}/api/actions/pending?after=${after}`, { headers: { authorization: `Bearer ${await program.token('approver', { tenant: program.otherTenant })}` } });
    return { status: response.status, json: await response.json() };
  };

  test('is found by an index, for the page and for its count', async () => {
    await program.admin.query('set session_replication_role = replica');
    await program.admin.query(
      `insert into action (tenant_id, id, account_id, type, status, risk_level, confidence, contact_id, subject_id, evidence_version, evidence_digest, proposed_by_kind, proposed_by_id, proposed_at, expires_at,
         claimed_by_kind, claimed_by_id, claim_expires_at, recorded_at, sys_from)
       select a.tenant_id, gen_random_uuid(), gen_random_uuid(), a.type, case when n % 10 = 0 then 'CLAIMED' else 'PENDING' end, a.risk_level, a.confidence, a.contact_id, a.subject_id, 1, a.evidence_digest, a.proposed_by_kind, a.proposed_by_id,
         a.proposed_at + n * interval '1 second', a.expires_at, case when n % 10 = 0 then 'user' end, case when n % 10 = 0 then 'user-' || n % 500 end, case when n % 10 = 0 then a.expires_at end, a.recorded_at, a.sys_from
       from action a, generate_series(1, 20000) n where a.id = $1`, [uuidOf(ids[0] ?? '')]);
    await program.admin.query('reset session_replication_role');
    await program.admin.query('analyze action');
    for (const [filter, index] of [[{ claimedBy: 'ann' }, 'action_claimed'], [{ claimedBy: 'ann', status: ['CLAIMED'] }, 'action_claimed'], [{ accountId: one.account }, 'action_of_account'], [{ accountId: one.account, ...waiting }, 'action_of_account']] as const) {
      const plans = await plansOf(() => found(filter));
      expect(plans).toHaveLength(2);
      for (const plan of plans) expect(plan, JSON.stringify(filter)).toContain(index);
    }
  });

  /** The plans of the list's statements, as the program's role runs them. */
  async function plansOf(body: () => Promise<unknown>): Promise<string[]> {
    const open = program.database.read;
    const asked: { text: string; values: unknown[] }[] = [];
    program.database.read = (tenantId) => {
      const read = open(tenantId);
      return new Proxy(read, { get: (target, name) => (name === 'rows' ? (statement: { text: string }, values: unknown[]) => (asked.push({ text: statement.text, values }), read.rows(statement as never, values)) : Reflect.get(target, name) as unknown) });
    };
    await body().finally(() => void (program.database.read = open));
    const read = open(program.tenant);
    const plans: string[] = [];
    for (const { text, values } of asked.filter(({ text: each }) => each.includes('from action t'))) {
      const rows = await read.rows<{ 'QUERY PLAN': string }>({ name: `explain_${plans.length}_${text.length}`, text: `explain ${text}` }, values);
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
    }
    await read.close();
    return plans;
  }
});
