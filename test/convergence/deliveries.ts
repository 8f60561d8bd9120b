import * as fc from 'fast-check';
import { accountRecords } from '../../src/features/accounts/index.ts';
import type { Delivery, History, Ref } from './history.ts';

/** The instant at which everything is delivered and read. */
export const now = '2026-11-21T09:00:00.000Z';
const hour = 3_600_000;
/** Few instants, so that statements of one instant are common. */
const instants = [0, 1, 2, 24, 48, 240].map((hours) => new Date(Date.parse(now) - hours * hour).toISOString());
const at = fc.constantFrom(...instants);
const accounts: readonly Ref[] = [{ system: 'salesforce', id: '001A' }, { system: 'salesforce', id: '001B' }, { system: 'hubspot', id: 'c-1' }];
const account = fc.constantFrom(accounts[0], ...accounts) as fc.Arbitrary<Ref>;
const people = ['ada@example.com', 'bob@example.com'];
const word = fc.constantFrom('Alpha', 'Beta', 'Gamma');

interface Stated {
  readonly fields: Record<string, unknown>;
  readonly mode: 'PATCH' | 'REPLACE';
}

/** Fields of which each may be left out; of a full state, and mostly, not those that a node must have. */
function some(fields: Record<string, fc.Arbitrary<unknown>>, required: readonly string[] = []): fc.Arbitrary<Stated> {
  const whole = fc.record({ fields: fc.record(fields, { requiredKeys: [...required] }), mode: fc.constantFrom('PATCH' as const, 'PATCH' as const, 'REPLACE' as const) });
  return fc.oneof({ weight: 4, arbitrary: whole }, { weight: 1, arbitrary: fc.record({ fields: fc.record(fields, { requiredKeys: [] }), mode: fc.constant('PATCH' as const) }) });
}

/** Who says it: mostly the system that it is called by. */
const origin = { source: fc.option(fc.constantFrom('gainsight', 'salesforce', 'zendesk', 'manual'), { freq: 2 }), at: fc.option(at, { freq: 6 }), modifiedAt: fc.constantFrom(null, null, null, instants[0], instants[3]) as fc.Arbitrary<string | null> };

const accountFields = some({
  name: word, industry: fc.constantFrom('Software', 'Retail', null), status: fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'CHURN'), tier: word, employeeCount: fc.constantFrom(10, 500),
  lifecycleStage: fc.constantFrom('ONBOARDING', 'GROWTH'), revenue: fc.constantFrom({ amountMinor: 100, currency: 'EUR' }, { amountMinor: 5, currency: 'USD' }, null),
  owner: fc.constantFrom({ name: 'Kim', email: 'kim@example.com' }, { name: 'Lee' }, null), engagementScore: fc.constantFrom(10, 90.5), renewalOn: fc.constantFrom('2027-01-01', '2027-02-01'),
}, ['name']);

/** What each kind of record is made of, and by which system it is called what. */
const kinds: Readonly<Record<string, { readonly refs: readonly Ref[]; readonly fields: fc.Arbitrary<Stated> }>> = {
  opportunities: {
    refs: [{ system: 'salesforce', id: '006A' }, { system: 'hubspot', id: 'd-1' }],
    fields: some({ name: word, stage: fc.constantFrom('Prospecting', 'Negotiation', 'Closed Won'), amount: fc.constantFrom({ amountMinor: 900, currency: 'EUR' }, null), probability: fc.constantFrom(0.1, 0.7), closeDate: fc.constantFrom('2026-12-31', null), nextStep: word }, ['name', 'stage']),
  },
  contacts: {
    refs: [{ system: 'salesforce', id: '003A' }, { system: 'salesforce', id: '003B' }, { system: 'hubspot', id: 'p-1' }],
    fields: some({ name: fc.constantFrom('Ada', 'Bob', 'Eve'), email: fc.constantFrom(...people, ...people, null), role: fc.constantFrom('Economic Buyer', 'Technical Evaluator', null), title: word }, ['name', 'email']),
  },
  tickets: {
    refs: [{ system: 'jira', id: 'T-1' }, { system: 'zendesk', id: 'T-2' }],
    fields: some({ key: word, summary: word, status: word, statusCategory: fc.constantFrom('TO_DO', 'DONE'), priority: fc.constantFrom('HIGHEST', 'LOW', 'LOW'), labels: fc.constantFrom([], ['a'], ['b', 'a']) }, ['key', 'summary', 'status', 'statusCategory']),
  },
  managerFlags: {
    refs: [{ system: 'gainsight', id: 'f-1' }, { system: 'gainsight', id: 'f-2' }],
    fields: some({ flag: fc.constantFrom('strategic_account', 'strategic_account', 'Do not contact'), setBy: word, note: word }, ['flag', 'setBy']),
  },
  notes: { refs: [{ system: 'gainsight', id: 'n-1' }, { system: 'hubspot', id: 'n-2' }], fields: some({ noteType: fc.constantFrom('QBR', 'CALL'), content: word, author: word }, ['noteType', 'content']) },
  products: { refs: [{ system: 'gainsight', id: 'pr-1' }], fields: some({ name: word }, ['name']) },
  kpis: {
    refs: [{ system: 'gainsight', id: 'k-1' }, { system: 'gainsight', id: 'k-2' }],
    fields: some({ category: fc.constantFrom('Product Usage', 'Support'), parameter: fc.constantFrom('Weekly active users', 'NPS'), value: fc.constantFrom('82 %', '12', '3 days'), productRef: fc.constant({ system: 'gainsight', id: 'pr-1' }) }, ['category', 'parameter', 'value']),
  },
  healthTrends: {
    refs: [{ system: 'gainsight', id: 'h-1' }, { system: 'hubspot', id: 'h-2' }],
    fields: some({ year: fc.constant(2026), month: fc.constantFrom(10, 11), overallScore: fc.constantFrom(20, 55.5, 90), supportScore: fc.constantFrom(40, 60, null), productUsageScore: fc.constantFrom(10, 80) }, ['year', 'month', 'overallScore']),
  },
};

