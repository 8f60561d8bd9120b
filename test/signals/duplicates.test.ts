import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWebhookSecret, signWebhook, type WebhookSecret } from '../../src/features/connectors/index.ts';
import { ingestSignals } from '../../src/features/signals/index.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
let webhook: WebhookSecret;
const caller = () => ({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }) as const;
beforeAll(async () => {
  program = await arrange();
  webhook = await program.database.transact(caller(), (work) => createWebhookSecret(work, program.seal, 'salesforce'));
});
afterAll(() => program.close());

const nobody = 'Account_00000000000070008000000000000000';
const uuidOf = (globalId: string | undefined): string => parseGlobalId(globalId ?? '')?.id ?? '';

/** Every row of the tenant, by table; the scores' and the bus's own follow from facts. */
async function everything(): Promise<Record<string, unknown>> {
  const tables = ['account', 'account_history', 'node_identity', 'external_ref', 'source_statement', 'signal', 'signal_account_history', 'audit_head', 'audit_logs', 'score_point', 'account_contexts', 'account_health', 'snapshot_due', 'consideration', 'lineage_edge'];
  const found: Record<string, unknown> = {};
  for (const table of tables) found[table] = await program.rows(`select t.*, t.xmin from ${table} t order by t::text`);
  return JSON.parse(JSON.stringify(found, (key, value: unknown) => (key === 'xmin' ? undefined : value))) as Record<string, unknown>;
}

async function post(path: string, body: object, headers: Record<string, string>): Promise<{ status: number; answer: Record<string, string> }> {
  const response = await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  return { status: response.status, answer: (await response.json()) as Record<string, string> };
}
const rest = async (body: object) => post('/api/signals', body, { authorization: `Bearer ${await program.token('agent')}` });
const salesforce = async (body: object) => {
  const timestamp = String(program.clock.now().getTime() / 1_000);
  return post('/api/integrations/salesforce/webhook', body, { 'x-webhook-id': webhook.id, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signWebhook(webhook.secret, timestamp, Buffer.from(JSON.stringify(body))) });
};

describe('a duplicate that names an account which does not exist changes nothing', () => {
  beforeEach(async () => {
    program.clock.advance(1_000);
  });
  const stored = async (event: string) => {
    const [result] = (await program.ingest([{ account: { externalRef: crm('known') }, type: 'call', source: 'phone', sourceEventId: event }])).results;
    await program.settled();
    return result?.signal?.id;
  };

  test('by GraphQL, alone and in bulk, by reference and by id', async () => {
    const id = await stored('g-1');
    const before = await everything();
    for (const account of [{ externalRef: crm('never-heard-of') }, { externalRef: { system: 'hubspot', id: 'nor-this' } }, { id: nobody }]) {
      expect((await program.ingest([{ account, type: 'meeting', source: 'phone', sourceEventId: 'g-1' }])).results).toEqual([{ __typename: 'SignalDuplicate', signal: expect.objectContaining({ id }) }]);
    }
    const many = Array.from({ length: 50 }, (_, index) => ({ account: { externalRef: crm(`bulk-${index}`) }, type: 'call', source: 'phone', sourceEventId: 'g-1' }));
    expect((await program.ingest(many)).duplicates).toBe(50);
    await program.settled();
    expect(await everything()).toEqual(before);
  });

  test('by REST', async () => {
    const id = await stored('r-1');
    const before = await everything();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => rest({ account: { externalRef: crm(`rest-${index}`) }, type: 'call', source: 'phone', sourceEventId: 'r-1' })));
    answers.push(await rest({ account: { id: nobody }, type: 'call', source: 'phone', sourceEventId: 'r-1' }));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, answer: { status: 'duplicate', signalId: id } });
    await program.settled();
    expect(await everything()).toEqual(before);
  });

  test('by webhook', async () => {
    const body = { AccountId: '001webhook', Id: '006webhook', StageName: 'Negotiation', SystemModstamp: '2026-11-20T10:00:00.000Z' };
    expect((await salesforce(body)).status).toBe(202);
    await program.settled();
    const before = await everything();
    expect((await salesforce(body)).answer).toMatchObject({ status: 'duplicate' });
    // The same change, told of by a sender who says another account beside the same event id.
    const [row] = await program.rows(`select source_event_id from signal where source = 'salesforce' order by recorded_at desc limit 1`);
    expect((await rest({ account: { externalRef: crm('001other') }, type: 'stage_change', source: 'salesforce', sourceEventId: row?.['source_event_id'] })).answer).toMatchObject({ status: 'duplicate' });
    await program.settled();
    expect(await everything()).toEqual(before);
  });

  test('by an event of the first half of one call: the first holds, whatever the second says', async () => {
    await stored('h-0');
    const accounts = await program.count('select from account');
    const { results } = await program.ingest([
      { account: { id: nobody }, type: 'call', source: 'phone', sourceEventId: 'h-1' },
      { account: { externalRef: crm('known') }, type: 'call', source: 'phone', sourceEventId: 'h-1', payload: { held: 1 } },
      { account: { externalRef: crm('second-unknown') }, type: 'meeting', source: 'phone', sourceEventId: 'h-1', payload: { n: 2 } },
      { account: { id: nobody }, type: 'call', source: 'phone', sourceEventId: 'h-1' },
    ]);
    expect(results.map(({ __typename }) => __typename)).toEqual(['NotFoundError', 'SignalAccepted', 'SignalDuplicate', 'SignalDuplicate']);
    expect(await program.rows(`select type, payload from signal where source_event_id = 'h-1'`)).toEqual([{ type: 'call', payload: { held: 1 } }]);
    expect(await program.count('select from account')).toBe(accounts);
    expect(await program.count(`select from external_ref where external_id = 'second-unknown'`)).toBe(0);
  });

  test('also when 100 that name 100 unknown accounts arrive at once: one is stored, and one stub is made', async () => {
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, index) => program.token('agent', { subject: `racer-${index}` })));
    const accounts = await program.count('select from account');
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => program.ingest([{ account: { externalRef: crm(`racing-${index}`) }, type: 'call', source: 'phone', sourceEventId: 'race' }], { token: tokens[index % 10] ?? '' })));
    expect(answers.filter(({ accepted }) => accepted === 1)).toHaveLength(1);
    expect(answers.filter(({ duplicates }) => duplicates === 1)).toHaveLength(99);
    expect(await program.count('select from account')).toBe(accounts + 1);
    expect(await program.count(`select from external_ref where external_id like 'racing-%'`)).toBe(1);
    expect(await program.count(`select from node_identity i where not exists (select from account a where a.id = i.id)`)).toBe(0);
  });
});

