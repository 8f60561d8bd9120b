import type { Id } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { fitCoverage, icpFit, isExact } from './intent-score.ts';
import { replayedScores, replaySignals } from './replay-signals.ts';
import { accountsToScore, saveScores, type NewScore } from './score-accounts.ts';
import { modelInForce } from './scoring-model.queries.ts';

/** Compares changed accounts with the ICP again. A new score is stored only where the fit, or what is known for it, changed. */
export async function refitAccounts(work: Work, ids: readonly Id<'Account'>[]): Promise<void> {
  const accounts = await accountsToScore(work, ids);
  const model = await modelInForce(work, work.tenantId);
  const changed = [...accounts.values()].filter((account) => account.state !== null && account.modelVersion === model.version && (icpFit(account, model) !== account.fit || fitCoverage(account, model) !== account.coverage));
  // A state of before sums were exact is replaced by a replay.
  const replayed = new Map(
    (await replaySignals(work, model, changed.flatMap(({ accountId, state }) => (state !== null && isExact(state) ? [] : [accountId])))).map((one) => [one.accountId, one]),
  );
  const scores = changed.flatMap((account): NewScore[] => {
    const { accountId, state } = account;
    const anew = replayed.get(accountId);
    if (anew) return replayedScores(account, anew, { cause: 'ACCOUNT', signalId: null });
    return state !== null && isExact(state) ? [{ account, state, cause: 'ACCOUNT', signalId: null, counted: [], lowest: null }] : [];
  });
  await saveScores(work, model, scores);
}
