import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { canonicalJson } from '../../src/platform/canonical-json.ts';
import type { Delivery, History, Part, Ref } from './history.ts';
import { accountFields, accounts, instants, kinds, people } from './kinds.ts';
import { inPossibleOrder } from './order.ts';
import { vendorAnswers } from './vendor-answers.ts';
import { vendorWebhooks } from './vendor-webhooks.ts';

const at = fc.constantFrom(...instants);
const account = fc.constantFrom(accounts[0], ...accounts) as fc.Arbitrary<Ref>;

/**
 * Which account a record is said to belong to: one that follows from what is said. Of two statements of one source, one
 * instant and one content that name two accounts nothing but the ids could decide: no source says such a thing.
 */
function accountOf(fields: Readonly<Record<string, unknown>>): Ref {
  return accounts[createHash('sha256').update(canonicalJson(fields)).digest().readUInt8() % accounts.length] ?? { system: 'salesforce', id: '001A' };
}

/** Who says it: mostly the system that it is called by. */
const origin = { source: fc.option(fc.constantFrom('gainsight', 'salesforce', 'zendesk', 'manual'), { freq: 2 }), at: fc.option(at, { freq: 6 }), modifiedAt: fc.constantFrom(null, null, null, instants[0], instants[3]) as fc.Arbitrary<string | null> };

const plurals = Object.keys(kinds);
const record: fc.Arbitrary<Part> = fc.constantFrom(...Array.from({ length: 5 }, () => 'contacts'), 'opportunities', 'opportunities', ...plurals).chain((plural) => {
  const kind = kinds[plural];
  if (!kind) throw new Error(`nothing is said of ${plural}`);
  return fc.record({ kind: fc.constant('record' as const), plural: fc.constant(plural), ref: fc.constantFrom(...kind.refs), ...origin, stated: kind.fields })
    .map(({ stated, ...made }) => ({ ...made, ...stated, source: made.source ?? made.ref.system, account: accountOf(stated.fields) }));
});
const signalTypes = ['demo_request', 'demo_request', 'stage_change', 'meeting', 'pricing_page_visit', 'complaint', 'opportunity_lost', 'unheard_of'];
const signal: fc.Arbitrary<Part> = fc
  .record({ kind: fc.constant('signal' as const), account, type: fc.constantFrom(...signalTypes), source: fc.constantFrom('web', 'zendesk'), event: fc.nat(9), at: fc.option(at, { freq: 4 }) })
  // One event of a source is told in one way.
  .map((made) => ({ ...made, event: `${made.account.id}-${made.type}-${made.event}-${made.at ?? 'arrival'}` }));
const told: fc.Arbitrary<Part> = fc.record({ kind: fc.constant('account' as const), ref: account, ...origin, stated: accountFields }).map(({ stated, ...made }) => ({ ...made, ...stated, source: made.source ?? made.ref.system }));

const typeOf = (plural: string): string => accountRecords.find((each) => each.plural === plural)?.type ?? 'Account';
const node = fc.constantFrom('accounts', 'contacts', ...plurals).chain((plural) => fc.record({ type: fc.constant(typeOf(plural)), ref: fc.constantFrom(...(kinds[plural]?.refs ?? accounts)) }));
const deletion: fc.Arbitrary<Part> = fc.record({ node, source: origin.source, at: origin.at }).map((made) => ({ kind: 'deletion', ...made.node, source: made.source ?? made.node.ref.system, at: made.at }));

/** A deal as Salesforce sends it: late, repeated, going back to a stage that it was in, and closed in its own words. */
const salesforce: fc.Arbitrary<Delivery> = fc
  .record({ id: fc.constantFrom('006A', '006A', '006B'), StageName: fc.constantFrom('Prospecting', 'Negotiation/Review', 'Closed Won', 'Closed Lost', 'Our own stage'), more: fc.record({ Name: fc.constantFrom('Alpha', 'Beta'), NextStep: fc.constantFrom('Call', null), Probability: fc.constantFrom(10, 70), IsDeleted: fc.constantFrom(true, ...Array.from({ length: 8 }, () => false)), closed: fc.boolean() }, { requiredKeys: [] }), at: fc.option(at, { freq: 6 }) })
  .map(({ id, StageName, at: changed, more: { closed, ...more } }): Delivery => {
    const { id: AccountId } = accounts[createHash('sha256').update(canonicalJson([StageName, more])).digest().readUInt8() % 2] ?? { id: '001A' };
    const [ref, own] = [{ system: 'salesforce', id }, { ...(closed === undefined ? {} : { IsClosed: true, IsWon: closed }), ...more }];
    const part: Part = more.IsDeleted ? { kind: 'deletion', type: 'Opportunity', ref, source: 'salesforce', at: changed } : { kind: 'record', plural: 'opportunities', account: { system: 'salesforce', id: AccountId }, ref, source: 'salesforce', mode: 'PATCH', at: changed, modifiedAt: null, fields: { stage: StageName, ...more } };
    return { kind: 'webhook', source: 'salesforce', parts: [part], body: { AccountId, Id: id, StageName, ...own, ...(changed === null ? {} : { SystemModstamp: changed }) } };
  });
