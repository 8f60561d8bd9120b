import type { FastCopies } from '../../platform/fast-copies.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { deriveInWork } from '../context/index.ts';
import { scoreStandings } from '../scoring/index.ts';
import { isSpentByCopy } from './budget-copies.ts';
import { monthOf } from './budget.ts';
import { enrichmentPolicy, type EnrichmentPolicy } from './enrichment-policy.ts';
import { countTrigger, type TriggerOutcome } from './enrichment-metrics.ts';
import { BudgetIsExhausted } from './errors.ts';
import { httpProviderOf } from './http-provider-store.ts';
import { mockPriceMinor } from './mock-clearbit.ts';
import { requestEnrichment } from './request-enrichment.ts';

const recent = statement<{ accountId: string }>(
  'accounts_enriched_lately',
  `select distinct i.survivor_id as "accountId" from node_identity i join enrichment e on e.tenant_id = i.tenant_id and e.account_id = i.id and (e.requested_at > $3 or e.completed_at is null)
   where i.tenant_id = $1 and i.survivor_id = any($2::uuid[])`,
);

/** Where candidates are looked for. */
export interface Looking {
  readonly sql: Sql & { readonly tenantId: Id<'Tenant'> };
  readonly now: string;
  readonly copies: FastCopies;
}

/**
 * Of some accounts those with high intent that no enrichment was requested for within the policy's cool-down; none while
 * enrichment is off. Budgets that the copies in Redis say are spent are left out, without a transaction. A few statements however many.
 */
export async function accountsToEnrich({ sql, now, copies }: Looking, accountIds: readonly Id<'Account'>[]): Promise<Id<'Account'>[]> {
  const asked = [...new Set(accountIds)];
  const policy = asked.length === 0 ? null : await enrichmentPolicy(sql);
  if (policy === null || policy.provider === 'NONE') return [];
  const standings = await scoreStandings(sql, asked, now);
  const high = asked.filter((id) => standings.get(id)?.band === 'HIGH');
  if (high.length === 0) return [];
  const since = new Date(Date.parse(now) - policy.coolDownHours * 3_600_000).toISOString();
  const lately = new Set((await sql.rows(recent, [sql.tenantId, high, since])).map(({ accountId }) => accountId));
  for (const id of high) if (lately.has(id)) countTrigger('COOLING_DOWN');
  return withoutSpent(sql, { policy, now, copies }, high.filter((id) => !lately.has(id)));
}

async function withoutSpent(sql: Looking['sql'], { policy, now, copies }: { readonly policy: EnrichmentPolicy; readonly now: string; readonly copies: FastCopies }, ids: readonly Id<'Account'>[]): Promise<Id<'Account'>[]> {
  if (copies.kind === 'none' || ids.length === 0) return [...ids];
  const priceMinor = policy.provider === 'HTTP' ? ((await httpProviderOf(sql))?.priceMinor ?? 0) : mockPriceMinor;
  const spent = await Promise.all(ids.map((accountId) => isSpentByCopy(copies, { tenantId: sql.tenantId, accountId, month: monthOf(now), limitMinor: policy.monthlyLimitMinor, priceMinor })));
  for (const each of spent) if (each) countTrigger('BUDGET_EXHAUSTED');
  return ids.filter((_, index) => spent[index] === false);
}

/** Requests the enrichment of an account that high intent asks for, if its context quality is below the policy's threshold. Everything is checked again under the account's lock. */
export async function wantEnrichment(work: Work, seal: Seal, accountId: Id<'Account'>): Promise<TriggerOutcome> {
  const outcome = await decide(work, seal, accountId);
  work.afterCommit(() => countTrigger(outcome));
  return outcome;
}

async function decide(work: Work, seal: Seal, accountId: Id<'Account'>): Promise<TriggerOutcome> {
  const policy = await enrichmentPolicy(work);
  const derived = policy.provider === 'NONE' ? null : await deriveInWork(work, seal, accountId);
  if (!derived) return 'NOT_HIGH';
  const contextQuality = derived.values.quality.value;
  if (contextQuality >= policy.qualityBelow) return 'QUALITY_SUFFICES';
  try {
    return (await requestEnrichment(work, { accountId, trigger: 'HIGH_INTENT', contextQuality })).isNew ? 'REQUESTED' : 'UNDER_WAY';
  } catch (error) {
    if (error instanceof BudgetIsExhausted) return 'BUDGET_EXHAUSTED';
    throw error;
  }
}
