import { array, constantFrom, integer, oneof, record, type Arbitrary } from 'fast-check';
import { accountRecords, upsertAccounts, upsertRecords } from '../../src/features/accounts/index.ts';
import { proposeAction } from '../../src/features/actions/index.ts';
import { grantConsent, revokeConsent } from '../../src/features/consent/index.ts';
import { mergeNodes, unmergeNodes, type MergeKind } from '../../src/features/identity/index.ts';
import { updateProfileFields } from '../../src/features/profiles/index.ts';
import { ingestSignals } from '../../src/features/signals/index.ts';
import { createTenant } from '../../src/app/create-tenant.ts';
import { revocationReactions } from '../../src/api/privacy.ts';
import { ProductError } from '../../src/platform/errors.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import type { Queue } from '../actions/queue.ts';

/** How many accounts and contacts a history is about. */
export const size = 4;

/** Something that happens to a tenant. Accounts and contacts are named by number. */
export type Step =
  | { readonly kind: 'account'; readonly of: number; readonly field: 'industry' | 'region' | 'tier'; readonly value: string | null; readonly source: string; readonly ago: number | null }
  | { readonly kind: 'contact'; readonly of: number; readonly account: number; readonly field: 'title' | 'role' | 'email'; readonly value: string | null; readonly source: string; readonly ago: number | null }
  | { readonly kind: 'ticket'; readonly of: number; readonly account: number; readonly status: string; readonly ago: number | null }
  | { readonly kind: 'signal'; readonly account: number; readonly type: string; readonly ago: number }
  | { readonly kind: 'profile'; readonly account: number; readonly name: string; readonly value: string }
  | { readonly kind: 'consent'; readonly contact: number; readonly purpose: 'OUTREACH' | 'MARKETING'; readonly granted: boolean }
  | { readonly kind: 'action'; readonly account: number }
  | { readonly kind: 'merge'; readonly what: MergeKind; readonly into: number; readonly from: number }
  | { readonly kind: 'unmerge'; readonly which: number };

const node = integer({ min: 0, max: size - 1 });
const source = constantFrom('salesforce', 'cs_tool', 'hubspot');
const ago = oneof(integer({ min: 1, max: 50 }), constantFrom(null));
const word = constantFrom('a', 'b', 'c', null);
const kind = <Kind extends Step['kind']>(name: Kind): Arbitrary<Kind> => constantFrom(name);

/** Random histories of deliveries, merges and unmerges. */
export const histories: Arbitrary<Step[]> = array(
  oneof(
    { weight: 4, arbitrary: record({ kind: kind('account'), of: node, field: constantFrom('industry', 'region', 'tier'), value: word, source, ago }) },
    { weight: 4, arbitrary: record({ kind: kind('contact'), of: node, account: node, field: constantFrom('title', 'role', 'email'), value: word, source, ago }) },
    { weight: 2, arbitrary: record({ kind: kind('ticket'), of: node, account: node, status: constantFrom('Open', 'Closed'), ago }) },
    { weight: 2, arbitrary: record({ kind: kind('signal'), account: node, type: constantFrom('demo_request', 'meeting'), ago: integer({ min: 1, max: 50 }) }) },
    { weight: 3, arbitrary: record({ kind: kind('profile'), account: node, name: constantFrom('city', 'team'), value: constantFrom('x', 'y') }) },
    { weight: 2, arbitrary: record({ kind: kind('consent'), contact: node, purpose: constantFrom('OUTREACH', 'MARKETING'), granted: constantFrom(true, false) }) },
    { weight: 1, arbitrary: record({ kind: kind('action'), account: node }) },
    { weight: 5, arbitrary: record({ kind: kind('merge'), what: constantFrom('Account', 'Contact'), into: node, from: node }) },
    { weight: 2, arbitrary: record({ kind: kind('unmerge'), which: integer({ min: 0, max: 10 }) }) },
  ) as Arbitrary<Step>,
  { minLength: 5, maxLength: 30 },
);

/** A merge that was made: which nodes an edge joins, by number. */
export interface MadeMerge {
  readonly what: MergeKind;
  readonly id: string;
  readonly into: number;
  readonly child: number;
}

/** A tenant to which steps happen. */
export interface Played {
  readonly tenantId: Id<'Tenant'>;
  /** The merges that hold, the earliest first. */
  readonly merges: MadeMerge[];
  deliver(step: Step, index: number): Promise<void>;
  merge(what: MergeKind, into: number, from: number): Promise<void>;
  unmerge(which: number): Promise<void>;
}

const email = (value: string): string => `${value}@example.com`;
const ref = (number: number): { system: string; id: string } => ({ system: 'salesforce', id: `n-${number}` });

