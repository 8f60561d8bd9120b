import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { createConnectors, type WebhookSecret } from '../../src/features/connectors/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { vendorSamples } from './vendor-samples.ts';
import { deliver, secretOf, type Difference } from './deliver.ts';

let program: Arranged;
const secrets = new Map<string, WebhookSecret>();
const others = new Map<string, WebhookSecret>();

/** What the contract needs to know of a connector to test it. */
interface Sample {
  /** The delivery of a deal's stage at an instant; without one, untimed. */
  readonly delivery: (deal: string, stage: string, at?: string) => object;
  readonly malformed: readonly string[];
}

const brokenJson = ['', ' ', '{', '[]', 'null', '5', '"text"', '{"a":1}x', '{"__proto__":{}}', '{"a":"\\u0000"}', `${'['.repeat(5_000)}${']'.repeat(5_000)}`];
const deal = (id: string) => ({ system: 'salesforce', id });

/** Every connector that delivers deals in one body has its sample; one that has none here nor in `vendorSamples` fails the first test. */
const samples: Readonly<Record<string, Sample>> = {
  salesforce: {
    delivery: (id, stage, at) => ({ AccountId: `account of ${id}`, Id: id, StageName: stage, Name: id, ...(at ? { SystemModstamp: at } : {}) }),
    malformed: ['{}', '{"AccountId":"a","Id":"b"}', '{"AccountId":"a","Id":1,"StageName":"c"}', '{"AccountId":"a","Id":"b","StageName":""}', '{"AccountId":"a","Id":"b","StageName":"c","CloseDate":"soon"}', '{"AccountId":"a","Id":"b","StageName":"c","SystemModstamp":"2999-01-01T00:00:00Z"}'],
  },
  json: {
    delivery: (id, stage, at) => ({
      accounts: [{ externalRef: deal(`account of ${id}`), name: `Account of ${id}`, ...(at ? { occurredAt: '2026-01-01T00:00:00Z' } : {}) }],
      records: { opportunities: [{ account: { externalRef: deal(`account of ${id}`) }, externalRef: deal(id), name: id, stage, ...(at ? { occurredAt: at } : {}) }] },
    }),
    malformed: [
      '{}', '{"accounts":{}}', '{"records":[]}', '{"records":{"deals":[{}]}}', '{"unknown":[]}', '{"accounts":[{}]}', '{"accounts":[{"externalRef":{"system":"crm","id":"1"},"name":5}]}', '{"signals":[{"type":"call"}]}', '{"signals":[5]}', '{"accounts":[null]}', '{"records":{"opportunities":[null]}}', '{"signals":[null]}', '{"deletions":[null]}',
      '{"deletions":[{"type":"Deal","externalRef":{"system":"crm","id":"1"}}]}', '{"deletions":[{"type":"Account","externalRef":{"system":"crm","id":"1"},"occurredAt":"yesterday"}]}',
      '{"records":{"opportunities":[{"account":{"externalRef":{"system":"crm","id":"1"}},"externalRef":{"system":"crm","id":"2"},"stage":"s","amount":{"amountMinor":1.5}}]}}',
      `{"signals":[${Array.from({ length: 1_001 }, () => '5').join(',')}]}`,
    ],
  },
};
const sources = Object.keys(samples);

beforeAll(async () => {
  program = await arrange({ policy: { ...defaultLimits, principalRate: { points: 1e12, seconds: 1 }, tenantRate: { points: 1e12, seconds: 1 }, strangerRate: { points: 1e12, seconds: 60 } } });
  for (const source of sources) {
    secrets.set(source, await secretOf(program, source));
    others.set(source, await secretOf(program, source, program.otherTenant));
  }
});
afterAll(() => program.close());

const webhookOf = (source: string): { source: string; webhook: WebhookSecret } => ({ source, webhook: secrets.get(source) as WebhookSecret });
const send = (source: string, body: object | string, difference?: Difference) => deliver(program, webhookOf(source), body, difference);

/** How much is stored, of everything that a delivery could leave. */
const traces = async (): Promise<unknown> =>
  (await program.rows(`select (select count(*) from audit_logs where kind in ('account.changed', 'account.retired', 'signal.ingested', 'signal.withdrawn', 'signal.restored')) as facts, (select count(*) from account) as accounts, (select count(*) from external_ref) as refs, (select count(*) from source_statement) as statements,
    (select count(*) from opportunity) as deals, (select count(*) from opportunity_history) as versions, (select count(*) from signal) as signals, (select count(*) from stage_report) as reports, (select count(*) from untimed_delivery) as deliveries`))[0];

