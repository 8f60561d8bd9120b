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
  readonly pointId: Id<'ScorePoint'>;
  readonly changedTo: number;
  readonly fit: number;
  readonly modelVersion: number;
}

const stored = statement<Stored>(
  'score_standing',
  `select c.point_id as "pointId", p.value as "changedTo", p.state, p.sums, c.icp_fit as fit, c.model_version as "modelVersion"
   from account_contexts c join score_point p on p.tenant_id = c.tenant_id and p.id = c.point_id where c.tenant_id = $1 and c.account_id = $2`,
);

/** How an account's intent stands at an instant; null where it was never scored. */
export async function scoreStanding(sql: Sql & { readonly tenantId: string }, accountId: string, now: string): Promise<ScoreStanding | null> {
  const [row] = await sql.rows(stored, [sql.tenantId, accountId]);
  if (!row) return null;
  const { pointId, changedTo, fit, modelVersion } = row;
  const model = (await modelsByVersion(sql, sql.tenantId, [modelVersion])).get(modelVersion);
  if (!model) throw new Error(`there is no scoring model of version ${modelVersion}`);
  const value = scoreAt(readState(row), model, fit, Date.parse(now));
  return { pointId, changedTo, value, band: bandOf(value, model), modelVersion };
}
