import { ask, type Call } from '../../platform/graphql/call.ts';
import type { Moment } from '../../platform/moment.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { scoreAt } from './intent-score.ts';
import type { ScoreOfRow } from './intent.queries.ts';
import { replayedScores } from './replayed-scores.ts';
import { modelByVersion } from './scoring-model.queries.ts';
import { readState } from './state-bytes.ts';

const latestPoints = statement<ScoreOfRow>(
  'scores_of_tenant_as_of',
  `select "accountId", state, sums, fit, coverage, "modelVersion" from (
     select distinct on (account_id) account_id as "accountId", scored, state, sums, icp_fit as fit, fit_coverage as coverage, model_version as "modelVersion"
     from score_point where tenant_id = $1 and recorded_at <= $2 order by account_id, recorded_at desc, id desc) latest where scored`,
);

/** The scores of all accounts at a past moment, as rows of `account_contexts` for lists that filter and order by them: JSON. */
export async function scoresAt(call: Call, asOf: Moment): Promise<string> {
  const rows = asOf.validAt === null ? (await call.read.rows(latestPoints, [call.tenantId, asOf.knownAt])).map((row) => ({ ...row, state: readState(row) })) : [...(await replayedScores(call, null, asOf)).values()];
  const at = Date.parse(asOf.at);
  const scores = await Promise.all(rows.map(async ({ accountId, state, fit, modelVersion }) => {
    const model = await ask(call, modelByVersion, null, modelVersion);
    return { tenant_id: call.tenantId, account_id: accountId, intent_score: scoreAt(state, model, fit, at) };
  }));
  return JSON.stringify(scores);
}
