import { array, assert, asyncProperty, boolean, constantFrom, integer, nat, record } from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { BudgetIsExhausted, requestEnrichment, settleEnrichments } from '../../src/features/enrichment/index.ts';
import { endEnrichment, type OpenEnrichment } from '../../src/features/enrichment/end-enrichment.ts';
import type { Id } from '../../src/platform/ids.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { inWork, policy, uuidOf } from './arrange.ts';

let program: Arranged;
let accounts: Id<'Account'>[] = [];
let made = 0;
beforeAll(async () => {
  // Without the scheduler nobody calls a provider: what is reserved stays so until a test ends it.
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  await policy(program, { provider: 'MOCK_CLEARBIT' });
});
afterAll(() => program?.close());
beforeEach(renew);

/** New accounts, whose budgets are untouched. */
async function renew(): Promise<void> {
  const { results } = await program.upsertAccounts(Array.from({ length: 3 }, () => ({ externalRef: crm(`b-${(made += 1)}`), name: 'Budgeted' })));
  accounts = results.map(({ id }) => uuidOf<'Account'>(id ?? ''));
}

const request = (accountId: Id<'Account'>) => inWork(program, (work) => requestEnrichment(work, { accountId, trigger: 'MANUAL', contextQuality: null }));
type Outcome = 'COMPLETED' | 'FAILED' | 'RELEASED';

/** Ends an enrichment as its job would. Returns what it cost. */
async function finish(id: Id<'Enrichment'>, outcome: Outcome): Promise<number> {
  const [row] = await program.rows(`select id, account_id as "accountId", provider, month::text as month, price_minor as "priceMinor" from enrichment where id = $1`, [id]);
  const open = { ...row, callId: null } as unknown as OpenEnrichment;
  const costMinor = outcome === 'COMPLETED' ? open.priceMinor : 0;
  const callId = '00000000-0000-4000-8000-000000000001';
  const ended = await inWork(program, async (work) => {
    if (outcome === 'RELEASED') return endEnrichment(work, open, { status: 'FAILED', failureCode: 'NOT_CALLED', costMinor });
    await work.em.execute(`update enrichment set status = 'CALLING', call_id = ?, called_at = ? where tenant_id = ? and id = ? and status = 'REQUESTED'`, [callId, work.now, work.tenantId, id]);
    return endEnrichment(work, { ...open, callId }, outcome === 'COMPLETED' ? { status: 'COMPLETED', failureCode: null, costMinor } : { status: 'FAILED', failureCode: 'REFUSED', costMinor });
  });
  return ended ? costMinor : 0;
}

/** The budget is the sum of the enrichments of its account and month, and never above the limit. */
async function expectKept(limit = 50): Promise<void> {
  const rows = await program.rows(
    `select b.reserved_minor as reserved, b.spent_minor as spent, coalesce(sum(e.price_minor) filter (where e.completed_at is null), 0)::int as open, coalesce(sum(e.cost_minor), 0)::int as cost
     from enrichment_budget b join enrichment e on e.tenant_id = b.tenant_id and e.account_id = b.account_id and e.month = b.month group by b.tenant_id, b.id`,
  );
  for (const row of rows) {
    const { reserved, spent, open, cost } = row as unknown as Record<string, number>;
    expect([reserved, spent]).toEqual([open, cost]);
    expect((reserved ?? 0) + (spent ?? 0)).toBeLessThanOrEqual(limit);
  }
}

