import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { statesIcp, type FirmographicTraits } from './intent-score.ts';
import type { ScoringModel } from './scoring-model.ts';

/** Traits that are not stored yet. */
export interface FreshTraits extends FirmographicTraits {
  readonly id: Id<'FirmographicTraits'>;
  readonly accountId: Id<'Account'>;
}

/** An account as it is, and the stored traits that its fit was computed from. */
interface FittedAccount extends FirmographicTraits {
  readonly accountId: Id<'Account'>;
  readonly traitsId: Id<'FirmographicTraits'> | null;
  readonly traitsHold: boolean;
}

/**
 * What an account's fit is computed from now: the traits that it stands on while they hold, else fresh ones, which are to
 * be stored. Null where the model asks nothing of the account: then there is nothing to keep.
 */
export function traitsBehind(work: Work, { accountId, traitsId, traitsHold, industry, region, employeeCount }: FittedAccount, model: ScoringModel): { readonly id: Id<'FirmographicTraits'>; readonly fresh: FreshTraits | null } | null {
  if (!statesIcp(model)) return null;
  if (traitsId !== null && traitsHold) return { id: traitsId, fresh: null };
  const id = work.newId<'FirmographicTraits'>();
  return { id, fresh: { id, accountId, industry, region, employeeCount } };
}

const insert = statement(
  'insert_score_traits',
  `insert into score_traits (tenant_id, id, account_id, industry, region, employee_count, recorded_at)
   select $1, id, "accountId", industry, region, "employeeCount", $3
   from jsonb_to_recordset($2::jsonb) as t(id uuid, "accountId" uuid, industry text, region text, "employeeCount" int)`,
);

/** Stores fresh traits; one statement, and none where there are none. */
export async function storeTraits(work: Work, fresh: readonly FreshTraits[]): Promise<void> {
  if (fresh.length > 0) await work.rows(insert, [work.tenantId, JSON.stringify(fresh), work.now]);
}