/** Opens a tenant with accounts and contacts that steps can happen to. */
export async function play(queue: Queue, slug: string): Promise<Played> {
  const tenantId = await createTenant(queue.database, queue.newId, { slug, name: slug, highIntentThreshold: 75 });
  const act = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => queue.database.transact({ tenantId, actor: { kind: 'user', id: 'test' }, requestId: 'test' }, body);
  const ids: Record<MergeKind, string[]> = { Account: [], Contact: [] };
  const numbers = Array.from({ length: size }, (_, number) => number);
  const recordOf = (plural: string) => {
    const found = accountRecords.find((each) => each.plural === plural);
    if (!found) throw new Error(`there are no ${plural}`);
    return found;
  };
  const at = (minutes: number | null): string | null => (minutes === null ? null : new Date(queue.clock.now().getTime() - minutes * 60_000).toISOString());
  await act(async (work) => {
    const made = await upsertAccounts(work, queue.seal, numbers.map((number) => ({ externalRef: ref(number), name: `Account ${number}`, occurredAt: '2026-01-01T00:00:00.000Z' })));
    ids.Account = made.map(keyOf);
    const people = await upsertRecords(work, queue.seal, recordOf('contacts'), numbers.map((number) => ({ account: { externalRef: ref(number) }, externalRef: ref(number), name: `Contact ${number}`, email: email(`own${number}`), occurredAt: '2026-01-01T00:00:00.000Z' })));
    ids.Contact = people.map(keyOf);
  });
  const idOf = (what: MergeKind, number: number): string => ids[what][number] ?? '';
  const merges: MadeMerge[] = [];
  return {
    tenantId,
    merges,
    async deliver(step, index) {
      await act(async (work) => {
        if (step.kind === 'account') await upsertAccounts(work, queue.seal, [{ externalRef: ref(step.of), [step.field]: step.value, source: step.source, occurredAt: at(step.ago) }]);
        if (step.kind === 'contact') {
          const value = step.field === 'email' && step.value !== null ? email(`${step.value}${step.of}`) : step.value;
          await upsertRecords(work, queue.seal, recordOf('contacts'), [{ account: { externalRef: ref(step.account) }, externalRef: ref(step.of), [step.field]: value, source: step.source, occurredAt: at(step.ago) }]);
        }
        if (step.kind === 'ticket') await upsertRecords(work, queue.seal, recordOf('tickets'), [{ account: { externalRef: ref(step.account) }, externalRef: ref(step.of), key: `T-${step.of}`, summary: 'It fails', status: step.status, statusCategory: 'IN_PROGRESS', labels: [], createdOn: '2026-11-01', occurredAt: at(step.ago) }]);
        if (step.kind === 'signal') await ingestSignals(work, [{ requestId: 'test', path: [], statement: { account: { externalRef: ref(step.account) }, type: step.type, source: 'test', sourceEventId: `s-${index}`, occurredAt: at(step.ago) } }]);
        if (step.kind === 'profile') await updateProfileFields(work, queue.seal, [{ accountId: idOf('Account', step.account) as Id<'Account'>, name: step.name, value: step.value, source: 'USER', path: [] }]);
        if (step.kind === 'consent') {
          const about = { email: email(`own${step.contact}`), purpose: step.purpose, channel: 'EMAIL', path: [] } as const;
          await (step.granted ? grantConsent(work, queue.seal, { ...about, basis: 'CONSENT', source: 'a form', proof: 'form 1' }) : revokeConsent(work, queue.seal, revocationReactions, about));
        }
      });
      if (step.kind === 'action') {
        // Whether it may be proposed depends on what is one by then; who consents to nothing is written to by nobody.
        await act((work) => proposeAction(work, queue.seal, {
          accountId: idOf('Account', step.account) as Id<'Account'>, contactId: null, subject: `A word ${index}`, body: 'Shall we talk?', reasoning: 'They asked.', confidence: 0.8,
          generatedBy: 'TEMPLATE', model: null, prompt: null, scorePointId: null, sources: [], path: [],
        })).catch((error: unknown) => {
          if (!(error instanceof ProductError)) throw error;
        });
      }
    },
    async merge(what, into, from) {
      try {
        const id = await act((work) => mergeNodes(work, queue.seal, { kind: what, intoId: idOf(what, into), fromId: idOf(what, from), reason: null, decidedBy: work.actor }));
        const [made] = await queue.rows('select child_id as "childId" from node_merge where id = $1', [id]);
        merges.push({ what, id, into, child: ids[what].indexOf(String(made?.['childId'])) });
      } catch (error) {
        if (!(error instanceof ProductError)) throw error;
      }
    },
    async unmerge(which) {
      const [made] = merges.splice(which % Math.max(1, merges.length), 1);
      if (made) await act((work) => unmergeNodes(work, queue.seal, { kind: made.what, mergeId: made.id, reason: null, decidedBy: work.actor }));
    },
  };
}

function keyOf(result: { readonly globalId: string } | ProductError): string {
  if (result instanceof ProductError) throw result;
  return parseGlobalId(result.globalId)?.id ?? '';
}
