import { NotFound, type ProductError } from '../../platform/errors.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** What a value was derived from: a node's type and its key. */
export interface SourceItem {
  readonly type: string;
  readonly id: string;
}

interface Derived {
  readonly accountId: string;
  readonly sourceItems?: readonly SourceItem[];
  readonly path: readonly string[];
}

const ofProfiles = statement<{ id: string; accountId: string }>(
  'source_items_of_profiles',
  `select id, account_id as "accountId" from profile_asset where tenant_id = $1 and id = any($2::uuid[])
   union all select id, account_id from profile_field where tenant_id = $1 and id = any($3::uuid[])
   union all select id, account_id from signal where tenant_id = $1 and id = any($4::uuid[])`,
);

/** For each derived value, why its sources cannot be its sources; null where they can. One statement. */
export async function checkSourceItems(work: Work, derived: readonly Derived[]): Promise<(ProductError | null)[]> {
  const idsOf = (type: string): string[] => derived.flatMap(({ sourceItems = [] }) => sourceItems.filter((item) => item.type === type).map((item) => item.id));
  const ids = [idsOf('ProfileAsset'), idsOf('ProfileField'), idsOf('Signal')];
  const rows = ids.some((own) => own.length > 0) ? await work.rows(ofProfiles, [work.tenantId, ...ids]) : [];
  const accounts = new Map(rows.map((row) => [row.id, row.accountId]));
  return derived.map(({ accountId, sourceItems = [], path }) => {
    const known = sourceItems.every((item) => ['ProfileAsset', 'ProfileField', 'Signal'].includes(item.type) && accounts.get(item.id) === accountId);
    return known ? null : new NotFound('There is no such source. It must be a document or a field of the same profile, or a signal of the account.', [...path, 'sourceItemId']);
  });
}