const record: fc.Arbitrary<Delivery> = fc.constantFrom('contacts', 'contacts', 'contacts', ...Object.keys(kinds)).chain((plural) => {
  const kind = kinds[plural];
  if (!kind) throw new Error(`nothing is said of ${plural}`);
  return fc.record({ kind: fc.constant('record' as const), plural: fc.constant(plural), ref: fc.constantFrom(...kind.refs), account, ...origin, stated: kind.fields })
    .map(({ stated, ...made }) => ({ ...made, ...stated, source: made.source ?? made.ref.system }));
});
const signalTypes = ['demo_request', 'demo_request', 'stage_change', 'meeting', 'pricing_page_visit', 'complaint', 'opportunity_lost', 'unheard_of'];
const signal: fc.Arbitrary<Delivery> = fc
  .record({ kind: fc.constant('signal' as const), account, type: fc.constantFrom(...signalTypes), source: fc.constantFrom('web', 'zendesk'), event: fc.nat(9), at: fc.option(at, { freq: 4 }) })
  // One event of a source is told in one way.
  .map((made) => ({ ...made, event: `${made.account.id}-${made.type}-${made.event}-${made.at ?? 'arrival'}` }));
const consent: fc.Arbitrary<Delivery> = fc.record({ kind: fc.constant('consent' as const), email: fc.constantFrom(...people), purpose: fc.constantFrom('OUTREACH', 'OUTREACH', 'OUTREACH', 'OUTREACH', 'PROFILING'), granted: fc.constantFrom(true, true, true, false) });
const told: fc.Arbitrary<Delivery> = fc.record({ kind: fc.constant('account' as const), ref: account, ...origin, stated: accountFields }).map(({ stated, ...made }) => ({ ...made, ...stated, source: made.source ?? made.ref.system }));

const types = ['Account', ...Object.keys(kinds)];
const deletion: fc.Arbitrary<Delivery> = fc.constantFrom(...types).chain((name) => fc
  .record({ kind: fc.constant('deletion' as const), type: fc.constant(accountRecords.find(({ plural }) => plural === name)?.type ?? name), ref: fc.constantFrom(...(kinds[name]?.refs ?? accounts)), source: origin.source, at: origin.at })
  .map((made) => ({ ...made, source: made.source ?? made.ref.system })));

const turn = fc.record({ keys: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)), copies: fc.constantFrom(1, 1, 2, 3), ends: fc.constantFrom(true, false), settles: fc.constantFrom(true, false) });

/** Histories of everything that sources and people tell. */
export function histories(): fc.Arbitrary<History> {
  const delivery = fc.oneof({ weight: 2, arbitrary: told }, { weight: 5, arbitrary: record }, { weight: 5, arbitrary: signal }, { weight: 3, arbitrary: consent }, { weight: 1, arbitrary: deletion });
  return fc.record({ items: fc.array(fc.record({ delivery, turn }), { minLength: 8, maxLength: 40, size: 'max' }), batchSize: fc.constantFrom(500, 1, 3), twice: fc.boolean() });
}
