import { Conflict } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts, noSuchAccount } from '../accounts/index.ts';
import { monthOf, usedBudget } from './budget.ts';
import { enrichmentPolicy } from './enrichment-policy.ts';
import { enrichmentRequested } from './enrichment.events.ts';
import type { CalledProvider, EnrichmentTrigger } from './enums.ts';
import { BudgetIsExhausted } from './errors.ts';
import { httpProviderOf } from './http-provider-store.ts';
import { mockPriceMinor } from './mock-clearbit.ts';

/** The name of the job that calls a provider. */
export const enrichAccountTask = 'enrich-account';

/** How long a request waits for its job before it is settled. Milliseconds. */
const longestWait = 15 * 60_000;

const open = statement<{ id: Id<'Enrichment'> }>('open_enrichment', `select e.id from node_identity i join enrichment e on e.tenant_id = i.tenant_id and e.account_id = i.id and e.status in ('REQUESTED', 'CALLING') where i.tenant_id = $1 and i.survivor_id = $2 order by e.requested_at, e.id limit 1`);
const insert = statement(
  'insert_enrichment',
  `insert into enrichment (tenant_id, id, account_id, provider, trigger, status, requested_at, requested_by_kind, requested_by_id, policy_version, context_quality, month, limit_minor, price_minor, settle_at)
   values ($1, $2, $3, $4, $5, 'REQUESTED', $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
);

/** What asks for an enrichment. */
export interface EnrichmentRequest {
  readonly accountId: Id<'Account'>;
  readonly trigger: EnrichmentTrigger;
  /** The context quality that it was requested for; null where it was not looked at. */
  readonly contextQuality: number | null;
}

/** An enrichment, and whether it was requested now; otherwise one was under way. */
export interface RequestedEnrichment {
  readonly id: Id<'Enrichment'>;
  readonly isNew: boolean;
}

/**
 * Reserves the price of a call from the account's budget of the calendar month, and has the provider called by a job. The
 * account is locked, so that concurrent requests cannot reserve the same cents. An account has one enrichment at a time:
 * while one is under way, that one is returned. Throws `BudgetIsExhausted`, `Conflict` while enrichment is off, and
 * `NotFound` for an account that the tenant does not have, or that is retired.
 */
export async function requestEnrichment(work: Work, { accountId, trigger, contextQuality }: EnrichmentRequest): Promise<RequestedEnrichment> {
  const standing = (await lockAccounts(work, [accountId])).get(accountId);
  if (!standing || standing.retiredAt !== null) throw noSuchAccount(['input', 'accountId']);
  const account = standing.survivorId;
  const [running] = await work.rows(open, [work.tenantId, account]);
  if (running) return { id: running.id, isNew: false };
  const policy = await enrichmentPolicy(work);
  const { provider } = policy;
  if (provider === 'NONE') throw new Conflict('Enrichment is off. An administrator turns it on by publishEnrichmentPolicy with a provider.', ['input']);
  const priceMinor = await priceOf(work, provider);
  const month = monthOf(work.now);
  const { reservedMinor, spentMinor } = await usedBudget(work, { tenantId: work.tenantId, accountId: account, month });
  const remainingMinor = Math.max(0, policy.monthlyLimitMinor - reservedMinor - spentMinor);
  if (priceMinor > remainingMinor) throw new BudgetIsExhausted({ remainingMinor, priceMinor, month });
  const id = work.newId<'Enrichment'>();
  const settleAt = new Date(Date.parse(work.now) + longestWait).toISOString();
  await work.rows(insert, [work.tenantId, id, account, provider, trigger, work.now, work.actor.kind, work.actor.id, policy.version, contextQuality, month, policy.monthlyLimitMinor, priceMinor, settleAt]);
  work.record(enrichmentRequested.fact({ accountId: account, data: { enrichmentId: id, accountId: account, provider, month, trigger, priceMinor, policyVersion: policy.version, contextQuality } }));
  await schedule(work, { task: enrichAccountTask, payload: { tenantId: work.tenantId, enrichmentId: id, requestId: work.requestId }, key: `${enrichAccountTask}:${work.tenantId}:${id}` });
  return { id, isNew: true };
}

async function priceOf(work: Work, provider: CalledProvider): Promise<number> {
  if (provider === 'MOCK_CLEARBIT') return mockPriceMinor;
  const row = await httpProviderOf(work);
  if (!row) throw new Conflict('There is no HTTP provider. Describe it with saveEnrichmentProvider.', ['input']);
  return row.priceMinor;
}
