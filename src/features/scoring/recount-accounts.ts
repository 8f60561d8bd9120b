import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { fitCoverage, icpFit, isSameState } from './intent-score.ts';
import { replayedScores, replaySignals } from './replay-signals.ts';
import { accountsToRecount, saveScores, type NewScore, type ScoredAccount } from './score-accounts.ts';
import { modelInForce } from './scoring-model.queries.ts';
import type { ScoringModel } from './scoring-model.ts';
import type { ScoreCause } from './scoring.events.ts';

/** Why other signals count for an account than before. */
export type RecountCause = Extract<ScoreCause, 'SIGNAL' | 'CONSENT' | 'MERGE' | 'UNMERGE' | 'RETIREMENT' | 'RESTORATION'>;

const keepThrough = statement('keep_replayed_through', 'update account_contexts set replayed_through = greatest(replayed_through, $3) where tenant_id = $1 and account_id = any($2::uuid[])');

/**
 * Computes the scores of accounts from the signals that count for them now. An account without such a signal, and one that
 * is retired or merged away, has no score from now on; its history stays. Where the score is what it was, nothing is
 * recorded. Signals whose facts are still on their way are counted here and not again. The number of statements does not
 * depend on that of accounts.
 */
export async function recountAccounts(work: Work, accountIds: readonly Id<'Account'>[], cause: RecountCause): Promise<void> {
  if (accountIds.length === 0) return;
  const accounts = await accountsToRecount(work, accountIds);
  const model = await modelInForce(work, work.tenantId);
  const current = [...accounts.values()].flatMap(({ accountId, isCurrent }) => (isCurrent ? [accountId] : []));
  const replayed = new Map((await replaySignals(work, model, current)).map((one) => [one.accountId, one]));
  const scores = [...accounts.values()].flatMap((account) => replayedScores(account, replayed.get(account.accountId) ?? null, { cause, signalId: null }));
  await saveScores(work, model, scores.filter((score) => !isUnchanged(score, model)));
  // Other signals may make the same sums: those on their way are in them already.
  await keepCounted(work, scores.filter((score) => isUnchanged(score, model)));
}

async function keepCounted(work: Work, unchanged: readonly NewScore[]): Promise<void> {
  const [first] = unchanged;
  if (first) await work.rows(keepThrough, [work.tenantId, unchanged.map(({ account }) => account.accountId), first.replayedThrough ?? 0]);
}

/** Signals of equal sums can be trusted less, or more, than those that were counted before: then the score is the same and its trust is not. */
function isUnchanged({ account, state, lowest }: NewScore, model: ScoringModel): boolean {
  return state !== null && account.state !== null && isSameState(account.state, state) && isFitted(account, model) && (lowest?.origin ?? null) === account.lowestOrigin;
}

function isFitted(account: ScoredAccount, model: ScoringModel): boolean {
  return account.modelVersion === model.version && icpFit(account, model) === account.fit && fitCoverage(account, model) === account.coverage;
}
