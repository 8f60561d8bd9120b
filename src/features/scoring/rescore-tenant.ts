import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { replayedScores, replaySignals } from './replay-signals.ts';
import { accountsToScore, saveScores, type NewScore } from './score-accounts.ts';
import { modelInForce } from './scoring-model.queries.ts';

/** The most accounts of one transaction, and the most signals that they have together; one account may have more. */
const mostAccounts = 200;
/** The lock on the tenant's lineage is held for as long as it takes to write an edge for each. */
const mostSignals = 4_000;
const outdated = statement<{ id: Id<'Account'> }>(
  'accounts_scored_by_older_models',
  `select id from (
     select a.id, row_number() over counted as place, sum(s.signals) over counted as signals
     from (select a.id from account a left join account_contexts c on c.tenant_id = a.tenant_id and c.account_id = a.id
       where a.tenant_id = $1 and a.id > $2 and coalesce(c.model_version, 0) < $3
         and exists (select from signal s where s.tenant_id = a.tenant_id and s.account_id = a.id)
       order by a.id limit ${mostAccounts}) a
     cross join lateral (select count(*) as signals from (select from signal s where s.tenant_id = $1 and s.account_id = a.id limit ${mostSignals}) s) s
     window counted as (order by a.id rows unbounded preceding)) a
   where place = 1 or signals <= ${mostSignals} order by id`,
);

/**
 * Computes the next accounts' scores under the model in force, from all their signals; as many as have few thousand together. Answers the last account looked
 * at, to go on from; null when none is left. Safe to repeat: an account that was done is not found again.
 */
export async function rescoreNext(work: Work, after: Id<'Account'> | null): Promise<Id<'Account'> | null> {
  const model = await modelInForce(work, work.tenantId);
  const rows = await work.rows(outdated, [work.tenantId, after ?? '00000000-0000-0000-0000-000000000000', model.version]);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return null;
  const accounts = await accountsToScore(work, ids);
  const replayed = await replaySignals(work, model, ids);
  const scores = replayed.flatMap((one): NewScore[] => {
    const account = accounts.get(one.accountId);
    // Another transaction may have scored it since, perhaps under a model newer still.
    if (!account || account.modelVersion >= model.version) return [];
    return replayedScores(account, one, { cause: 'MODEL', signalId: null });
  });
  await saveScores(work, model, scores);
  return ids.at(-1) ?? null;
}
