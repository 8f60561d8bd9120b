import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { factsOfRequests } from '../harness/facts.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

type Role = 'viewer' | 'analyst' | 'approver' | 'privacy_officer' | 'agent' | 'admin';
interface ConsentAnswer {
  readonly __typename: string;
  readonly id: string;
  readonly code?: string;
  readonly message?: string;
  readonly path?: readonly string[];
}

const run = async <Data>(query: string, variables: Record<string, unknown> = {}, options: { role?: Role; token?: string } = {}): Promise<Data> =>
  dataOf(await program.query<Data, Record<string, unknown>>(query, variables, { role: 'privacy_officer', ...options }));
const fields = '__typename ... on Consent { id granted standing email purpose channel basis source version grantedAt expiresAt revokedAt } ... on UserError { message code path }';
const grant = async (input: Record<string, unknown>, options: { role?: Role } = {}) =>
  (await run<{ grantConsent: ConsentAnswer }>(`mutation($input: ConsentInput!) { grantConsent(input: $input) { ${fields} } }`, { input: { purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', ...input } }, options)).grantConsent;
const revoke = async (input: Record<string, unknown>, options: { role?: Role } = {}) =>
  (await run<{ revokeConsent: ConsentAnswer }>(`mutation($input: ConsentRevocationInput!) { revokeConsent(input: $input) { ${fields} } }`, { input: { purpose: 'OUTREACH', channel: 'EMAIL', ...input } }, options)).revokeConsent;

async function rest(method: string, path: string, { body, role = 'privacy_officer', token }: { body?: unknown; role?: Role; token?: string } = {}) {
  const response = await fetch(`${program.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token ?? (await program.token(role))}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

test('granted and revoked through the graph, with every decision kept', async () => {
  const at = program.clock.now().toISOString();
  const granted = await grant({ email: 'Ada@example.com', source: 'web form', expiresAt: '2027-01-01T00:00:00Z' });
  expect(granted).toMatchObject({ __typename: 'Consent', granted: true, standing: 'GRANTED', email: 'Ada@example.com', basis: 'CONSENT', source: 'web form', version: 1, grantedAt: at, expiresAt: '2027-01-01T00:00:00.000Z', revokedAt: null });
  program.clock.advance(1_000);
  expect(await revoke({ email: 'ada@example.com' })).toMatchObject({ __typename: 'Consent', id: granted.id, granted: false, standing: 'REVOKED', revokedAt: program.clock.now().toISOString(), source: null, version: 2, email: 'Ada@example.com' });
  const { consent } = await run<{ consent: object[] }>('query($email: String!) { consent(email: $email) { id granted purpose channel basis history { version granted at by byErasure source } } }', { email: ' ADA@example.com' });
  expect(consent).toEqual([{ id: granted.id, granted: false, purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', history: [
    { version: 2, granted: false, at: program.clock.now().toISOString(), by: 'test-privacy_officer', byErasure: false, source: null },
    { version: 1, granted: true, at, by: 'test-privacy_officer', byErasure: false, source: 'web form' },
  ] }]);
  expect(await run('query($email: String!) { consent(email: $email) { id } }', { email: 'nobody@example.com' })).toEqual({ consent: [] });
});

test('whoever is neither privacy officer nor administrator sees and changes nothing', async () => {
  const { id } = await grant({ email: 'hidden@example.com' }, { role: 'admin' });
  for (const role of ['viewer', 'analyst', 'approver', 'agent'] as const) {
    expect(await grant({ email: 'x@example.com' }, { role })).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' });
    expect(await revoke({ email: 'x@example.com' }, { role })).toMatchObject({ code: 'FORBIDDEN' });
    for (const query of ['{ consent(email: "hidden@example.com") { id } }', '{ consents { edges { node { id } } } }']) {
      expect((await program.query(query, {}, { role })).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    }
    expect(await run('query($id: ID!) { node(id: $id) { id } }', { id }, { role })).toEqual({ node: null });
    for (const [method, path, body] of [['GET', '/api/consent/hidden@example.com'], ['DELETE', '/api/consent/hidden@example.com'], ['POST', '/api/consent', {}]] as const) {
      expect(await rest(method, path, { role, ...(body ? { body } : {}) })).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    }
  }
  expect(await run('query($id: ID!) { node(id: $id) { id ... on Consent { email } } }', { id })).toEqual({ node: { id, email: 'hidden@example.com' } });
  const stranger = await program.token('privacy_officer', { tenant: program.otherTenant });
  expect(await run('query($id: ID!) { node(id: $id) { id } consent(email: "hidden@example.com") { id } consents { totalCount } }', { id }, { token: stranger })).toEqual({ node: null, consent: [], consents: { totalCount: 0 } });
  expect(await rest('GET', '/api/consent/hidden@example.com', { token: stranger })).toMatchObject({ status: 200, body: { consents: [] } });
  // Another tenant's own objection; the consent of this one stays.
  expect(await rest('DELETE', '/api/consent/hidden@example.com?purpose=OUTREACH&channel=EMAIL', { token: stranger })).toMatchObject({ status: 200, body: { consents: [{ granted: false }] } });
  expect(await run('{ consent(email: "hidden@example.com") { granted } }')).toEqual({ consent: [{ granted: true }] });
});

test('the list pages, filters and counts by a constant number of statements', async () => {
  for (let index = 0; index < 7; index += 1) await grant({ email: `listed${index}@example.com`, purpose: 'PROFILING', channel: 'NONE', ...(index < 3 ? { expiresAt: '2026-11-22T00:00:00Z' } : {}) });
  await revoke({ email: 'listed6@example.com', purpose: 'PROFILING', channel: 'NONE' });
  const list = `query($first: Int!, $after: String, $filter: ConsentFilter) { consents(first: $first, after: $after, filter: $filter, orderBy: { field: RECORDED_AT, direction: ASC }) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { email standing history { version } } } } }`;
  interface Listed {
    consents: { totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string }; edges: { node: { email: string; standing: string; history: object[] } }[] };
  }
  const filter = { purposes: ['PROFILING'] };
  const { consents: first } = await run<Listed>(list, { first: 4, filter });
  expect(first).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: true } });
  const { consents: second } = await run<Listed>(list, { first: 4, after: first.pageInfo.endCursor, filter });
  expect([...first.edges, ...second.edges].map(({ node }) => node.email).toSorted()).toEqual(Array.from({ length: 7 }, (_, index) => `listed${index}@example.com`));
  program.clock.advance(86_400_000);
  const standing = async (standings: string[]) => (await run<Listed>(list, { first: 10, filter: { ...filter, standings } })).consents.totalCount;
  expect([await standing(['GRANTED']), await standing(['EXPIRED']), await standing(['REVOKED']), await standing(['GRANTED', 'REVOKED']), await standing(['UNKNOWN'])]).toEqual([3, 3, 1, 4, 0]);
  expect((await run<Listed>(list, { first: 10, filter: { ...filter, expiresBefore: '2026-11-22T00:00:00.001Z' } })).consents.totalCount).toBe(3);
  expect((await program.query(list, { first: 0 }, { role: 'privacy_officer' })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['first'] });
});

test('REST shares the use cases', async () => {
  const email = encodeURIComponent('müller+crm@example.com');
  const posted = await rest('POST', '/api/consent', { body: { email: 'Müller+crm@example.com', purpose: 'OUTREACH', channel: 'PHONE', basis: 'LEGITIMATE_INTEREST', source: 'fair', expiresAt: '2027-01-01T00:00:00+01:00' } });
  expect(posted).toMatchObject({ status: 201, body: { granted: true, purpose: 'OUTREACH', channel: 'PHONE', basis: 'LEGITIMATE_INTEREST', source: 'fair', version: 1, expiresAt: '2026-12-31T23:00:00.000Z' } });
  await rest('POST', '/api/consent', { body: { email: 'müller+crm@example.com', purpose: 'MARKETING', channel: 'EMAIL', basis: 'CONSENT' } });
  expect(await rest('GET', `/api/consent/${email}`)).toMatchObject({ status: 200, body: { consents: [{ purpose: 'MARKETING', granted: true }, { purpose: 'OUTREACH', granted: true }] } });
  expect(await run('{ consent(email: "müller+crm@example.com") { purpose granted } }')).toEqual({ consent: [{ purpose: 'MARKETING', granted: true }, { purpose: 'OUTREACH', granted: true }] });
  expect(await rest('DELETE', `/api/consent/${email}?purpose=MARKETING&channel=EMAIL&source=unsubscribe%20link`)).toMatchObject({ status: 200, body: { revoked: [expect.any(String)], consents: [{ granted: false, standing: 'REVOKED', source: 'unsubscribe link' }, { granted: true }] } });
  // To everything: as a stranger's objection, though one consent is known.
  const all = await rest('DELETE', `/api/consent/${email}`);
  const { consents, revoked } = all.body as unknown as { consents: { purpose: string; channel: string; granted: boolean }[]; revoked: string[] };
  expect(revoked).toContain(posted.body['id']);
  const stranger = (await rest('DELETE', '/api/consent/stranger@example.com')).body as unknown as { consents: { purpose: string; channel: string; granted: boolean }[] };
  const which = (some: typeof consents) => some.map(({ purpose, channel, granted }) => `${purpose} ${channel} ${granted}`);
  expect(which(consents)).toEqual(which(stranger.consents));
  expect(consents.filter(({ granted }) => granted)).toEqual([]);
  expect(await rest('DELETE', `/api/consent/${email}`)).toMatchObject({ status: 200, body: { revoked: [] } });
});

test('an objection that no grant preceded is kept by REST as by the graph', async () => {
  const posted = await rest('DELETE', '/api/consent/objects@example.com?purpose=OUTREACH&channel=EMAIL');
  expect(posted).toMatchObject({ status: 200, body: { revoked: [expect.any(String)], consents: [{ purpose: 'OUTREACH', channel: 'EMAIL', granted: false, standing: 'REVOKED', version: 1 }] } });
  expect(await revoke({ email: 'objects@example.com' })).toMatchObject({ id: posted.body['revoked']?.[0], granted: false, version: 1 });
});

test('an address may be 320 characters long, however it is written; what is longer is refused and told nobody', async () => {
  const long = `${'ü'.repeat(200)}@${'y'.repeat(100)}.example`;
  expect(await rest('DELETE', `/api/consent/${encodeURIComponent(long)}?purpose=OUTREACH&channel=EMAIL`)).toMatchObject({ status: 200 });
  expect(await rest('GET', `/api/consent/${encodeURIComponent(long)}`)).toMatchObject({ status: 200, body: { consents: [{ granted: false }] } });
  for (const [path, status, code] of [[`${'zaphod'.repeat(60)}@x.example`, 400, 'BAD_USER_INPUT'], [`${'zaphod'.repeat(1_000)}@x.example`, 400, 'BAD_USER_INPUT'], ['zaphod%ff%E0@x.example', 400, 'BAD_USER_INPUT']] as const) {
    for (const url of [`/api/consent/${path}`, `/api/subjects/${path}/export`]) {
      const answer = await rest('GET', url);
      expect(answer, path.slice(0, 20)).toMatchObject({ status, body: { error: { code, requestId: expect.any(String) } } });
      expect(JSON.stringify(answer.body)).not.toContain('zaphod');
    }
  }
  expect(JSON.stringify(program.logged)).not.toContain('zaphod');
});

test('bad input is refused at every door with its place, and leaves nothing behind', async () => {
  const before = await program.count(`select from ${factsOfRequests}`);
  const subjects = await program.count('select from subject_key');
  for (const email of ['', 'nobody', 'a b@c', 'a@', '\0@x', '\ud800@x.example', `${'x'.repeat(400)}@x.example`]) {
    expect(await grant({ email })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'email'] });
    expect(await revoke({ email })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'email'] });
    expect((await program.query('query($email: String!) { consent(email: $email) { id } }', { email }, { role: 'privacy_officer' })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['email'] });
    expect(await rest('POST', '/api/consent', { body: { email, purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT' } })).toMatchObject({ status: 400, body: { error: { code: 'BAD_USER_INPUT', path: ['email'] } } });
  }
  expect(await grant({ email: 'a@example.com', source: 'x'.repeat(501) })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'source'] });
  expect(await grant({ email: 'a@example.com', expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'expiresAt'] });
  const good = { email: 'a@example.com', purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT' };
  for (const [change, path] of [[{ purpose: 'FUN' }, ['purpose']], [{ purpose: 7 }, ['purpose']], [{ channel: null }, ['channel']], [{ basis: 'constructor' }, ['basis']], [{ source: 1 }, ['source']], [{ expiresAt: 'tomorrow' }, ['expiresAt']], [{ expiresAt: '2026-02-30T00:00:00Z' }, ['expiresAt']], [{ more: 1 }, []]] as const) {
    expect(await rest('POST', '/api/consent', { body: { ...good, ...change } }), JSON.stringify(change)).toMatchObject({ status: 400, body: { error: { code: 'BAD_USER_INPUT', path } } });
  }
  for (const body of ['', 'null', '[]', '"x"', '{', '7']) expect((await rest('POST', '/api/consent', { body })).status, body).toBe(400);
  for (const path of ['/api/consent/nobody', '/api/consent/%00@x', '/api/consent/a%20b@c']) {
    expect(await rest('GET', path)).toMatchObject({ status: 400, body: { error: { code: 'BAD_USER_INPUT', path: ['email'] } } });
    expect(await rest('DELETE', path)).toMatchObject({ status: 400, body: { error: { code: 'BAD_USER_INPUT', path: ['email'] } } });
  }
  expect((await rest('GET', '/api/consent/%ff')).status).toBe(400);
  expect(await rest('DELETE', '/api/consent/a@example.com?purpose=FUN')).toMatchObject({ status: 400, body: { error: { path: ['purpose'] } } });
  expect(await rest('DELETE', '/api/consent/a@example.com?all=1')).toMatchObject({ status: 400 });
  expect((await fetch(`${program.url}/api/consent/a@example.com`)).status).toBe(401);
  expect([await program.count(`select from ${factsOfRequests}`), await program.count('select from subject_key')]).toEqual([before, subjects]);
});

test('events, audit and log carry ids only', async () => {
  await grant({ email: 'zaphod-marker@example.com', source: 'zaphod-marker form' });
  await revoke({ email: 'zaphod-marker@example.com' });
  await rest('GET', '/api/consent/zaphod-marker@example.com');
  for (const table of ['audit_logs', 'outbox', 'bus_event', 'consent', 'consent_decision', 'subject_key']) {
    expect(await program.count(`select from ${table} t where t::text like '%zaphod%'`), table).toBe(0);
  }
  expect(JSON.stringify(program.logged)).not.toContain('zaphod');
});

test('one domain is one, in letters and as the DNS has it; what cannot be seen is refused', async () => {
  await grant({ email: 'eva@bücher.example' });
  expect(await run('{ consent(email: "Eva@xn--bcher-kva.example") { granted } }')).toEqual({ consent: [{ granted: true }] });
  for (const email of ['e\u200bva@example.com', 'eva@exam\u00adple.com', 'eva\u202e@example.com']) {
    expect(await grant({ email })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'email'] });
    expect((await program.query('query($email: String!) { erasurePreview(email: $email) { digest } }', { email }, { role: 'privacy_officer' })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['email'] });
  }
});

test('a revocation says how it was come by', async () => {
  await grant({ email: 'said@example.com', source: 'web form' });
  expect(await revoke({ email: 'said@example.com', source: 'call of today' })).toMatchObject({ granted: false, source: 'call of today' });
  expect(await run('{ consent(email: "said@example.com") { history { source } } }')).toEqual({ consent: [{ history: [{ source: 'call of today' }, { source: 'web form' }] }] });
  expect(await revoke({ email: 'said2@example.com', source: 'x'.repeat(501) })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'source'] });
});