test('200 concurrent requests spend no more than the budget of the month, and all of it', { timeout: 60_000 }, async () => {
  const [accountId] = accounts;
  if (!accountId) throw new Error('no account');
  let spent = 0;
  const refused: BudgetIsExhausted[] = [];
  await Promise.all(Array.from({ length: 200 }, async () => {
    try {
      const { id, isNew } = await request(accountId);
      if (isNew) spent += await finish(id, 'COMPLETED');
    } catch (error) {
      if (!(error instanceof BudgetIsExhausted)) throw error;
      refused.push(error);
    }
  }));
  // Requests that met one under way share it; some are left to ask for the rest.
  while (refused.length === 0 || spent < 50) {
    const asked = await request(accountId).catch((error: unknown) => error);
    if (asked instanceof BudgetIsExhausted) refused.push(asked);
    else spent += await finish((asked as { id: Id<'Enrichment'> }).id, 'COMPLETED');
  }
  expect(spent).toBe(50);
  expect(refused[0]).toMatchObject({ code: 'LIMIT_EXCEEDED', remainingMinor: 0 });
  expect(await program.rows('select reserved_minor as reserved, spent_minor as spent from enrichment_budget where account_id = $1', [accountId])).toEqual([{ reserved: 0, spent: 50 }]);
  await expectKept();
});

test('whatever happens to requests, side by side and in whatever order, the budget is their sum and is never exceeded', { timeout: 120_000 }, async () => {
  const step = record({ account: nat(2), requests: integer({ min: 1, max: 6 }), outcome: constantFrom<Outcome>('COMPLETED', 'FAILED', 'RELEASED'), leave: boolean() });
  await assert(asyncProperty(array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
    await renew();
    await Promise.all(steps.map(async ({ account, requests, outcome, leave }) => {
      const accountId = accounts[account];
      if (!accountId) return;
      const asked = await Promise.allSettled(Array.from({ length: requests }, () => request(accountId)));
      for (const each of asked) if (each.status === 'rejected' && !(each.reason instanceof BudgetIsExhausted)) throw each.reason;
      if (leave) return;
      for (const each of asked) if (each.status === 'fulfilled' && each.value.isNew) await finish(each.value.id, outcome);
    }));
    await expectKept();
  }), { numRuns: Number(process.env['HISTORIES'] ?? 12) });
});

