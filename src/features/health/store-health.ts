import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { recordDerivations, type Derivation } from '../lineage/index.ts';
import { assessHealth, type Assessment } from './assess-health.ts';
import { accountHealthLineage, healthRule, healthTrendLineage, kpiLineage, turnHealthId } from './health-lineage-kinds.ts';
import { healthUpdated } from './health.events.ts';

interface StoredHealth {
  readonly accountId: Id<'Account'>;
  readonly overall: number | null;
  readonly digest: string;
  readonly modelVersion: number;
}

const storedHealth = statement<StoredHealth>(
  'stored_health_of_accounts',
  'select account_id as "accountId", overall, digest, model_version as "modelVersion" from account_health where tenant_id = $1 and account_id = any($2::uuid[])',
);
const store = statement(
  'store_health',
  `insert into account_health as stored (tenant_id, id, account_id, source, overall, model_version, digest, assessed_at, trend_stale_at)
   select $1, id, "accountId", source, overall, "modelVersion", digest, $3, "trendStaleAt"
   from jsonb_to_recordset($2::jsonb) as h(id uuid, "accountId" uuid, source text, overall float8, "modelVersion" int, digest text, "trendStaleAt" timestamptz) order by id
   on conflict (tenant_id, id) do update set source = excluded.source, overall = excluded.overall, model_version = excluded.model_version,
     digest = excluded.digest, assessed_at = excluded.assessed_at, trend_stale_at = excluded.trend_stale_at`,
);

const currentAccounts = statement<{ id: Id<'Account'> }>('accounts_with_health', 'select id from account where tenant_id = $1 and id = any($2::uuid[])');
const remove = statement<{ id: Id<'AccountHealth'>; modelVersion: number }>(
  'remove_health',
  'delete from account_health where tenant_id = $1 and account_id = any($2::uuid[]) returning id, model_version as "modelVersion"',
);

async function currentAmong(work: Work, accountIds: readonly Id<'Account'>[]): Promise<Set<Id<'Account'>>> {
  return new Set((await work.rows(currentAccounts, [work.tenantId, accountIds])).map(({ id }) => id));
}

async function removeHealth(work: Work, accountIds: readonly Id<'Account'>[]): Promise<void> {
  if (accountIds.length === 0) return;
  const removed = await work.rows(remove, [work.tenantId, accountIds]);
  await recordDerivations(work, removed.flatMap(({ id, modelVersion }) => ['MEASURED', 'JUDGED'].map((relation) => ({ to: accountHealthLineage.ref(id), from: [], relation, rule: healthRule(modelVersion), replaces: true }))));
}

/** A hash of what an assessment says; which model said it is no part of it. */
function digestOf({ overall, categories, source, sourceReason, asOf, trend, kpis }: Assessment): string {
  // Said only where the age of a trend plays a part, so that every other digest is what it was before trends had a horizon.
  const reason = sourceReason === 'ONLY_OLD_TREND' || sourceReason === 'TREND_TOO_OLD' ? sourceReason : undefined;
  const said = { overall, categories, source, reason, asOf, trend: trend?.id ?? null, kpis: kpis.map(({ id, status, score }) => [id, status, score]) };
  return createHash('sha256').update(canonicalJson(said)).digest('hex');
}

/**
 * Computes the health of accounts anew, and where it says something else than what was told last, stores that with its
 * lineage and records `health.updated`. Where it says the same, by the same model, nothing is written. The number of
 * statements does not depend on that of accounts. Of accounts that are retired or merged away nothing stays stored: what
 * was known before stays known for instants before, and nothing is recorded, as the end of the account was.
 */
export async function storeHealth(work: Work, accountIds: readonly Id<'Account'>[], cause: 'RECORDS' | 'MODEL' | 'TIME'): Promise<void> {
  if (accountIds.length === 0) return;
  await lockAccounts(work, accountIds);
  const current = await currentAmong(work, accountIds);
  await removeHealth(work, accountIds.filter((id) => !current.has(id)));
  const assessed = await assessHealth(work, { accountIds: [...current], at: null, now: work.now });
  const stored = new Map((await work.rows(storedHealth, [work.tenantId, [...assessed.keys()]])).map((row) => [row.accountId, row]));
  const changed = [...assessed.values()].flatMap((assessment) => {
    const before = stored.get(assessment.accountId) ?? null;
    const digest = digestOf(assessment);
    const asBefore = before ? before.digest === digest : assessment.inputs.length === 0;
    return asBefore && (!before || before.modelVersion === assessment.model.version) ? [] : [{ assessment, before, digest, told: asBefore }];
  });
  if (changed.length === 0) return;
  const rows = changed.map(({ assessment: { accountId, source, overall, model, trendStaleAt }, digest }) => ({ id: turnHealthId(accountId), accountId, source, overall, modelVersion: model.version, digest, trendStaleAt }));
  await work.rows(store, [work.tenantId, JSON.stringify(rows), work.now]);
  // An edge says by which version it was made: those of another version end, and then the same sources begin anew.
  const judgedAnew = changed.filter(({ before, assessment }) => before && before.modelVersion !== assessment.model.version);
  await recordDerivations(work, judgedAnew.flatMap(({ assessment }) => derivationsOf(assessment).map((derivation) => ({ ...derivation, from: [] }))));
  await recordDerivations(work, changed.flatMap(({ assessment }) => derivationsOf(assessment)));
  for (const { assessment, before, told } of changed) {
    if (told) continue;
    const { accountId, source, overall, model } = assessment;
    const data = { accountId, healthId: turnHealthId(accountId), source, previousOverall: before?.overall ?? null, overall, modelVersion: model.version, cause };
    work.record(healthUpdated.fact({ accountId, data }));
  }
}

function derivationsOf({ accountId, trend, kpis, model }: Assessment): Derivation[] {
  const made = { to: accountHealthLineage.ref(turnHealthId(accountId)), rule: healthRule(model.version), replaces: true };
  return [
    { ...made, from: trend ? [healthTrendLineage.ref(trend.id)] : [], relation: 'MEASURED' },
    { ...made, from: kpis.map(({ id }) => kpiLineage.ref(id)), relation: 'JUDGED' },
  ];
}