test('every registered connector has a sample here or in the contract of vendors, and an unknown source is not found', async () => {
  expect([...createConnectors(() => null).keys()].toSorted()).toEqual([...sources, ...Object.keys(vendorSamples)].toSorted());
  const { status, body } = await deliver(program, { source: 'carrier-pigeon', webhook: secrets.get('salesforce') as WebhookSecret }, {});
  expect([status, body.error?.code]).toEqual([404, 'NOT_FOUND']);
  expect(body.error?.message).toContain('/api/integrations/salesforce/webhook');
});

describe.each(sources)('the connector %s', (source) => {
  const { delivery, malformed } = samples[source] as Sample;
  const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 8, minute)).toISOString();

  test('takes a delivery in once: the facts first, then the signal that follows', async () => {
    const first = await send(source, delivery(`${source}-once`, 'Prospecting', at(1)));
    expect([first.status, first.body.status]).toEqual([202, 'accepted']);
    await program.settled();
    const before = await traces();
    const again = await send(source, delivery(`${source}-once`, 'Prospecting', at(1)));
    expect([again.status, again.body.status]).toEqual([200, 'duplicate']);
    expect(await traces()).toEqual(before);
    expect(await program.rows('select o.stage, s.type from opportunity o join stage_signal d on d.opportunity_id = o.id join signal s on s.id = d.signal_id where o.name = $1', [`${source}-once`])).toEqual([{ stage: 'Prospecting', type: 'opportunity_created' }]);
  });

  test('refuses bytes that were not signed, byte by byte', async () => {
    const bytes = Buffer.from(JSON.stringify(delivery(`${source}-forged`, 'Prospecting', at(1))));
    const before = await traces();
    for (let index = 0; index < bytes.length; index += 1) {
      const flipped = Buffer.from(bytes);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      expect((await send(source, bytes.toString(), { sent: flipped })).status, `byte ${index}`).toBe(401);
    }
    for (const sent of [JSON.stringify(JSON.parse(bytes.toString()), null, 1), `${bytes.toString()}\n`, ` ${bytes.toString()}`]) expect((await send(source, bytes.toString(), { sent })).status).toBe(401);
    expect(await traces()).toEqual(before);
  });

  test('refuses a sender that it does not know, and another tenant\'s, another source\'s and no secret', async () => {
    const other = others.get(source) as WebhookSecret;
    const elsewhere = [...secrets].find(([name]) => name !== source)?.[1] as WebhookSecret;
    const before = await traces();
    const differences: Difference[] = [
      { secretId: null }, { secretId: '' }, { secretId: 'nonsense' }, { secretId: '01a1fd8c-6900-70ee-b0c2-badc54e13795' }, { secret: other.secret }, { secretId: other.id }, { secretId: elsewhere.id, secret: elsewhere.secret },
      { signature: null }, { signature: '' }, { signature: 'sha256=' }, { signature: `sha256=${'0'.repeat(64)}` }, { signature: 'md5=00' }, { secret: Buffer.alloc(32) },
    ];
    for (const difference of differences) expect((await send(source, delivery(`${source}-stranger`, 'Prospecting', at(1)), difference)).status, JSON.stringify(difference)).toBe(401);
    expect(await traces()).toEqual(before);
    expect((await deliver(program, { source, webhook: other }, delivery(`${source}-foreign`, 'Prospecting', at(1)))).status).toBe(202);
    expect(await program.rows('select distinct tenant_id from opportunity where name = $1', [`${source}-foreign`])).toEqual([{ tenant_id: program.otherTenant }]);
  });

  test('accepts what was signed within five minutes, and nothing else', async () => {
    const now = Math.floor(program.clock.now().getTime() / 1_000);
    const body = delivery(`${source}-timely`, 'Prospecting', at(1));
    const before = await traces();
    for (const timestamp of [null, '', 'now', '1e9', '-5', String(now - 301), String(now + 301), `${now}000`]) expect((await send(source, body, { timestamp })).status, String(timestamp)).toBe(401);
    expect(await traces()).toEqual(before);
    expect((await send(source, body, { timestamp: String(now - 300) })).status).toBe(202);
    expect((await send(source, body, { timestamp: String(now + 300) })).status).toBe(200);
  });

  test.each([['with a time', at(2)], ['without a time', undefined]])('stores a delivery %s once of which 100 arrive at once', async (what, instant) => {
    const id = `${source}-hundred ${what}`;
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(source, delivery(id, 'Prospecting', instant))));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
    expect(await program.count('select from opportunity where name = $1', [id])).toBe(1);
    expect(await program.count('select from stage_report r join opportunity o on o.id = r.opportunity_id where o.name = $1', [id])).toBe(1);
    expect(await program.count('select from stage_signal s join opportunity o on o.id = s.opportunity_id where o.name = $1', [id])).toBe(1);
    expect(await program.count('select from external_ref where external_id = $1', [`account of ${id}`])).toBe(1);
  }, 60_000);

  test('comes to one state, in whatever order deliveries arrive', async () => {
    const told = [['Prospecting', 1], ['Qualification', 3], ['Demo', 5], ['Prospecting', 7], ['Closed Lost', 9], ['Negotiation/Review', 11]] as const;
    const orders = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 0, 5, 3, 1, 4, 2, 0], [4, 1, 5, 0, 0, 3, 2, 5]];
    const states: unknown[] = [];
    for (const [number, order] of orders.entries()) {
      const id = `${source}-order-${number}`;
      for (const index of order) {
        const [stage, minute] = told[index] ?? ['', 0];
        expect((await send(source, delivery(id, stage, at(minute)))).status).toBeLessThan(203);
      }
      await program.settled();
      states.push(await stateOf(id));
    }
    expect(states[0]).toMatchObject({ stage: 'Negotiation/Review', stageKind: 'OPEN', signals: ['opportunity_created', 'stage_advanced', 'stage_change', 'stage_change', 'opportunity_lost', 'stage_advanced'], history: told.map(([stage, minute]) => [stage, at(minute)]) });
    for (const state of states) expect(state).toEqual(states[0]);
  });

  test.each([...brokenJson, ...malformed].map((body) => [body.slice(0, 120), body]))('refuses %j with what to do, and stores nothing of it', async (_shown, body) => {
    const before = await traces();
    const { status, body: answer } = await send(source, body);
    expect([status, answer.error?.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(answer.error?.message.length).toBeGreaterThan(20);
    expect(await traces()).toEqual(before);
  });

  test('can be read without its bytes being parsed before the sender is known', async () => {
    expect((await send(source, '{', { secret: Buffer.alloc(32) })).status).toBe(401);
  });

  test('takes part in rotation: two secrets are valid until the old one expires', async () => {
    const old = await secretOf(program, source);
    const { id } = (await program.rows('select id from webhook_secret where id = $1', [old.id]))[0] as never as { id: string };
    const global = `WebhookSecret_${id.replaceAll('-', '')}`;
    const expires = new Date(program.clock.now().getTime() + 3_600_000).toISOString();
    const { data } = await program.query<{ rotateWebhookSecret: { webhookId: string; secret: string; previous: { id: string; status: string; expiresAt: string } } }, { id: string; at: string }>(
      'mutation ($id: ID!, $at: DateTime) { rotateWebhookSecret(input: { id: $id, oldExpiresAt: $at }) { ... on WebhookSecretRotated { webhookId secret webhookSecret { status } previous { id status expiresAt } } ... on UserError { message } } }', { id: global, at: expires });
    expect(data?.rotateWebhookSecret).toMatchObject({ previous: { id: global, status: 'VALID', expiresAt: expires } });
    const fresh = { source, webhook: { id: data?.rotateWebhookSecret.webhookId as never, secret: Buffer.from(data?.rotateWebhookSecret.secret ?? '', 'hex') } };
    expect((await deliver(program, { source, webhook: old }, delivery(`${source}-rotated`, 'Prospecting', at(1)))).status).toBe(202);
    expect((await deliver(program, fresh, delivery(`${source}-rotated`, 'Prospecting', at(1)))).status).toBe(200);
    program.clock.advance(3_600_000);
    expect((await deliver(program, { source, webhook: old }, delivery(`${source}-rotated`, 'Prospecting', at(1)))).status).toBe(401);
    expect((await deliver(program, fresh, delivery(`${source}-rotated`, 'Prospecting', at(1)))).status).toBe(200);
  });
});

/** What of a deal must not depend on the order of its deliveries. */
async function stateOf(id: string): Promise<object> {
  const { accountBy: account } = await program.see<{ accountBy: { intent: { value: number }; opportunities: { edges: { node: { stage: string; stageKind: string; stageHistory: { stage: string; enteredAt: string; leftAt: string | null }[] } }[] }; signals: { edges: { node: { type: string; occurredAt: string; withdrawnAt: string | null } }[] } } }>(
    'query ($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { intent { ... on IntentScore { value } } opportunities { edges { node { stage stageKind stageHistory { stage kind enteredAt leftAt source } } } } signals(first: 100, orderBy: { field: OCCURRED_AT, direction: ASC }) { edges { node { type occurredAt withdrawnAt payload } } } } }',
    { ref: deal(`account of ${id}`) });
  const [found] = account.opportunities.edges;
  return {
    ...found?.node, score: account.intent.value.toFixed(9), history: found?.node.stageHistory.map(({ stage, enteredAt }) => [stage, enteredAt]), stageHistory: found?.node.stageHistory,
    signals: account.signals.edges.filter(({ node }) => node.withdrawnAt === null).map(({ node }) => node.type),
  };
}
