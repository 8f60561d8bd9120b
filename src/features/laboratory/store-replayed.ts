import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Crossing } from './follow-model.ts';
import type { AccountMeasures, AccountOutcome } from './measure-account.ts';
import type { WhyNot } from './would-propose.ts';

/** What a run found for an account. */
export interface ReplayedAccount {
  readonly accountId: Id<'Account'>;
  readonly signals: number;
  readonly candidateScore: number | null;
  readonly productionScore: number | null;
  readonly outcome: AccountOutcome | null;
  readonly measures: AccountMeasures | null;
  readonly compared: { readonly points: number; readonly equal: number };
  readonly crossings: readonly (Crossing & { readonly model: 'CANDIDATE' | 'PRODUCTION' | 'RECENCY'; readonly whyNot: WhyNot | null })[];
  /** SHA-256 over all of it. */
  readonly digest: Buffer;
}

const clearCrossings = statement('lab_clear_crossings', 'delete from lab.run_crossing where tenant_id = $1 and run_id = $2 and account_id = any($3::uuid[])');
const clearAccounts = statement('lab_clear_accounts', 'delete from lab.run_account where tenant_id = $1 and run_id = $2 and account_id = any($3::uuid[])');
const insertAccounts = statement(
  'lab_insert_accounts',
  `insert into lab.run_account (tenant_id, run_id, account_id, production_score, candidate_score, signals, production_crossings, candidate_crossings, first_up_at, outcome, lead_time_hours, digest,
     measures, scores_compared, scores_equal, production_flagged, candidate_flagged)
   select $1, $2, account_id, production_score, candidate_score, signals, production_crossings, candidate_crossings, to_timestamp(first_up_at / 1000), outcome, lead_time_hours, digest,
     measures, scores_compared, scores_equal, production_flagged, candidate_flagged
   from unnest($3::uuid[], $4::float8[], $5::float8[], $6::int[], $7::int[], $8::int[], $9::float8[], $10::text[], $11::float8[], $12::bytea[], $13::jsonb[], $14::int[], $15::int[], $16::boolean[], $17::boolean[])
     as a(account_id, production_score, candidate_score, signals, production_crossings, candidate_crossings, first_up_at, outcome, lead_time_hours, digest, measures, scores_compared, scores_equal, production_flagged, candidate_flagged)`,
);
// A score can fall and rise again within one millisecond only where two things happen at it; the first of each direction says it.
const insertCrossings = statement(
  'lab_insert_crossings',
  `insert into lab.run_crossing (tenant_id, run_id, account_id, model, at, direction, score, would_propose, why_not)
   select $1, $2, account_id, model, to_timestamp(at / 1000), direction, score, would_propose, why_not
   from unnest($3::uuid[], $4::text[], $5::float8[], $6::text[], $7::float8[], $8::boolean[], $9::text[]) as c(account_id, model, at, direction, score, would_propose, why_not)
   on conflict do nothing`,
);
/** So many crossings go into one statement. */
const crossingsAtOnce = 10_000;

/** Stores what a run found for some accounts, in place of what an earlier try stored. */
export async function storeReplayed(work: LabWork, runId: Id<'ExperimentRun'>, accounts: readonly ReplayedAccount[]): Promise<void> {
  const ids = accounts.map(({ accountId }) => accountId);
  for (const clear of [clearCrossings, clearAccounts]) await work.rows(clear, [work.tenantId, runId, ids]);
  const ofModel = ({ crossings }: ReplayedAccount, model: string): ReplayedAccount['crossings'] => crossings.filter((crossing) => crossing.model === model);
  const firstUp = (account: ReplayedAccount): number | null => ofModel(account, 'CANDIDATE').find(({ direction }) => direction === 'UP')?.at ?? null;
  const lead = ({ measures }: ReplayedAccount): number | null => measures?.models[0]?.lead ?? null;
  const column = <Value>(pick: (account: ReplayedAccount) => Value): Value[] => accounts.map(pick);
  await work.rows(insertAccounts, [
    work.tenantId, runId, ids, column(({ productionScore }) => productionScore), column(({ candidateScore }) => candidateScore), column(({ signals }) => signals),
    column((account) => ofModel(account, 'PRODUCTION').length), column((account) => ofModel(account, 'CANDIDATE').length), column(firstUp),
    column(({ outcome, measures }) => outcome?.result ?? (measures ? 'OPEN' : null)), column((account) => { const hours = lead(account); return hours === null ? null : hours / 3_600_000; }),
    column(({ digest }) => digest), column(({ measures }) => measures && JSON.stringify(measures)), column(({ compared }) => compared.points), column(({ compared }) => compared.equal),
    column(({ measures }) => measures?.models[1]?.flagged ?? false), column(({ measures }) => measures?.models[0]?.flagged ?? false),
  ]);
  const all = accounts.flatMap(({ accountId, crossings }) => crossings.map((crossing) => ({ accountId, ...crossing })));
  for (let from = 0; from < all.length; from += crossingsAtOnce) {
    const some = all.slice(from, from + crossingsAtOnce);
    await work.rows(insertCrossings, [
      work.tenantId, runId, some.map(({ accountId }) => accountId), some.map(({ model }) => model), some.map(({ at }) => at), some.map(({ direction }) => direction), some.map(({ score }) => score),
      some.map(({ direction, whyNot }) => direction === 'UP' && whyNot === null), some.map(({ whyNot }) => whyNot),
    ]);
  }
}
