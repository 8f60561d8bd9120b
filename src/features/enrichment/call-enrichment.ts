import { randomUUID } from 'node:crypto';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { hostOf, lockAccounts } from '../accounts/index.ts';
import { completeEnrichment, endEnrichment, EnrichmentWasSettled, type OpenEnrichment } from './end-enrichment.ts';
import { enrichmentCalled } from './enrichment.events.ts';
import { enrichmentPolicy } from './enrichment-policy.ts';
import type { EnrichmentFailure } from './enums.ts';
import { createHttpProvider } from './http-provider.ts';
import { httpProviderOf } from './http-provider-store.ts';
import { mockClearbit } from './mock-clearbit.ts';
import { peopleToAsk } from './people-to-ask.ts';
import { mayHaveCharged, ProviderFault, type EnrichmentProvider, type EnrichmentQuestion } from './provider.ts';

/** How long a provider may take, in milliseconds. */
const callTimeout = 20_000;
/** When a call whose process ended is settled: far behind the time-out, so that nobody still waits for the answer. Milliseconds. */
const settledAfter = 5 * 60_000;

/** What calling a provider works with. */
export interface EnrichmentParts {
  readonly database: Pick<Database, 'transact'>;
  readonly seal: Seal;
  /** Where the HTTP provider is reached instead of its own address; null: at its address. */
  readonly providerOrigin: string | null;
  /** Ends the call when the process stops. */
  readonly signal?: AbortSignal;
}

const requested = statement<Omit<OpenEnrichment, 'callId'> & { readonly name: string | null; readonly website: string | null }>(
  'enrichment_to_call',
  `select e.id, e.account_id as "accountId", e.provider, e.month::text as month, e.price_minor as "priceMinor", a.name, a.website
   from enrichment e join node_identity i on i.tenant_id = e.tenant_id and i.id = e.account_id left join account a on a.tenant_id = e.tenant_id and a.id = i.survivor_id
   where e.tenant_id = $1 and e.id = $2 and e.status = 'REQUESTED'`,
);
const begin = statement<{ id: string }>(
  'begin_enrichment_call',
  `update enrichment set status = 'CALLING', call_id = $3, called_at = $4, settle_at = $5, asked_contacts = $6 where tenant_id = $1 and id = $2 and status = 'REQUESTED' returning id`,
);

interface BegunCall {
  readonly enrichment: OpenEnrichment;
  readonly provider: EnrichmentProvider;
  readonly question: EnrichmentQuestion;
}

/**
 * Calls the provider of an enrichment once and ends it by what comes: the call is recorded before it is made, so that after
 * a crash nobody makes it twice. Does nothing for an enrichment whose call began or that has ended.
 */
export async function callEnrichment(parts: EnrichmentParts, caller: Caller, id: Id<'Enrichment'>): Promise<void> {
  const begun = await parts.database.transact(caller, (work) => beginCall(work, parts, id));
  if (!begun) return;
  const { enrichment, provider, question } = begun;
  const late = AbortSignal.timeout(callTimeout);
  const outcome = await provider.ask(question, parts.signal ? AbortSignal.any([late, parts.signal]) : late).catch((error: unknown) => (error instanceof ProviderFault ? error.code : 'INTERRUPTED'));
  await parts.database.transact(caller, async (work) => {
    if (typeof outcome === 'string') return endEnrichment(work, enrichment, { status: 'FAILED', failureCode: outcome, costMinor: mayHaveCharged(outcome) ? enrichment.priceMinor : 0 });
    if (outcome === null) return endEnrichment(work, enrichment, { status: 'NO_MATCH', failureCode: null, costMinor: provider.chargesNoMatch ? enrichment.priceMinor : 0 });
    return completeEnrichment(work, parts.seal, enrichment, { answer: outcome, askedContacts: question.people.map(({ contactId }) => contactId) });
  }).catch((error: unknown) => {
    if (!(error instanceof EnrichmentWasSettled)) throw error;
  });
}

async function beginCall(work: Work, { seal, providerOrigin }: EnrichmentParts, id: Id<'Enrichment'>): Promise<BegunCall | null> {
  const [found] = await work.rows(requested, [work.tenantId, id]);
  if (!found) return null;
  const standing = (await lockAccounts(work, [found.accountId])).get(found.accountId);
  const release = async (failureCode: EnrichmentFailure): Promise<null> => {
    await endEnrichment(work, { ...found, callId: null }, { status: 'FAILED', failureCode, costMinor: 0 });
    return null;
  };
  const { name, website, ...enrichment } = found;
  if (!standing || standing.retiredAt !== null || name === null) return release('ACCOUNT_GONE');
  const policy = await enrichmentPolicy(work);
  const provider = policy.provider === enrichment.provider ? await openProvider(work, seal, { name: enrichment.provider, origin: providerOrigin }) : null;
  // A provider that costs more now than was reserved could spend what the budget does not have.
  if (!provider || provider.priceMinor > enrichment.priceMinor) return release('PROVIDER_CHANGED');
  const people = policy.asksAboutPeople ? await peopleToAsk(work, seal, standing.survivorId) : [];
  const callId = randomUUID();
  const settleAt = new Date(Date.parse(work.now) + settledAfter).toISOString();
  const [begun] = await work.rows(begin, [work.tenantId, id, callId, work.now, settleAt, people.map(({ contactId }) => contactId)]);
  if (!begun) return null;
  const { accountId, month } = enrichment;
  work.record(enrichmentCalled.fact({ accountId, data: { enrichmentId: id, accountId, provider: enrichment.provider, month, callId, people: people.length } }));
  const question: EnrichmentQuestion = { callId, companyName: name, domain: website === null ? null : hostOf(website), people: people.map(({ contactId, email }) => ({ contactId, email })) };
  return { enrichment: { ...enrichment, callId }, provider, question };
}

async function openProvider(work: Work, seal: Seal, { name, origin }: { readonly name: OpenEnrichment['provider']; readonly origin: string | null }): Promise<EnrichmentProvider | null> {
  if (name === 'MOCK_CLEARBIT') return mockClearbit;
  const row = await httpProviderOf(work);
  return row && createHttpProvider(row, seal, origin);
}
