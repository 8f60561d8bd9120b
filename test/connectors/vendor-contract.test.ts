import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import { vendors } from '../../src/features/connectors/vendors.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { deliverAs, publicUrl, vendorSecret, type VendorDifference } from './vendor-requests.ts';
import { vendorSamples, type VendorSample } from './vendor-samples.ts';
import { factsOfRequests } from '../harness/facts.ts';

let program: Arranged;
const secrets = new Map<string, WebhookSecret>();
const others = new Map<string, WebhookSecret>();
const names = Object.keys(vendorSamples);

beforeAll(async () => {
  program = await arrange({ publicUrl, policy: { ...defaultLimits, principalRate: { points: 1e12, seconds: 1 }, tenantRate: { points: 1e12, seconds: 1 }, strangerRate: { points: 1e12, seconds: 60 } } });
  for (const vendor of names) {
    const { settings = {} } = vendorSamples[vendor] as VendorSample;
    secrets.set(vendor, await vendorSecret(program, vendor, { settings }));
    others.set(vendor, await vendorSecret(program, vendor, { settings, tenant: program.otherTenant, given: `another secret of ${vendor}` }));
  }
});
afterAll(() => program.close());

const send = (vendor: string, body: object | string, difference?: VendorDifference) => deliverAs(program, { vendor, webhook: secrets.get(vendor) as WebhookSecret }, body, difference);

/** How much is stored, of everything that a delivery could leave. */
const traces = async (): Promise<unknown> =>
  (await program.rows(`select (select count(*) from ${factsOfRequests} where kind not like 'webhook_secret.%') as facts, (select count(*) from account) as accounts, (select count(*) from external_ref) as refs, (select count(*) from source_statement) as statements,
    (select count(*) from signal) as signals, (select count(*) from untimed_delivery) as deliveries, (select array_agg((wanted_at, asked_at) order by external_id) from source_fetch) as fetches, (select count(*) from thread_event) as events`))[0];

test('every vendor has a sample here, but Salesforce, whose callouts are those of the connectors\' contract', () => {
  expect([...names, 'salesforce'].toSorted()).toEqual(vendors.map(({ source }) => source).toSorted());
});

describe.each(names)('the vendor %s', (vendor) => {
  const { delivery, story, state, malformed } = vendorSamples[vendor] as VendorSample;

  test('delivers a thing once: a repetition changes nothing', async () => {
    const first = await send(vendor, delivery(1));
    expect([first.status, first.body.status], JSON.stringify(first.body)).toEqual([202, 'accepted']);
    await program.settled();
    const before = await traces();
    const again = await send(vendor, delivery(1));
    expect([again.status, again.body.status]).toEqual([200, 'duplicate']);
    expect(await traces()).toEqual(before);
  });

  test('is refused where it did not sign the bytes, and where the secret is another tenant\'s, another vendor\'s or none', async () => {
    const body = JSON.stringify(delivery(2));
    const before = await traces();
    const other = others.get(vendor) as WebhookSecret;
    const elsewhere = [...secrets].find(([name]) => name !== vendor)?.[1];
    const flipped = Buffer.from(body);
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
    const differences: VendorDifference[] = [{ sent: `${body} ` }, { sent: flipped }, { secret: other.secret }, { id: other.id }, ...(elsewhere ? [{ id: elsewhere.id }] : []), { id: '' }, { id: 'nonsense' }, { id: '01a1fd8c-6900-70ee-b0c2-badc54e13795' }, { headers: { 'x-hub-signature': null, 'x-slack-signature': null, 'x-notion-signature': null, 'x-hubspot-signature-v3': null, 'x-chatwoot-signature': null } }];
    for (const difference of differences) expect((await send(vendor, body, difference)).status, JSON.stringify(difference)).toBe(401);
    expect(await traces()).toEqual(before);
    expect((await deliverAs(program, { vendor, webhook: other }, body)).status).toBe(202);
  });

  test('stores a delivery once of which 100 arrive at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(vendor, delivery(3))));
    expect(Map.groupBy(answers, ({ status }) => status).get(202)).toHaveLength(1);
    expect(Map.groupBy(answers, ({ status }) => status).get(200)).toHaveLength(99);
  }, 60_000);

  test('is taken when it tries again after a first try that failed', async () => {
    const before = await traces();
    await program.admin.query(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`);
    for (const table of ['source_statement', 'source_fetch']) await program.admin.query(`create trigger refuse before insert on ${table} for each row execute function refuse()`);
    try {
      expect((await send(vendor, delivery(4))).status).toBe(500);
    } finally {
      await program.admin.query('drop function refuse() cascade');
    }
    expect(await traces()).toEqual(before);
    expect((await send(vendor, delivery(4))).status).toBe(202);
  });

  test('comes to one state, in whatever order deliveries arrive', async () => {
    const orders = [[0, 1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1, 0], [2, 0, 5, 3, 7, 1, 4, 2, 0, 6], [4, 1, 5, 7, 0, 0, 6, 3, 2, 5], [1, 3, 5, 7, 0, 2, 4, 6], [6, 4, 2, 0, 7, 5, 3, 1]];
    for (const [number, order] of orders.entries()) {
      const thing = 100 + number;
      const told = story(thing);
      for (const index of order) {
        const event = told[index];
        if (!event) continue;
        const { status, body } = await send(vendor, event);
        expect(status, JSON.stringify(body)).toBeLessThan(203);
      }
      await program.settled();
      expect(await program.rows(state.sql, [String(thing)]), `order ${order.join(' ')}`).toEqual(state.expected);
    }
  }, 60_000);

  test.each(['', '{', '[]', 'null', '{"a":1}x', '{"__proto__":{}}', ...malformed].map((body) => [body.slice(0, 120), body]))('is told what to do about %j', async (_shown, body) => {
    const before = await traces();
    const { status, body: answer } = await send(vendor, body);
    expect([status, answer.error?.code], JSON.stringify(answer)).toEqual([400, 'BAD_USER_INPUT']);
    expect(answer.error?.message.length).toBeGreaterThan(20);
    expect(await traces()).toEqual(before);
  });
});
