import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { webhookPath } from '../../src/features/connectors/vendors.ts';
import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { secretOf } from './deliver.ts';
import { outboundMessage, type SoapRecord } from './payloads/outbound-message.ts';

let program: Arranged;
let webhook: WebhookSecret;
beforeAll(async () => {
  program = await arrange({ policy: { ...defaultLimits, principalRate: { points: 1e12, seconds: 1 }, tenantRate: { points: 1e12, seconds: 1 }, strangerRate: { points: 1e12, seconds: 60 } } });
  webhook = await secretOf(program, 'salesforce');
});
afterAll(() => program.close());

const send = async (text: string, path = webhookPath('salesforce', webhook.id, { secret: webhook.secret, settings: {} }), contentType = 'text/xml; charset=UTF-8'): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': contentType, soapaction: '""' }, body: text });
  return { status: response.status, text: await response.text() };
};
const opportunity = (id: string, minute: number, more: Readonly<Record<string, string | null>> = {}): SoapRecord => ({ type: 'Opportunity', fields: { Id: id, AccountId: `account of ${id}`, Name: id, StageName: 'Prospecting', Amount: '1500.50', CurrencyIsoCode: 'USD', IsClosed: 'false', IsWon: 'false', SystemModstamp: `2026-11-21T08:0${minute}:00.000Z`, ...more } });

test('an outbound message is stored record by record, and acknowledged as Salesforce waits for', async () => {
  const { status, text } = await send(outboundMessage([opportunity('first', 1), { type: 'Contact', fields: { Id: 'person', AccountId: 'account of first', LastName: 'Lovelace', SystemModstamp: '2026-11-21T08:01:00.000Z' } }]));
  expect([status, text]).toEqual([200, expect.stringMatching(/<notificationsResponse xmlns="http:\/\/soap.sforce.com\/2005\/09\/outbound"><Ack>true<\/Ack>/)]);
  await program.settled();
  expect(await program.rows(`select o.stage, o.amount_minor::int, (select count(*)::int from contact c where c.account_id = o.account_id) as contacts, (select array_agg(s.type) from signal s where s.account_id = o.account_id) as signals from opportunity o where o.name = 'first'`)).toEqual([{ stage: 'Prospecting', amount_minor: 150_050, contacts: 1, signals: ['opportunity_created'] }]);
});

test('copies that arrive at once are stored once, and a later retry of an old state changes nothing', async () => {
  const old = outboundMessage([opportunity('copies', 1)]);
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(old)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  await send(outboundMessage([opportunity('copies', 3, { StageName: 'Negotiation/Review', NextStep: null })]));
  program.clock.advance(20 * 3_600_000);
  await send(old);
  await program.settled();
  expect(await program.rows(`select o.stage, (select count(*)::int from stage_report r where r.opportunity_id = o.id) as reports, (select count(*)::int from signal s where s.account_id = o.account_id) as signals from opportunity o where o.name = 'copies'`)).toEqual([{ stage: 'Negotiation/Review', reports: 2, signals: 2 }]);
}, 60_000);

test('a message without the token, with another, or with a declaration is not taken, and nothing of the session is kept', async () => {
  const text = outboundMessage([opportunity('refused', 1)]);
  const path = webhookPath('salesforce', webhook.id, { secret: webhook.secret, settings: {} });
  const other = await secretOf(program, 'salesforce', program.otherTenant);
  for (const wrong of [path.replace(/&token=.*/, ''), `${path}0`, path.replace(/&token=.*/, `&token=${webhook.secret.toString('hex')}`), path.replace(/token=.*/, webhookPath('salesforce', other.id, { secret: other.secret, settings: {} }).replace(/.*token/, 'token')), path.replace('/salesforce/', '/json/')]) expect((await send(text, wrong)).status, wrong).toBe(401);
  expect((await send(text.replace('?>', '?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'))).status).toBe(400);
  expect((await send(text.replace(/SystemModstamp/g, 'CreatedDate'))).status).toBe(400);
  expect((await send('{', path, 'application/json')).status).toBe(400);
  expect(await program.count(`select from opportunity where name = 'refused'`)).toBe(0);
  expect(JSON.stringify([await program.rows('select payload from stage_report'), program.logged])).not.toMatch(/the-session-of-somebody|token=/);
});
