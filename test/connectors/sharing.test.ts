import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDeliveryQueue, type DeliveryQueue, type DeliveryResult } from '../../src/features/connectors/index.ts';
import { readHubspot } from '../../src/features/connectors/hubspot/read.ts';
import { readSalesforce } from '../../src/features/connectors/salesforce/read.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { property } from './payloads/hubspot.ts';

let program: Arranged;
let queue: DeliveryQueue;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
  queue = createDeliveryQueue(program.database, program.seal);
});
afterAll(() => program.close());

/** Takes the report of a deal's stage in, with a request of its own. */
function take(deal: string, { stage = 'Prospecting', at = '2026-11-21T08:00:00Z', request = `request of ${deal}`, account = `account of ${deal}` } = {}): Promise<DeliveryResult> {
  const body = { AccountId: account, Id: deal, StageName: stage, Name: deal, SystemModstamp: at };
  return queue.take({ tenantId: program.tenant, actor: { kind: 'machine', id: 'salesforce:sharing' }, requestId: request }, { source: 'salesforce', reading: readSalesforce(body), body, secretId: 'sharing' });
}
const signalsOf = (prefix: string) =>
  program.rows(`select o.name, s.request_id as request, s.xmin::text as transaction from signal s join stage_signal d on d.signal_id = s.id join opportunity o on o.id = d.opportunity_id where o.name like $1 || '%' order by o.name`, [prefix]);

test('deliveries that arrive together share a transaction, and each fact names the request of its own', async () => {
  const deals = Array.from({ length: 20 }, (_, index) => `together-${String(index).padStart(2, '0')}`);
  const results = await Promise.all(deals.map((deal) => take(deal)));
  expect(results.map(({ status }) => status)).toEqual(deals.map(() => 'accepted'));
  const signals = await signalsOf('together');
  expect(signals.map(({ name, request }) => [name, request])).toEqual(deals.map((deal) => [deal, `request of ${deal}`]));
  // The first one, which found nobody, and all that came meanwhile.
  expect(new Set(signals.map(({ transaction }) => transaction)).size).toBe(2);
  const facts = await program.rows(
    `select distinct o.name, l.request_id as request, l.kind from opportunity o join audit_logs l on l.account_id = o.account_id where o.name like 'together%' order by o.name, l.kind`,
  );
  expect(facts).toEqual(deals.flatMap((name) => ['account.changed', 'signal.ingested'].map((kind) => ({ name, request: `request of ${name}`, kind }))));
});

test('one that is refused among many is refused alone, and leaves no trace', async () => {
  const deals = Array.from({ length: 12 }, (_, index) => `mixed-${String(index).padStart(2, '0')}`);
  const results = await Promise.allSettled(deals.map((deal, index) => take(deal, index === 7 ? { at: '2999-01-01T00:00:00Z' } : {})));
  expect(results.map(({ status }) => status)).toEqual(deals.map((_, index) => (index === 7 ? 'rejected' : 'fulfilled')));
  expect((await signalsOf('mixed')).map(({ name }) => name)).toEqual(deals.filter((_, index) => index !== 7));
  expect(await program.rows(`select 1 from external_ref where external_id in ('mixed-07', 'account of mixed-07')`)).toEqual([]);
});

test('those about one deal or one account are taken in one after the other, in the order in which they arrived', async () => {
  const stages = ['Prospecting', 'Demo Scheduled', 'Proposal'];
  const first = take('another');
  const results = await Promise.all(stages.map((stage, index) => take('ordered', { stage, at: `2026-11-21T08:0${index}:00Z`, request: stage })));
  expect([(await first).status, ...results.map(({ status }) => status)]).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
  expect((await signalsOf('ordered')).map(({ request }) => String(request)).toSorted()).toEqual(stages.toSorted());
  expect(await program.rows(`select stage from opportunity where name = 'ordered'`)).toEqual([{ stage: 'Proposal' }]);
  const changes = await program.rows(`select l.request_id as request from opportunity o join audit_logs l on l.account_id = o.account_id and l.kind = 'account.changed' and l.data ->> 'what' = 'opportunity' where o.name = 'ordered' order by l.sequence`);
  expect(changes.map(({ request }) => request)).toEqual(stages);
});

test('an equal delivery without a time that arrives beside the first is its repetition', async () => {
  const body = { AccountId: 'account of twice', Id: 'twice', StageName: 'Prospecting' };
  const reading = readSalesforce(body);
  const results = await Promise.all(['zero', 'one', 'two'].map((requestId) => queue.take({ tenantId: program.tenant, actor: { kind: 'machine', id: 'salesforce:sharing' }, requestId }, { source: 'salesforce', reading, body, secretId: 'sharing' })));
  expect(results.map(({ status }) => status)).toEqual(['accepted', 'duplicate', 'duplicate']);
});

test('what describes accounts shares a transaction, too, and each fact names the request of its own', async () => {
  const numbers = Array.from({ length: 12 }, (_, index) => 700 + index);
  const results = await Promise.all(numbers.map((number) => {
    const body = [property('company.propertyChange', number, '2026-11-21T08:00:00.000Z', ['name', `Company ${number}`])];
    return queue.take({ tenantId: program.tenant, actor: { kind: 'machine', id: 'hubspot:sharing' }, requestId: `request of ${number}` }, { source: 'hubspot', reading: readHubspot(body, {}), body, secretId: 'sharing' });
  }));
  expect(results.map(({ status }) => status)).toEqual(numbers.map(() => 'accepted'));
  const facts = await program.rows(`select a.name, l.request_id as request, l.xmin::text as transaction from account a join audit_logs l on l.account_id = a.id and l.kind = 'account.changed' where a.name like 'Company %' order by a.name`);
  expect(facts.map(({ name, request }) => [name, request])).toEqual(numbers.map((number) => [`Company ${number}`, `request of ${number}`]));
  expect(new Set(facts.map(({ transaction }) => transaction)).size).toBe(2);
});
