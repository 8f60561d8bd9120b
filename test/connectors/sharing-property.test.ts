import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInputReader } from '../../src/api/graphql/read-input.ts';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { createTenant } from '../../src/app/create-tenant.ts';
import { createConnectors, createDeliveryQueue } from '../../src/features/connectors/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => void (program = await arrange({ roles: ['api'] })));
afterAll(() => program.close());

const connector = createConnectors(createInputReader(buildGraph())).get('json');
const instant = fc.nat(8 * 60).map((minute) => `2026-11-20T0${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}:00Z`);
const account = fc.nat(3).map((number) => ({ externalRef: { system: 'crm', id: `a${number}` } }));
const deal = fc.nat(4).map((number) => ({ system: 'crm', id: `d${number}` }));
const signal = fc.record({ account, type: fc.constantFrom('meeting', 'demo_request', 'stage_change'), source: fc.constantFrom('src', ' SRC '), payload: fc.record({ n: fc.nat(2) }) });
const event = fc.record({ sourceEventId: fc.nat(11).map((number) => `e${number}`), occurredAt: instant });
const signals = fc.tuple(signal, fc.option(event)).map(([stated, known]) => ({ ...stated, ...known }));
const opportunity = fc.record({ account, externalRef: deal, name: fc.constantFrom('one', 'two'), stage: fc.constantFrom('Demo', 'Prospecting', 'Closed Won'), occurredAt: instant });
/** Bodies of one sender: good ones, refused ones, and those that hold both. */
const body: fc.Arbitrary<object> = fc.oneof(
  { weight: 5, arbitrary: signals.map((one) => ({ signals: [one] })) },
  { weight: 4, arbitrary: opportunity.map((one) => ({ records: { opportunities: [one] } })) },
  fc.tuple(signals, signals).map(([one, other]) => ({ signals: [one, { ...other, type: '!!' }] })),
  signals.map((one) => ({ signals: [{ ...one, occurredAt: '2999-01-01T00:00:00Z' }] })),
  opportunity.map((one) => ({ records: { opportunities: [{ ...one, probability: 7 }] } })),
  { weight: 3, arbitrary: fc.tuple(account, instant).map(([one, occurredAt]) => ({ accounts: [{ ...one, name: `named at ${occurredAt}`, occurredAt }] })) },
  fc.tuple(deal, instant).map(([externalRef, occurredAt]) => ({ deletions: [{ type: 'Opportunity', externalRef, occurredAt }] })),
);

/** Takes bodies in, all at once or one after the other; returns what each was told, without ids. */
async function take(tenantId: Id<'Tenant'>, bodies: readonly object[], atOnce: boolean): Promise<string[]> {
  const queue = createDeliveryQueue(program.database, program.seal);
  const deliver = async (sent: object, index: number): Promise<string> => {
    try {
      if (!connector) throw new Error('there is no connector for JSON');
      const result = await queue.take({ tenantId, actor: { kind: 'machine', id: 'json:property' }, requestId: `request-${index}` }, { source: 'json', reading: connector.read(sent, {}, { header: () => null, now: program.clock.now() }), body: sent, secretId: 'property' });
      return JSON.stringify(result, (key, value: unknown) => (['id', 'signalId', 'accountId'].includes(key) ? '' : value));
    } catch (error) {
      return `refused: ${String(error).replace(/it is now [^)]*/, '')}`;
    }
  };
  if (atOnce) return Promise.all(bodies.map(deliver));
  const told: string[] = [];
  for (const [index, sent] of bodies.entries()) told.push(await deliver(sent, index));
  return told;
}

const stored = async (tenantId: Id<'Tenant'>) => ({
  signals: await program.rows(
    `select r.external_id as account, s.type, case when s.source_event_id like '%:%' then 'derived' else s.source_event_id end as event, s.request_id as request, l.request_id as fact, s.payload::text as payload,
       exists (select from signal_withdrawal w where w.signal_id = s.id and w.restored_at is null) as withdrawn
     from signal s join external_ref r on r.tenant_id = s.tenant_id and r.node_id = s.account_id join audit_logs l on l.tenant_id = s.tenant_id and l.kind = 'signal.ingested' and l.data ->> 'signalId' = s.id::text
     where s.tenant_id = $1 order by 1, 2, 3, 4, 6, 7`, [tenantId]),
  deals: await program.rows('select name, stage from opportunity where tenant_id = $1 order by 1, 2', [tenantId]),
  accounts: await program.rows('select name from account where tenant_id = $1 order by 1', [tenantId]),
});

let tenants = 0;
const newTenant = (): Promise<Id<'Tenant'>> => createTenant(program.database, program.newId, { slug: `sharing-${(tenants += 1)}`, name: 'Sharing', highIntentThreshold: 50 });

test('deliveries that arrive at once are told, and leave, what they are told and leave one after the other', { timeout: 600_000 }, async () => {
  const distinct = fc.uniqueArray(body, { minLength: 15, maxLength: 30, size: 'max', selector: (each) => JSON.stringify(each) });
  await fc.assert(fc.asyncProperty(distinct, async (bodies) => {
    const [one, other] = [await newTenant(), await newTenant()];
    expect(await take(other, bodies, true)).toEqual(await take(one, bodies, false));
    expect(await stored(other)).toEqual(await stored(one));
  }), { numRuns: Number(process.env['HISTORIES'] ?? 30) });
});