describe('equal content without event id and time', () => {
  const told = (payload: object, account: object = { externalRef: crm('repeating') }) => ({ account, type: 'call', source: 'phone', payload });
  const tell = async (payload: object, account?: object) => (await program.ingest([told(payload, account)])).results[0];

  test('is one event within ten minutes of the last stored one, and later a new one, again and again', async () => {
    await program.account('repeating');
    const first = await tell({ n: 1 });
    expect(first?.__typename).toBe('SignalAccepted');
    program.clock.advance(600_000);
    expect(await tell({ n: 1 })).toMatchObject({ __typename: 'SignalDuplicate', signal: { id: first?.signal?.id } });
    program.clock.advance(1);
    const second = await tell({ n: 1 });
    expect(second?.__typename).toBe('SignalAccepted');
    expect(second?.signal?.id).not.toBe(first?.signal?.id);
    // A duplicate does not make the window longer.
    program.clock.advance(400_000);
    expect(await tell({ n: 1 })).toMatchObject({ __typename: 'SignalDuplicate', signal: { id: second?.signal?.id } });
    program.clock.advance(400_000);
    expect((await tell({ n: 1 }))?.__typename).toBe('SignalAccepted');
    expect(await program.count(`select from signal where payload = '{"n": 1}'`)).toBe(3);
  });

  test('differs by account, type, source and payload; with a time it is one event for ever', async () => {
    const timed = { ...told({ n: 2 }), occurredAt: '2026-11-20T10:00:00Z' };
    expect((await program.ingest([told({ n: 2 }), { ...told({ n: 2 }), type: 'meeting' }, { ...told({ n: 2 }), source: 'mail' }, told({ n: 3 }), told({ n: 2 }, { externalRef: crm('known') }), told({ n: 2 }), timed])).results.map(({ __typename }) => __typename)).toEqual(
      ['SignalAccepted', 'SignalAccepted', 'SignalAccepted', 'SignalAccepted', 'SignalAccepted', 'SignalDuplicate', 'SignalAccepted'],
    );
    program.clock.advance(3_600_000);
    expect((await program.ingest([timed])).duplicates).toBe(1);
  });

  test('is stored once when 100 arrive at once, in each window, by REST and by many callers', async () => {
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, index) => program.token('agent', { subject: `caller-${index}` })));
    for (const window of [1, 2, 3]) {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, index) =>
        index % 2 === 0 ? program.ingest([told({ hundred: true })], { token: tokens[index % 10] ?? '' }).then(({ accepted }) => accepted === 1) : rest(told({ hundred: true })).then(({ status }) => status === 202)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await program.count(`select from signal where payload = '{"hundred": true}'`)).toBe(window);
      program.clock.advance(600_001);
    }
  });

  test('is known by the key that was stored before this rule', async () => {
    const [account] = (await program.ingest([told({ old: true })])).results;
    await program.admin.query('begin; alter table signal disable trigger all');
    await program.admin.query(`update signal set dedupe_key = split_part(dedupe_key, '@', 1) where id = $1`, [uuidOf(account?.signal?.id)]);
    await program.admin.query('alter table signal enable trigger all; commit');
    expect((await tell({ old: true }))?.__typename).toBe('SignalDuplicate');
    program.clock.advance(600_001);
    expect((await tell({ old: true }))?.__typename).toBe('SignalAccepted');
    expect((await tell({ old: true }))?.__typename).toBe('SignalDuplicate');
  });
});

test('fresh signals of known accounts cost no statement more, and duplicates of unknown accounts one look-up', async () => {
  await program.account('counted');
  const names = async (account: object, event: string): Promise<string[]> =>
    program.database.transact(caller(), async (work) => {
      const asked: string[] = [];
      await ingestSignals({ ...work, now: work.now, rows: (statement, values) => (asked.push(statement.name), work.rows(statement, values)) }, [
        { statement: { account, type: 'call', source: 'phone', sourceEventId: event }, requestId: 'test', path: [] },
      ]);
      return asked;
    });
  expect(await names({ externalRef: crm('counted') }, 'count-1')).toEqual(['accounts_by_refs', 'lock_accounts', 'insert_signals']);
  expect(await names({ externalRef: crm('uncounted') }, 'count-1')).toEqual(['accounts_by_refs', 'signals_by_dedupe_key']);
});
