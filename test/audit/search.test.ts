import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../src/features/access/index.ts';
import { z } from 'zod';
import { defineEvent } from '../../src/platform/events/event.ts';
import { arrange, crm, dataOf, type Arranged } from '../accounts/arrange.ts';

interface Listed {
  readonly auditEvents: { readonly totalCount?: number; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }; readonly edges: readonly { readonly cursor: string; readonly node: Record<string, never> }[] };
}

// Kinds of the tests' own.
defineEvent('rare.happened', 1, 'Of tests.', z.looseObject({}));

let program: Arranged;
let acme = '';
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
  await program.admin.query("select ensure_audit_partitions('2026-11-01', 4)");
  acme = await program.account('acme');
  await program.account('globex');
  program.clock.advance(20 * 86_400_000);
  for (const name of ['One', 'Two']) await program.upsertAccounts([{ externalRef: crm('acme'), name }]);
  await program.query('mutation { createApiKey(input: { name: "k", roles: [AGENT] }) { __typename } }');
});
afterAll(() => program.close());

const fields = 'pageInfo { hasNextPage endCursor } edges { cursor node { id sequence kind actor { id kind } account { id } requestId recordedAt data hash previousHash } }';
const list = async (args: string, role: Role = 'privacy_officer', more = '') => dataOf(await program.query<Listed, never>(`{ auditEvents${args} { ${more} ${fields} } }`, undefined, { role })).auditEvents;
const sequences = (listed: Listed['auditEvents']): number[] => listed.edges.map(({ node }) => Number(node['sequence']));

