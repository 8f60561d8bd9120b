import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { hostOf, lockAccounts, stateValues, statementLineage } from '../accounts/index.ts';
import { recordDerivations } from '../lineage/index.ts';
import { enrichmentSource } from '../sources/index.ts';
import { enrichmentEnded } from './enrichment.events.ts';
import { enrichmentLineage } from './enrichment-lineage.ts';
import { countEnded } from './enrichment-metrics.ts';
import type { CalledProvider, EnrichmentFailure, EnrichmentStatus } from './enums.ts';
import { peopleStillAllowed } from './people-to-ask.ts';
import type { ProviderAnswer } from './provider.ts';
import { checkAccountValues, checkContactValues, type RefusedValue } from './read-answer.ts';

/** An enrichment that is under way, as the process that works on it has it. */
export interface OpenEnrichment {
  readonly id: Id<'Enrichment'>;
  readonly accountId: Id<'Account'>;
  readonly provider: CalledProvider;
  readonly month: string;
  readonly priceMinor: number;
  /** Null while the provider was not called. */
  readonly callId: string | null;
}

/** How an enrichment ends. */
export interface EnrichmentEnd {
  readonly status: Exclude<EnrichmentStatus, 'REQUESTED' | 'CALLING'>;
  readonly failureCode: EnrichmentFailure | null;
  readonly costMinor: number;
  /** Whether a job ends it because its process had ended. */
  readonly settled?: boolean;
}

const end = statement<{ id: string }>(
  'end_enrichment',
  `update enrichment set status = $4, failure_code = $5, cost_minor = $6, completed_at = $7, settle_at = null, statement_ids = $8, refused = $9
   where tenant_id = $1 and id = $2 and status in ('REQUESTED', 'CALLING') and call_id is not distinct from $3::uuid returning id`,
);

const knownWebsite = statement<{ website: string | null }>('website_of_account', 'select website from account where tenant_id = $1 and id = $2');

interface Taken {
  readonly statementIds: readonly string[];
  readonly fields: number;
  readonly refused: readonly RefusedValue[];
}

const nothing: Taken = { statementIds: [], fields: 0, refused: [] };

/** Ends an enrichment: what was reserved is spent or released. Returns false where it was ended before, by whoever settled it. */
export async function endEnrichment(work: Work, enrichment: OpenEnrichment, how: EnrichmentEnd, taken: Taken = nothing): Promise<boolean> {
  const { id, accountId, provider, month, callId } = enrichment;
  const { status, failureCode, costMinor, settled = false } = how;
  const [ended] = await work.rows(end, [work.tenantId, id, callId, status, failureCode, costMinor, work.now, taken.statementIds, JSON.stringify(taken.refused)]);
  if (!ended) return false;
  work.record(enrichmentEnded.fact({ accountId, data: { enrichmentId: id, accountId, provider, month, status, failureCode, costMinor, fields: taken.fields, refused: taken.refused.length, settled } }));
  if (callId !== null) work.afterCommit(() => countEnded({ provider, status, failureCode, costMinor }));
  return true;
}

/**
 * Stores what a provider said as statements of the source `enrichment`, trusted as THIRD_PARTY_TEXT, whose lineage leads
 * to the enrichment. Values that no field can hold are refused one by one; people whose consent ended during the call are left out.
 */
export async function completeEnrichment(work: Work, seal: Seal, enrichment: OpenEnrichment, { answer, askedContacts }: { readonly answer: ProviderAnswer; readonly askedContacts: readonly string[] }): Promise<boolean> {
  const standing = (await lockAccounts(work, [enrichment.accountId])).get(enrichment.accountId);
  const how: EnrichmentEnd = { status: 'COMPLETED', failureCode: null, costMinor: enrichment.priceMinor };
  if (!standing || standing.retiredAt !== null) return endEnrichment(work, enrichment, how);
  const company = checkAccountValues(answer.company);
  const allowed = new Map((await peopleStillAllowed(work, seal, { accountId: standing.survivorId, contactIds: askedContacts })).map((person) => [person.contactId, person]));
  const refused: RefusedValue[] = [...company.refused];
  const contacts: { readonly id: string; readonly subjectId: Id<'Subject'>; readonly values: Readonly<Record<string, unknown>> }[] = [];
  for (const [contactId, said] of answer.people) {
    const person = allowed.get(contactId);
    const checked = checkContactValues(said);
    if (person) refused.push(...checked.refused);
    else refused.push(...Object.keys(checked.values).map((field): RefusedValue => [`contact.${field}`, 'NOT_ALLOWED']));
    if (person && Object.keys(checked.values).length > 0) contacts.push({ id: contactId, subjectId: person.subjectId, values: checked.values });
  }
  const values = await withKnownWebsite(work, standing.survivorId, company.values);
  const statementIds = await stateValues(work, seal, { accountId: standing.survivorId, source: enrichmentSource, origin: 'THIRD_PARTY_TEXT', account: values, contacts });
  const fields = Object.keys(values).length + contacts.reduce((sum, { values }) => sum + Object.keys(values).length, 0);
  const ended = await endEnrichment(work, enrichment, how, { statementIds, fields, refused });
  if (!ended) throw new EnrichmentWasSettled();
  await recordDerivations(work, statementIds.map((id) => ({ to: statementLineage.ref(id), from: [enrichmentLineage.ref(enrichment.id)], relation: 'OBTAINED', rule: { name: `enrichment-${enrichment.provider.toLowerCase().replaceAll('_', '-')}`, version: '1' } })));
  return true;
}

/** The values, with the web site as the account has it where both name the same host: another spelling is no contradiction. */
async function withKnownWebsite(work: Work, accountId: Id<'Account'>, values: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const { website } = values;
  if (typeof website !== 'string') return values;
  const [account] = await work.rows(knownWebsite, [work.tenantId, accountId]);
  return account?.website && hostOf(account.website) === hostOf(website) ? { ...values, website: account.website } : values;
}

/** The answer came after the enrichment was settled: nothing of it is kept, since it was paid for as unknown. */
export class EnrichmentWasSettled extends Error {
  constructor() {
    super('the enrichment was settled before its answer came');
    this.name = 'EnrichmentWasSettled';
  }
}
