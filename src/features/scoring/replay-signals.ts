import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { countsForScores } from './counts-for-scores.ts';
import { replay, type ScoreState } from './intent-score.ts';
import type { NewScore, ScoredAccount } from './score-accounts.ts';
import type { ScoringModel } from './scoring-model.ts';

const pastSignals = statement<{ id: Id<'Signal'>; accountId: Id<'Account'>; type: string; occurredAt: string; recordedAt: string }>(
  'past_signals',
  `select id, account_id as "accountId", type, occurred_at as "occurredAt", recorded_at as "recordedAt" from signal
   where tenant_id = $1 and account_id = any($2::uuid[]) and type = any($3::text[]) and ${countsForScores('signal.id')} order by account_id, recorded_at, id`,
);
const chainEnd = statement<{ sequence: number }>('chain_end', 'select sequence from audit_head where tenant_id = $1');

/** A score computed from all of an account's signals. */
export interface ReplayedScore {
  readonly accountId: Id<'Account'>;
  readonly state: ScoreState;
  readonly replayedThrough: number;
  readonly counted: readonly Id<'Signal'>[];
  readonly anew: true;
}

/**
 * The states of accounts computed from all their stored signals. The accounts must be locked: then every stored signal's
 * fact is in the chain already, and what comes later has a higher sequence; so `replayedThrough` tells which facts on
 * their way are counted here and must not be counted again.
 */
export async function replaySignals(work: Work, model: ScoringModel, accountIds: readonly Id<'Account'>[]): Promise<ReplayedScore[]> {
  const [end] = await work.rows(chainEnd, [work.tenantId]);
  const rows = await work.rows(pastSignals, [work.tenantId, accountIds, model.signalTypes.map(({ type }) => type)]);
  const byAccount = Map.groupBy(rows, (row) => row.accountId);
  return accountIds.map((accountId) => {
    const own = byAccount.get(accountId) ?? [];
    const signals = own.map((row) => ({ type: row.type, occurredAt: Date.parse(row.occurredAt), recordedAt: Date.parse(row.recordedAt) }));
    return { accountId, state: replay(signals, model), replayedThrough: end?.sequence ?? 0, counted: own.map(({ id }) => id), anew: true };
  });
}

/** The score that a replay gives an account, in a list: with no state where no signal counts. Empty where the account has no score already. */
export function replayedScores(account: ScoredAccount, replayed: ReplayedScore | null, cause: Pick<NewScore, 'cause' | 'signalId'>): NewScore[] {
  if (replayed && Object.keys(replayed.state).length > 0) return [{ ...replayed, account, ...cause }];
  return account.state === null ? [] : [{ account, state: null, counted: [], anew: true, ...cause }];
}
