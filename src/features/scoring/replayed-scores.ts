import type { Call } from '../../platform/graphql/call.ts';
import type { Moment } from '../../platform/moment.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statedRows } from '../accounts/index.ts';
import { countsForScores } from './counts-for-scores.ts';
import { fitCoverage, icpFit, type FirmographicTraits, type StoredState } from './intent-score.ts';
import type { StoredScore } from './intent.queries.ts';
import { currentModel } from './scoring-model.queries.ts';

/** Decay as a power of two, down to where doubles lose their precision. */
const leftOver = `power(2::float8, greatest(-990, - extract(epoch from $5::timestamptz - s.effective_at)::float8 / kind.half_life))`;
const sums = (scope: string) => (table: (name: string) => string): string =>
  // In one order, or the last bits would depend on the plan.
  `select s.account_id as "accountId", s.type, sum(kind.weight * ${leftOver} order by s.effective_at, s.id) as raw
   from ${table('signal')} s join unnest($2::text[], $3::float8[], $4::float8[]) as kind(type, weight, half_life) on kind.type = s.type
   where s.tenant_id = $1${scope} and ${countsForScores('s.id', '$5::timestamptz')} group by s.account_id, s.type order by s.account_id, s.type`;

interface Sum {
  readonly accountId: string;
  readonly type: string;
  readonly raw: number;
}

const ofAccounts = datedStatement<Sum>('replayed_sums_of_accounts', 6, sums(' and s.account_id = any($6::uuid[])'));
const ofTenant = datedStatement<Sum>('replayed_sums_of_tenant', 5, sums(''));
const traits = datedStatement<FirmographicTraits & { readonly accountId: string }>(
  'traits_of_stated_accounts',
  1,
  (table) => `select t.id as "accountId", t.industry, t.region, t.employee_count as "employeeCount" from ${table('account')} t where t.tenant_id = $1`,
);

/**
 * The scores of accounts at a moment of two times: from the signals that were known and had occurred, under the model in
 * force and for the account as it was then. Without accounts those of all that have signals. Three statements and those of the accounts.
 */
export async function replayedScores(call: Call, accountIds: readonly string[] | null, moment: Moment): Promise<Map<string, StoredScore>> {
  const model = await currentModel(call, moment);
  const kinds = [model.signalTypes.map(({ type }) => type), model.signalTypes.map(({ weight }) => weight), model.signalTypes.map(({ halfLifeHours }) => halfLifeHours * 3_600)];
  const values = [call.tenantId, ...kinds, moment.at];
  const rows = await (accountIds === null ? call.read.rows(ofTenant(moment), ofTenant.values(values, moment)) : call.read.rows(ofAccounts(moment), ofAccounts.values([...values, accountIds], moment)));
  const given = await statedRows(call, moment, ['account'], accountIds && { nodeIds: accountIds });
  const byId = new Map((await call.read.rows(traits(moment), traits.values([call.tenantId], moment, given))).map((row) => [row.accountId, row]));
  const at = Date.parse(moment.at);
  return new Map([...Map.groupBy(rows, ({ accountId }) => accountId)].map(([accountId, own]) => {
    const state: StoredState = Object.fromEntries(own.map(({ type, raw }) => [type, { raw, at }]));
    const account = byId.get(accountId) ?? { industry: null, region: null, employeeCount: null };
    return [accountId, { accountId, state, fit: icpFit(account, model), coverage: fitCoverage(account, model), modelVersion: model.version }];
  }));
}
