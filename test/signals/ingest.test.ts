import { isDeepStrictEqual } from 'node:util';
import { register } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIngestQueue } from '../../src/features/signals/index.ts';
import { defaultScoringModelParameters } from '../../src/features/scoring/index.ts';
import { Unavailable } from '../../src/platform/errors.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { asProgram } from '../platform/postgres/fixture.ts';
import { arrange, crm, type Arranged, type ItemResult } from '../accounts/arrange.ts';
import { factsOfRequests } from '../harness/facts.ts';

let program: Arranged;
let acme: string;
beforeAll(async () => {
  program = await arrange();
  acme = await program.account('acme');
});
afterAll(() => program.close());

const uuidOf = (globalId: string | undefined): string => parseGlobalId(globalId ?? '')?.id ?? '';
const signal = (more: Record<string, unknown> = {}) => ({ account: { id: acme }, type: 'call', source: 'phone', ...more });
const post = async (body: unknown, token?: string) => {
  const response = await fetch(`${program.url}/api/signals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token ?? (await program.token('agent'))}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { status?: string; signalId?: string; accountId?: string; code?: string; detail?: string } };
};
const idOf = (result: ItemResult | undefined): string | undefined => result?.signal?.id;
const ingestOne = async (more: Record<string, unknown>) => (await program.ingest([signal(more)])).results[0];

describe('a duplicate', () => {
  test('is known by the source\'s own id, within tenant and source', async () => {
    const first = await ingestOne({ sourceEventId: 'e-1', payload: { a: 1 } });
    expect(first?.__typename).toBe('SignalAccepted');
    const [again, elsewhere] = (await program.ingest([signal({ sourceEventId: 'e-1', payload: { other: true }, type: 'meeting' }), signal({ sourceEventId: 'e-1', source: 'crm' })])).results;
    expect(again).toMatchObject({ __typename: 'SignalDuplicate', signal: { id: idOf(first) } });
    expect(elsewhere?.__typename).toBe('SignalAccepted');
    const token = await program.token('agent', { tenant: program.otherTenant });
    const [foreign] = (await program.ingest([{ ...signal({ sourceEventId: 'e-1' }), account: { externalRef: crm('acme') } }], { token })).results;
    expect(foreign?.__typename).toBe('SignalAccepted');
  });

  test('is known by its normalised content where the source gives no id', async () => {
    const told = { occurredAt: '2026-11-20T10:00:00Z', payload: { b: 1, a: [1, 2] } };
    const first = await ingestOne(told);
    expect(first?.signal?.dedupeKey).toMatch(/^sha256:[0-9a-f]{64}$/);
    const same = await ingestOne({ type: ' CALL ', source: 'Phone', occurredAt: '2026-11-20T11:00:00+01:00', payload: { a: [1, 2], b: 1 } });
    expect(same).toMatchObject({ __typename: 'SignalDuplicate', signal: { id: idOf(first) } });
    for (const other of [{ ...told, payload: { b: 1, a: [2, 1] } }, { ...told, occurredAt: '2026-11-20T10:00:00.001Z' }, { ...told, type: 'meeting' }]) {
      expect((await ingestOne(other))?.__typename).toBe('SignalAccepted');
    }
  });

  test('changes nothing: no fact, no row, no score', async () => {
    const account = await program.account('calm');
    const told = { account: { id: account }, type: 'demo_request', source: 'web', sourceEventId: 'calm-1' };
    await program.ingest([told]);
    await program.settled();
    const look = async () => [
      await program.facts('signal.ingested').then((facts) => facts.length),
      await program.count('select from signal'),
      await program.rows('select point_id, intent_score, scored_at from account_contexts where account_id = $1', [uuidOf(account)]),
      await program.count('select from score_point'),
      await program.count(`select from ${factsOfRequests}`),
    ];
    const before = await look();
    program.clock.advance(1_000);
    expect((await program.ingest([told, told])).duplicates).toBe(2);
    expect((await post(told)).status).toBe(200);
    await program.settled();
    expect(await look()).toEqual(before);
  });

  test('in one call answers the first one\'s id', async () => {
    const { accepted, duplicates, results } = await program.ingest(Array.from({ length: 5 }, () => signal({ sourceEventId: 'same-call' })));
    expect([accepted, duplicates]).toEqual([1, 4]);
    expect(new Set(results.map(idOf)).size).toBe(1);
    expect(results[0]?.__typename).toBe('SignalAccepted');
  });

  test('of which 100 arrive at once by POST is stored once', async () => {
    const body = { account: { externalRef: crm('hundred') }, type: 'call', source: 'phone', sourceEventId: 'hundred' };
    const token = await program.token('agent');
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(body, token)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
    expect(new Set(answers.map((answer) => answer.body.signalId)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.body.accountId)).size).toBe(1);
    expect(await program.count(`select from signal where source_event_id = 'hundred'`)).toBe(1);
    expect(await program.count(`select from account where name = 'hundred'`)).toBe(1);
  });

  test('of which 100 arrive at once by mutation, from many callers, is stored once', async () => {
    const body = { account: { externalRef: crm('hundred-more') }, type: 'call', source: 'phone', payload: { n: 100 } };
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, index) => program.token('agent', { subject: `machine-${index}` })));
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => program.ingest([body], { token: tokens[index % 10] ?? '' })));
    expect(answers.filter(({ accepted }) => accepted === 1)).toHaveLength(1);
    expect(answers.filter(({ duplicates }) => duplicates === 1)).toHaveLength(99);
    expect(new Set(answers.map(({ results }) => idOf(results[0]))).size).toBe(1);
    expect((await program.facts('signal.ingested')).filter(({ data }) => data['signalId'] === uuidOf(idOf(answers[0]?.results[0])))).toHaveLength(1);
  });
});

describe('a signal', () => {
  test('of an unknown account makes a stub; of an unknown id it is refused', async () => {
    const { results } = await program.ingest([
      { ...signal(), account: { externalRef: { system: 'chatwoot', id: '74274/12345' } } },
      { ...signal(), account: { id: 'Account_00000000000070008000000000000000' } },
      { ...signal(), account: { id: 'nonsense' } },
      { ...signal({ payload: { n: 2 } }), account: { externalRef: { system: 'chatwoot', id: '74274/12345' } } },
    ]);
    expect(results.map(({ __typename, path }) => [__typename, path])).toEqual([
      ['SignalAccepted', undefined],
      ['NotFoundError', ['input', '1', 'account']],
      ['NotFoundError', ['input', '2', 'account']],
      ['SignalAccepted', undefined],
    ]);
    expect(results[3]?.signal?.account.id).toBe(results[0]?.signal?.account.id);
    const { node } = await program.see<{ node: object }>('query($id: ID!) { node(id: $id) { ... on Account { isStub name externalRefs { system id } } } }', { id: results[0]?.signal?.account.id });
    expect(node).toEqual({ isStub: true, name: '74274/12345', externalRefs: [{ system: 'chatwoot', id: '74274/12345' }] });
  });

  test('is stored in its one form, with the request that brought it', async () => {
    const response = await fetch(`${program.url}/api/signals`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}`, 'x-request-id': '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
      body: JSON.stringify(signal({ type: ' Pricing Page.Visit ', source: ' Web-Site ', occurredAt: '2026-11-21T10:00:00+01:00', payload: { page: '/pricing' } })),
    });
    const { signalId } = (await response.json()) as { signalId: string };
    const { node } = await program.see<{ node: object }>('query($id: ID!) { node(id: $id) { ... on Signal { type source sourceEventId occurredAt recordedAt payload account { id } } } }', { id: signalId });
    expect(node).toEqual({ type: 'pricing_page_visit', source: 'web-site', sourceEventId: null, occurredAt: '2026-11-21T09:00:00.000Z', recordedAt: program.clock.now().toISOString(), payload: { page: '/pricing' }, account: { id: acme } });
    const [fact] = (await program.rows(`select data, occurred_at, request_id from audit_logs where kind = 'signal.ingested' and data->>'signalId' = $1`, [uuidOf(signalId)])) as unknown as { data: object; request_id: string }[];
    expect(fact).toMatchObject({ request_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', data: { signalId: uuidOf(signalId), accountId: uuidOf(acme), type: 'pricing_page_visit', source: 'web-site' } });
  });

  test('may lie exactly five minutes in the future, and not a millisecond more', async () => {
    const at = (milliseconds: number) => new Date(program.clock.now().getTime() + milliseconds).toISOString();
    expect((await ingestOne({ occurredAt: at(300_000) }))?.__typename).toBe('SignalAccepted');
    expect(await ingestOne({ occurredAt: at(300_001) })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', '0', 'occurredAt'], message: expect.stringContaining('5 minutes') as string });
    expect((await post(signal({ occurredAt: at(300_000), payload: { by: 'post' } }))).status).toBe(202);
    expect((await post(signal({ occurredAt: at(300_001), payload: { by: 'post' } }))).status).toBe(400);
    expect((await ingestOne({ occurredAt: '1970-01-01T00:00:00Z' }))?.__typename).toBe('SignalAccepted');
    expect((await ingestOne({ occurredAt: '1969-12-31T23:59:59Z' }))?.code).toBe('BAD_USER_INPUT');
  });

  const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) });
  test.each([
    ['64 KiB', { text: 'x'.repeat(64 * 1_024 - '{"text":""}'.length) }, null],
    ['a byte more', { text: 'x'.repeat(64 * 1_024 - '{"text":""}'.length + 1) }, 'payload'],
    ['64 KiB of characters of two bytes', { text: 'é'.repeat(33 * 1_024) }, 'payload'],
    ['32 levels', nested(32), null],
    ['33 levels', nested(33), 'payload.in'],
    ['a NUL', { a: { b: 'x\u0000' } }, 'payload.a.b'],
    ['half a pair', { list: ['ok', '\ud800'] }, 'payload.list.1'],
    ['a NUL in a key', { ['a\u0000']: 1 }, 'payload.a key'],
    ['names of the language itself', { constructor: 2, toString: [], hasOwnProperty: null }, null],
  ])('with a payload of %s', async (_name, payload, path) => {
    const result = await ingestOne({ payload });
    if (path === null) expect(result?.__typename, result?.message).toBe('SignalAccepted');
    else expect([result?.code, result?.path?.slice(2).join('.')]).toEqual(['BAD_USER_INPUT', path]);
  });

  test.each([
    ['type', ''], ['type', '1st'], ['type', 'x'.repeat(65)], ['type', 'käse'], ['source', ''], ['source', 'a b'], ['source', 'x'.repeat(65)], ['sourceEventId', ' '], ['sourceEventId', 'x'.repeat(256)],
  ])('with %s "%s" is refused', async (field, value) => {
    expect(await ingestOne({ [field]: value })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', '0', field] });
  });

  test('comes with at most 999 others', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => signal({ source: 'bulk', sourceEventId: String(index) }));
    expect((await program.ingest(many.slice(0, 1_000))).accepted).toBe(1_000);
    const { errors } = await program.query('mutation($input: [SignalInput!]!) { ingestSignals(input: $input) { accepted } }', { input: many }, { role: 'agent' });
    expect(errors?.[0]?.extensions['code']).toBe('LIMIT_EXCEEDED');
    expect(await program.count(`select from signal where source = 'bulk'`)).toBe(1_000);
  });

  test('is taken from machines and administrators only', async () => {
    for (const role of ['viewer', 'analyst', 'approver', 'privacy_officer'] as const) {
      expect((await post(signal(), await program.token(role))).status, role).toBe(403);
      const { errors } = await program.query('mutation($input: [SignalInput!]!) { ingestSignals(input: $input) { accepted } }', { input: [signal()] }, { role });
      expect(errors?.[0]?.extensions['code'], role).toBe('FORBIDDEN');
    }
    expect((await post(signal(), 'nonsense')).status).toBe(401);
  });

  test('is never changed: the program\'s role may neither update nor delete', async () => {
    for (const change of ['update signal set type = type', 'delete from signal', 'truncate signal', 'update score_point set value = value', 'delete from score_point', 'update scoring_model set version = version']) {
      await expect(asProgram(program.testDatabase.url, program.tenant, (client) => client.query(change)), change).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('the queue of single signals', () => {
  test('answers every waiting request that the database is away, and takes the next ones in', async () => {
    const caller = { tenantId: program.tenant, actor: { kind: 'service', id: 'queue' }, requestId: 'queue' } as never;
    let batches = 0;
    const queue = createIngestQueue((given, body) => {
      batches += 1;
      return batches === 2 ? program.database.transact(given, async (work) => {
        await body(work);
        throw new Unavailable('the connection is gone');
      }) : program.database.transact(given, body);
    });
    const one = (id: string) => queue.ingest(caller, { statement: { account: { id: acme }, type: 'call', source: 'queue', sourceEventId: id }, requestId: `request-${id}`, path: [] });
    const first = one('1');
    const failing = Promise.allSettled(['2', '3', '4'].map(one));
    expect(await first).toMatchObject({ outcome: 'ACCEPTED' });
    expect((await failing).map((result) => (result.status === 'rejected' ? String(result.reason) : 'answered'))).toEqual(Array.from({ length: 3 }, () => 'Unavailable: the connection is gone'));
    expect(await program.count(`select from signal where source = 'queue'`)).toBe(1);
    const again = await Promise.all(['1', '2', '3', '4'].map(one));
    expect(again.map(({ outcome }) => outcome)).toEqual(['DUPLICATE', 'ACCEPTED', 'ACCEPTED', 'ACCEPTED']);
    expect(batches).toBe(4);
    expect((await program.rows(`select request_id from signal where source = 'queue' order by source_event_id`)).map((row) => row['request_id'])).toEqual(['request-1', 'request-2', 'request-3', 'request-4']);
  });
});

test('what became of signals is counted by source, type and outcome', async () => {
  const counted = async (labels: object): Promise<number> => {
    const metric = await register.getSingleMetric('signals_processed_total')?.get();
    return metric?.values.find((value) => isDeepStrictEqual({ ...value.labels }, labels))?.value ?? 0;
  };
  const of = (status: string) => counted(status === 'rejected' ? { source: 'any', type: 'any', status } : { source: 'hubspot', type: 'meeting', status });
  const before = await of('rejected');
  const told = signal({ source: 'HubSpot', type: 'Meeting', sourceEventId: 'c-1' });
  await program.ingest([told, told, signal({ source: 'hubspot', type: '?' })]);
  await post(signal({ source: 'hubspot', type: 'meeting', sourceEventId: 'c-2' }));
  expect([await of('accepted'), await of('duplicate'), await of('rejected')]).toEqual([2, 1, before + 1]);
  // Words of a caller's own make no series of their own.
  const others = await counted({ source: 'other', type: 'other', status: 'accepted' });
  await program.ingest(Array.from({ length: 5 }, (_, index) => signal({ source: `mine-${index}`, type: `my own ${index}`, sourceEventId: `o-${index}` })));
  expect(await counted({ source: 'other', type: 'other', status: 'accepted' })).toBe(others + 5);
  for (const { type } of defaultScoringModelParameters().signalTypes) await program.ingest([signal({ source: 'web', type, sourceEventId: `known-${type}` })]);
  const values = (await register.getSingleMetric('signals_processed_total')?.get())?.values ?? [];
  expect(new Set(values.filter(({ labels }) => labels['source'] === 'web').map(({ labels }) => labels['type']))).toEqual(new Set(defaultScoringModelParameters().signalTypes.map(({ type }) => type)));
});
