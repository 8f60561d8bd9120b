import { Conflict, InvalidInput } from '../../platform/errors.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { mostMonthlyMinor } from './budget.ts';
import type { EnrichmentProviderName } from './enums.ts';
import { enrichmentPolicyPublished } from './enrichment.events.ts';
import { httpProviderOf } from './http-provider-store.ts';

/** When accounts are enriched, by whom, and what it may cost. A version never changes. */
export interface EnrichmentPolicy {
  /** Its key; of version 0, the tenant's. */
  readonly uuid: string;
  /** 0: the tenant published none, and nothing is enriched. */
  readonly version: number;
  readonly provider: EnrichmentProviderName;
  /** An account with high intent is enriched if its context quality is below. */
  readonly qualityBelow: number;
  /** Hours after an enrichment in which high intent requests no other. */
  readonly coolDownHours: number;
  /** US cents for one account and calendar month (UTC). */
  readonly monthlyLimitMinor: number;
  /** Whether contacts who consented to ENRICHMENT are asked about as well. */
  readonly asksAboutPeople: boolean;
}

/** What a new version says; what is left out stays as it is. */
export type EnrichmentPolicyChange = { readonly [Key in keyof Omit<EnrichmentPolicy, 'uuid' | 'version'>]?: EnrichmentPolicy[Key] | null };

/** Quality 60 is reached by an open deal with amount and close date, a contact and an owner. A month of cool-down is what firmographic data outlives. */
const defaults: Omit<EnrichmentPolicy, 'uuid'> = { version: 0, provider: 'NONE', qualityBelow: 60, coolDownHours: 720, monthlyLimitMinor: mostMonthlyMinor, asksAboutPeople: false };

const columns = 'id as uuid, version, provider, quality_below as "qualityBelow", cool_down_hours as "coolDownHours", monthly_limit_minor as "monthlyLimitMinor", asks_about_people as "asksAboutPeople"';
const inForce = statement<EnrichmentPolicy>('enrichment_policy_in_force', `select ${columns} from enrichment_policy where tenant_id = $1 order by version desc limit 1`);
const byIds = statement<EnrichmentPolicy>('enrichment_policies_by_id', `select ${columns} from enrichment_policy where tenant_id = $1 and id = any($2::uuid[])`);
const insert = statement(
  'insert_enrichment_policy',
  `insert into enrichment_policy (tenant_id, id, version, provider, quality_below, cool_down_hours, monthly_limit_minor, asks_about_people, published_at, published_by)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
// One policy after the other: without a row there is nothing else to lock.
const lock = statement('lock_enrichment_policy', `select pg_advisory_xact_lock(hashtextextended('enrichment_policy ' || $1, 0))`);

type Reading = Sql & { readonly tenantId: string };

/** The tenant's policy in force. */
export async function enrichmentPolicy(sql: Reading): Promise<EnrichmentPolicy> {
  const [row] = await sql.rows(inForce, [sql.tenantId]);
  return row ?? { uuid: sql.tenantId, ...defaults };
}

/** Versions of the policy by their ids; those that do not exist are left out. The tenant's own id is version 0. */
export async function enrichmentPolicies(sql: Reading, ids: readonly string[]): Promise<EnrichmentPolicy[]> {
  const found = await sql.rows(byIds, [sql.tenantId, ids]);
  return ids.includes(sql.tenantId) ? [...found, { uuid: sql.tenantId, ...defaults }] : found;
}

/** Publishes a new version of the policy. Returns the policy in force. */
export async function publishEnrichmentPolicy(work: Work, change: EnrichmentPolicyChange): Promise<EnrichmentPolicy> {
  await work.rows(lock, [work.tenantId]);
  const present = await enrichmentPolicy(work);
  const next = {
    version: present.version + 1,
    provider: change.provider ?? present.provider,
    qualityBelow: checkWhole('qualityBelow', change.qualityBelow ?? present.qualityBelow, 100),
    coolDownHours: checkWhole('coolDownHours', change.coolDownHours ?? present.coolDownHours, 8_760),
    monthlyLimitMinor: checkWhole('monthlyLimitMinor', change.monthlyLimitMinor ?? present.monthlyLimitMinor, mostMonthlyMinor),
    asksAboutPeople: change.asksAboutPeople ?? present.asksAboutPeople,
  };
  if (next.provider === 'HTTP' && (await httpProviderOf(work)) === null) throw new Conflict('There is no HTTP provider yet. Describe it with saveEnrichmentProvider first.', ['input', 'provider']);
  const uuid = work.newId<'EnrichmentPolicy'>();
  await work.rows(insert, [work.tenantId, uuid, next.version, next.provider, next.qualityBelow, next.coolDownHours, next.monthlyLimitMinor, next.asksAboutPeople, work.now, work.actor.id]);
  work.record(enrichmentPolicyPublished.fact({ accountId: null, data: { version: next.version } }));
  return { uuid, ...next };
}

/** Publishes a policy where the tenant has none. */
export async function publishFirstPolicy(work: Work, change: EnrichmentPolicyChange): Promise<void> {
  if ((await enrichmentPolicy(work)).version === 0) await publishEnrichmentPolicy(work, change);
}

function checkWhole(name: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new InvalidInput(`${name} must be a whole number from 0 to ${most}.`, ['input', name]);
  return value;
}
