import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { bandOf, scoreAt, type IntentBand } from './intent-score.ts';
import { modelsByVersion } from './scoring-model.queries.ts';
import { readState, type StateColumns } from './state-bytes.ts';

/** How an account's intent stands, for use cases that act on it. */
export interface ScoreStanding {
  /** The latest change in the score's history. */
  readonly pointId: Id<'ScorePoint'>;
  /** The score at that change, 0 to 100. */
  readonly changedTo: number;
  /** The score at the instant asked for, after decay. */
  readonly value: number;
  readonly band: IntentBand;
  readonly modelVersion: number;
}

interface Stored extends StateColumns {
  readonly accountId: Id<'Account'>;
  readonly pointId: Id<'ScorePoint'>;
  readonly changedTo: number;
  readonly fit: number;
  readonly modelVersion: number;
}

const stored = statement<Stored>(
  'score_standings',
  `select c.account_id as "accountId", c.point_id as "pointId", p.value as "changedTo", p.state, p.sums, c.icp_fit as fit, c.model_version as "modelVersion"
   from account_contexts c join score_point p on p.tenant_id = c.tenant_id and p.id = c.point_id where c.tenant_id = $1 and c.account_id = any($2::uuid[])`,
);

/** How an account's intent stands at an instant; null where it was never scored. */
export async function scoreStanding(sql: Sql & { readonly tenantId: string }, accountId: string, now: string): Promise<ScoreStanding | null> {
  return (await scoreStandings(sql, [accountId], now)).get(accountId) ?? null;
}

/** How the intent of some accounts stands at an instant; missing where it was never scored. Two statements at most. */
export async function scoreStandings(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[], now: string): Promise<ReadonlyMap<string, ScoreStanding>> {
  const rows = await sql.rows(stored, [sql.tenantId, accountIds]);
  const models = await modelsByVersion(sql, sql.tenantId, rows.map(({ modelVersion }) => modelVersion));
  return new Map(rows.map((row) => {
    const { accountId, pointId, changedTo, fit, modelVersion } = row;
    const model = models.get(modelVersion);
    if (!model) throw new Error(`there is no scoring model of version ${modelVersion}`);
    const value = scoreAt(readState(row), model, fit, Date.parse(now));
    return [accountId, { pointId, changedTo, value, band: bandOf(value, model), modelVersion }];
  }));
}