/** What any system sends as the documented JSON: several things at once, each with its time. A machine states nothing by hand. */
const json: fc.Arbitrary<Delivery> = fc.array(fc.tuple(fc.oneof({ weight: 1, arbitrary: told }, { weight: 4, arbitrary: record }, { weight: 2, arbitrary: signal }, { weight: 1, arbitrary: deletion }), at), { minLength: 1, maxLength: 3 }).map((sent): Delivery => {
  const parts = sent.map(([part, occurredAt]): Part => (part.kind === 'signal' ? { ...part, at: occurredAt, event: `${part.event}-${occurredAt}` } : { ...part, at: occurredAt, source: part.source === 'manual' ? part.ref.system : part.source }));
  return { kind: 'webhook', source: 'json', parts, body: null };
});

const consent: fc.Arbitrary<Delivery> = fc.record({ kind: fc.constant('consent' as const), email: fc.constantFrom(...people), purpose: fc.constantFrom('OUTREACH', 'OUTREACH', 'OUTREACH', 'OUTREACH', 'PROFILING'), granted: fc.constantFrom(true, true, true, false) });
const merge: fc.Arbitrary<Delivery> = fc.constantFrom(['Account', accounts] as const, ['Contact', kinds['contacts']?.refs ?? []] as const)
  .chain(([what, refs]) => fc.shuffledSubarray([...refs], { minLength: 2, maxLength: 2 }).map(([into, from]): Delivery => ({ kind: 'merge', what, into: into ?? { system: '', id: '' }, from: from ?? { system: '', id: '' } })));
const unmerge: fc.Arbitrary<Delivery> = fc.nat(3).map((which) => ({ kind: 'unmerge', which }));
const retirement: fc.Arbitrary<Delivery> = fc.oneof({ weight: 1, arbitrary: node }, { weight: 2, arbitrary: fc.constantFrom(...accounts).map((ref) => ({ type: 'Account', ref })) }, { weight: 2, arbitrary: fc.constantFrom(...(kinds['contacts']?.refs ?? [])).map((ref) => ({ type: 'Contact', ref })) }).map((of) => ({ kind: 'retirement', ...of }));
const restoration: fc.Arbitrary<Delivery> = fc.nat(3).map((which) => ({ kind: 'restoration', which }));

const turn = fc.record({ keys: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)), copies: fc.constantFrom(1, 1, 2, 3), ends: fc.constantFrom(true, false), settles: fc.constantFrom(true, false) });

/** Histories of everything that sources and people tell. */
export function histories(): fc.Arbitrary<History> {
  const delivery: fc.Arbitrary<Delivery> = fc.oneof(
    { weight: 4, arbitrary: told }, { weight: 12, arbitrary: record }, { weight: 10, arbitrary: signal }, { weight: 9, arbitrary: consent }, { weight: 2, arbitrary: deletion },
    { weight: 3, arbitrary: salesforce }, { weight: 2, arbitrary: vendorWebhooks }, { weight: 4, arbitrary: vendorAnswers }, { weight: 1, arbitrary: json }, { weight: 2, arbitrary: merge }, { weight: 2, arbitrary: unmerge }, { weight: 3, arbitrary: retirement }, { weight: 3, arbitrary: restoration },
  );
  const items = fc.array(fc.record({ delivery, turn }), { minLength: 8, maxLength: 32, size: 'max' }).map(inPossibleOrder);
  return fc.record({ items, batchSize: fc.constantFrom(500, 1, 3), twice: fc.boolean() });
}
