import type { Id } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { fitCoverage, icpFit } from './intent-score.ts';
import { accountsToScore, saveScores, type NewScore } from './score-accounts.ts';
import { modelInForce } from './scoring-model.queries.ts';

/** Compares changed accounts with the ICP again. A new score is stored only where the fit, or what is known for it, changed. */
export async function refitAccounts(work: Work, ids: readonly Id<'Account'>[]): Promise<void> {
  const accounts = await accountsToScore(work, ids);
  const model = await modelInForce(work, work.tenantId);
  const scores = [...accounts.values()].flatMap((account): NewScore[] => {
    const { state } = account;
    const unchanged = state === null || account.modelVersion !== model.version || (icpFit(account, model) === account.fit && fitCoverage(account, model) === account.coverage);
    return unchanged ? [] : [{ account, state, cause: 'ACCOUNT', signalId: null, counted: [] }];
  });
  await saveScores(work, model, scores);
}