test('what waited too long is settled: a call that was not made is released, one whose outcome nobody knows is paid', async () => {
  const [one, other] = accounts;
  if (!one || !other) throw new Error('no accounts');
  const waiting = await request(one);
  const called = await request(other);
  await program.admin.query(`update enrichment set status = 'CALLING', call_id = gen_random_uuid(), called_at = requested_at where id = $1`, [called.id]);
  expect(await settleEnrichments(program, { actor: { kind: 'system', id: 'test' }, requestId: 'test' })).toBe(0);
  program.clock.advance(16 * 60_000);
  const settle = (): Promise<number> => settleEnrichments(program, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
  const counts = await Promise.all([settle(), settle()]);
  expect(counts[0] + counts[1]).toBeGreaterThanOrEqual(2);
  const rows = await program.rows('select id, status, failure_code, cost_minor from enrichment where id = any($1) order by id', [[waiting.id, called.id]]);
  expect(rows).toEqual([{ id: waiting.id, status: 'FAILED', failure_code: 'NOT_CALLED', cost_minor: 0 }, { id: called.id, status: 'UNKNOWN', failure_code: 'OUTCOME_UNKNOWN', cost_minor: 10 }]);
  const settled = (await program.facts('enrichment.ended')).filter(({ data }) => data['settled'] === true && [waiting.id, called.id].some((id) => id === data['enrichmentId']));
  expect(settled.map(({ data }) => Number(data['costMinor'])).toSorted((one, other) => one - other)).toEqual([0, 10]);
  await expectKept();
  // An answer that comes after all is not kept.
  expect(await finish(called.id, 'COMPLETED').catch(() => 0)).toBe(0);
  await expectKept();
});

test('accounts that are merged share what they spent, and a new month has a new budget', async () => {
  const [one, other] = accounts;
  if (!one || !other) throw new Error('no accounts');
  for (let call = 0; call < 3; call += 1) await finish((await request(one)).id, 'COMPLETED');
  for (let call = 0; call < 2; call += 1) await finish((await request(other)).id, 'COMPLETED');
  const global = (id: string): string => `Account_${id.replaceAll('-', '')}`;
  const merged = await program.query<{ mergeAccounts: { __typename: string } }, Record<string, unknown>>('mutation($input: MergeInput!) { mergeAccounts(input: $input) { __typename ... on UserError { message } } }', { input: { intoId: global(one), fromId: global(other), reason: 'One company.' } });
  expect(merged.errors).toBeUndefined();
  expect(merged.data?.mergeAccounts.__typename).not.toContain('Error');
  await expect(request(one)).rejects.toThrow(BudgetIsExhausted);
  await expect(request(other)).rejects.toThrow('0.00 USD');
  program.clock.advance(31 * 86_400_000);
  expect(await request(other)).toMatchObject({ isNew: true });
  // The survivor shows the enrichments of both, by whichever id it is asked.
  interface Listed { readonly account: { readonly enrichments: { readonly totalCount: number; readonly edges: readonly { readonly node: { readonly account: { readonly id: string } } }[] } } }
  for (const id of [one, other]) {
    const { account: { enrichments } } = await program.see<Listed>('query($id: ID!) { account(id: $id) { enrichments(first: 20) { totalCount edges { node { account { id } } } } } }', { id: global(id) });
    const [stored] = await program.rows('select count(*)::int as count from enrichment where account_id = any($1)', [[one, other]]);
    expect(enrichments.totalCount).toBe(stored?.['count']);
    expect(new Set(enrichments.edges.map(({ node }) => node.account.id))).toEqual(new Set([global(one)]));
  }
});

test('accounts that are merged while each is enriched have no third enrichment at once', async () => {
  const global = (id: string): string => `Account_${id.replaceAll('-', '')}`;
  const [into, from] = [uuidOf<'Account'>(await program.account('open-into')), uuidOf<'Account'>(await program.account('open-from'))];
  const { id } = await request(from);
  const merged = await program.query<{ mergeAccounts: { __typename: string } }, Record<string, unknown>>('mutation($input: MergeInput!) { mergeAccounts(input: $input) { __typename } }', { input: { intoId: global(into), fromId: global(from), reason: 'One company.' } });
  expect(merged.data?.mergeAccounts.__typename).not.toContain('Error');
  expect(await request(into)).toEqual({ id, isNew: false });
});

test('the database refuses what the program must not do', async () => {
  const [one] = accounts;
  if (!one) throw new Error('no account');
  const { id } = await request(one);
  const asApp = (sql: string, values: readonly unknown[]): Promise<unknown> => inWork(program, (work) => work.em.execute(sql, [...values]));
  await expect(asApp('update enrichment_budget set spent_minor = 0 where tenant_id = ?', [program.tenant])).rejects.toThrow('permission denied');
  await expect(asApp('delete from enrichment where tenant_id = ?', [program.tenant])).rejects.toThrow('permission denied');
  await expect(asApp('update enrichment set price_minor = 0 where tenant_id = ? and id = ?', [program.tenant, id])).rejects.toThrow('identity columns are immutable');
  await expect(asApp(`update enrichment set status = 'COMPLETED', cost_minor = 0, completed_at = now(), settle_at = null, call_id = gen_random_uuid(), called_at = now() where tenant_id = ? and id = ?`, [program.tenant, id])).rejects.toThrow('does not go from REQUESTED to COMPLETED');
  await expect(asApp(`insert into enrichment (tenant_id, id, account_id, provider, trigger, status, requested_at, requested_by_kind, requested_by_id, policy_version, month, limit_minor, price_minor, settle_at)
    values (?, gen_random_uuid(), ?, 'HTTP', 'MANUAL', 'REQUESTED', now(), 'user', 'x', 1, '2026-12-01', 40, 41, now())`, [program.tenant, accounts[1]])).rejects.toThrow('budget of the month');
});