describe('searching', () => {
  test('shows the latest first, each chained to the one before', async () => {
    const listed = await list('(first: 100)');
    const found = sequences(listed);
    expect(found).toEqual(found.toSorted((one, other) => other - one));
    expect(listed.edges.at(-1)?.node).toMatchObject({ sequence: 1, kind: 'scoring_model.published', actor: { id: 'create-tenant', kind: 'SYSTEM' }, account: null, previousHash: '0'.repeat(64) });
    for (const [index, { node }] of listed.edges.entries()) if (index > 0) expect(listed.edges[index - 1]?.node['previousHash']).toBe(node['hash']);
  });

  test('filters by account, actor, kind and time, and by all of them', async () => {
    const ofAcme = await list(`(first: 50, filter: { accountId: "${acme}" })`);
    expect(ofAcme.edges.map(({ node }) => [node['kind'], (node['account'] as unknown as { id: string }).id])).toEqual(Array.from({ length: 3 }, () => ['account.changed', acme]));
    expect((await list('(filter: { actorId: "test-admin" })')).edges.map(({ node }) => node['kind'])).toEqual(['api_key.created']);
    expect(sequences(await list('(filter: { kinds: ["scoring_model.published", "api_key.created"] })'))).toHaveLength(2);
    expect(sequences(await list('(filter: { kind: "account.changed", kinds: ["api_key.created"] })'))).toEqual([]);
    expect(sequences(await list(`(filter: { accountId: "${acme}", from: "2026-12-01T00:00:00Z", kind: "account.changed", actorId: "test-agent" })`))).toHaveLength(2);
    expect(sequences(await list('(filter: { to: "2026-12-01T00:00:00Z" })'))).toHaveLength(3);
    expect(sequences(await list('(filter: { accountId: "Contact_00000000000000000000000000000001" })'))).toEqual([]);
  });

  test('pages by cursor either way, and counts only when it is asked to', async () => {
    const all = sequences(await list('(first: 100, orderBy: { field: SEQUENCE, direction: ASC })'));
    const paged: number[] = [];
    for (let after = ''; ; ) {
      const page = await list(`(first: 2, orderBy: { field: SEQUENCE, direction: ASC }${after && `, after: "${after}"`})`);
      paged.push(...sequences(page));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(paged).toEqual(all);
    const latest = await list('(first: 1)');
    expect(sequences(await list(`(first: 1, after: "${latest.pageInfo.endCursor}")`))).toEqual([all.at(-2)]);
    expect((await list('(first: 1)', 'admin', 'totalCount')).totalCount).toBe(all.length);
  });

  test('an event is a node, and hangs on its account', async () => {
    const [first] = (await list('(first: 1)')).edges;
    const { node } = dataOf(await program.query<{ node: object }, never>(`{ node(id: "${String(first?.node['id'])}") { __typename id ... on AuditEvent { sequence kind } } }`, undefined, { role: 'admin' }));
    expect(node).toEqual({ __typename: 'AuditEvent', id: first?.node['id'], sequence: first?.node['sequence'], kind: first?.node['kind'] });
    const { account } = dataOf(await program.query<{ account: { auditEvents: Listed['auditEvents'] } }, never>(`{ account(id: "${acme}") { auditEvents(first: 2, filter: { kind: "account.changed" }) { totalCount ${fields} } } }`, undefined, { role: 'admin' }));
    expect([account.auditEvents.totalCount, account.auditEvents.edges.length]).toEqual([3, 2]);
    const past = dataOf(await program.query<{ account: { auditEvents: Listed['auditEvents'] } }, never>(`{ account(id: "${acme}", asOf: "2026-11-25T00:00:00Z") { auditEvents { totalCount ${fields} } } }`, undefined, { role: 'admin' }));
    expect(past.account.auditEvents.totalCount).toBe(1);
  });

  test('a page goes on where it ended while facts are added, either way: none twice, none left out', async () => {
    const add = (facts: number) => program.database.transact({ tenantId: program.tenant, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
      for (let fact = 0; fact < facts; fact += 1) work.record({ kind: 'rare.happened', version: 1, accountId: null, data: { fact } });
    });
    await add(7);
    const writers = Array.from({ length: 20 }, () => add(3));
    const walk = async (direction: 'ASC' | 'DESC', rounds: number) => {
      const seen: number[] = [];
      for (let after = ''; rounds > 0; rounds -= 1) {
        const page = await list(`(first: 3, orderBy: { field: SEQUENCE, direction: ${direction} }, filter: { kind: "rare.happened" }${after && `, after: "${after}"`})`);
        seen.push(...sequences(page));
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      return seen;
    };
    const [up, down] = await Promise.all([walk('ASC', 100), walk('DESC', 100)]);
    await Promise.all(writers);
    const all = await walk('ASC', 100);
    expect(all).toHaveLength(67);
    expect(up).toEqual(all.slice(0, up.length));
    const top = all.indexOf(down[0] ?? 0);
    expect(down).toEqual(all.slice(0, top + 1).toReversed());
  });

  test('what cannot be searched for is refused with its code and place', async () => {
    const refusal = async (args: string, token?: string) => {
      const { errors } = await program.query(`{ auditEvents${args} { edges { cursor } } }`, undefined, token ? { token } : { role: 'admin' });
      return [errors?.[0]?.extensions['code'], errors?.[0]?.message];
    };
    const kinds = JSON.stringify(Array.from({ length: 51 }, () => 'account.changed'));
    const bad = ['(filter: { kind: "nothing.happened" })', '(filter: { kind: "" })', '(filter: { kinds: ["account.changed", "account%"] })', `(filter: { kinds: ${kinds} })`, '(filter: { actorId: "a\\u0000b" })', '(after: "nonsense")', '(first: 0)', '(first: -1)'];
    for (const args of bad) expect([args, ...(await refusal(args))].slice(0, 2)).toEqual([args, 'BAD_USER_INPUT']);
    expect((await refusal('(first: 100000)'))[0]).toBe('LIMIT_EXCEEDED');
    expect((await refusal('(filter: { kind: "nothing.happened" })'))[1]).toContain('nothing.happened');
    for (const args of ['(filter: { from: "yesterday" })', '(filter: { to: 7 })', '(filter: { sequence: 1 })', '(orderBy: { field: KIND })']) expect((await refusal(args))[0]).toMatch(/GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT/);
    for (const after of ['-1', '1.5', '1e300', '999999']) {
      const { errors } = await program.query(`{ auditVerification(after: ${after}) { intact } }`, undefined, { role: 'admin' });
      expect(errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    }
    // A cursor says a place that every tenant's chain has; it holds for its own only.
    const { endCursor } = (await list('(first: 1)')).pageInfo;
    expect((await refusal(`(after: "${endCursor}")`, await program.token('admin', { tenant: program.otherTenant })))[0]).toBe('BAD_USER_INPUT');
    const ofAccount = await program.query(`{ account(id: "${acme}") { auditEvents(filter: { kind: "nothing.happened" }) { totalCount } } }`, undefined, { role: 'admin' });
    expect(ofAccount.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  test.each(['viewer', 'analyst', 'approver', 'agent'] as const)('a %s is refused, by every way', async (role) => {
    const [{ node } = { node: {} as Record<string, never> }] = (await list('(first: 1)')).edges;
    for (const query of ['{ auditEvents { totalCount } }', '{ auditVerification { intact } }']) {
      expect((await program.query(query, undefined, { role })).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    }
    expect((await program.query(`{ node(id: "${String(node['id'])}") { id } }`, undefined, { role })).data).toEqual({ node: null });
    const answer = await program.query<{ account: object }, never>(`{ account(id: "${acme}") { name auditEvents { totalCount } } }`, undefined, { role });
    expect([answer.data, answer.errors?.[0]?.extensions['code']]).toEqual([{ account: { name: 'Two', auditEvents: null } }, 'FORBIDDEN']);
  });

  test('another tenant’s events are nobody’s', async () => {
    const token = await program.token('admin', { tenant: program.otherTenant });
    const [{ node } = { node: {} as Record<string, never> }] = (await list('(first: 1)')).edges;
    const answer = dataOf(await program.query<Listed & { node: null }, never>(`{ node(id: "${String(node['id'])}") { id } auditEvents(filter: { accountId: "${acme}" }) { totalCount ${fields} } }`, undefined, { token }));
    expect([answer.node, answer.auditEvents.totalCount]).toEqual([null, 0]);
  });
});

describe('what the database does for a search', () => {
  /** Of the months that have rows; an empty table is read as it is. */
  const seqScan = /Seq Scan on audit_logs_(202611|202612|202701) /;
  /** The plan of the last statement of a name, as the program's role runs it. */
  async function planOf(args: string): Promise<string> {
    const open = program.database.read;
    const asked: { text: string; values: unknown[] }[] = [];
    program.database.read = (tenantId) => {
      const read = open(tenantId);
      return new Proxy(read, { get: (target, name) => (name === 'rows' ? (statement: { text: string }, values: unknown[]) => (asked.push({ text: statement.text, values }), read.rows(statement as never, values)) : Reflect.get(target, name) as unknown) });
    };
    await list(args).finally(() => void (program.database.read = open));
    const statement = asked.find(({ text }) => text.includes('from audit_logs t'));
    const read = open(program.tenant);
    const rows = await read.rows<{ 'QUERY PLAN': string }>({ name: `explain_${args.length}_${args.replaceAll(/\W/g, '')}`.slice(0, 60), text: `explain ${statement?.text}` }, statement?.values ?? []);
    await read.close();
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }
  beforeAll(async () => {
    // Enough rows, in every month, that the planner has a choice.
    await program.admin.query(
      `insert into audit_logs (tenant_id, sequence, id, kind, account_id, actor_kind, actor_id, request_id, occurred_at, recorded_at, data, previous_hash, hash)
       select $1, 1000 + n, gen_random_uuid(), case when n % 100 = 0 then 'rare.happened' else 'signal.ingested' end, gen_random_uuid(), 'user', 'user-' || n % 500, 'r', at, at, '{}', '', ''
       from generate_series(1, 40000) n, lateral (select '2026-11-01'::timestamptz + n * interval '3 minutes' as at) t`, [program.otherTenant]);
    await program.admin.query('update audit_logs set tenant_id = $1 where sequence > 1000', [program.tenant]);
    await program.admin.query('analyze audit_logs');
  });

  test.each([
    ['(first: 20)', 'pkey'],
    [`(first: 20, filter: { accountId: "Account_00000000000000000000000000000001" })`, 'account_id'],
    ['(first: 20, filter: { actorId: "user-7" })', 'actor_id'],
    ['(first: 20, filter: { kinds: ["rare.happened"] })', 'kind'],
  ])('%s goes by an index, without a sequential scan', async (args, index) => {
    const plan = await planOf(args);
    expect(plan).not.toMatch(seqScan);
    expect(plan).toContain(index);
  });

  test('months that the filter excludes are not looked at', async () => {
    const plan = await planOf('(first: 20, filter: { from: "2026-12-01T00:00:00Z", to: "2026-12-20T00:00:00Z", actorId: "user-7" })');
    expect(plan).toMatch(/audit_logs_202612/);
    expect(plan).not.toMatch(/audit_logs_202611|audit_logs_202701|audit_logs_202702/);
    expect(plan).not.toMatch(seqScan);
  });
});
