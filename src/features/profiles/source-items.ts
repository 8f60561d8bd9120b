import { Conflict, NotFound, type ProductError } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
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

const ofProfiles = statement<{ id: string; accountId: string; homeId: string; subjectId: Id<'Subject'> | null; status: string }>(
  'source_items_of_profiles',
  `select id, account_id as "accountId", coalesce(home_account_id, account_id) as "homeId", subject_id as "subjectId", 'ACTIVE' as status from profile_asset where tenant_id = $1 and id = any($2::uuid[])
   union all select id, account_id, coalesce(home_account_id, account_id), subject_id, case when status = 'ACTIVE' and expires_at <= app_now() then 'EXPIRED' else status end from profile_field where tenant_id = $1 and id = any($3::uuid[])
   union all select id, account_id, account_id, null, 'ACTIVE' from signal where tenant_id = $1 and id = any($4::uuid[])`,
);

/** The subjects whose data the sources of a value are, and the accounts whose profiles they were stated in, before merges; or why its sources cannot be its sources. */
export type CheckedSources = { readonly subjectIds: readonly Id<'Subject'>[]; readonly homeIds: readonly string[] } | ProductError;

/** For each derived value, whose data it is derived from. What no longer holds is no source. One statement, however many. */
export async function checkSourceItems(work: Work, derived: readonly Derived[]): Promise<CheckedSources[]> {
  const idsOf = (type: string): string[] => derived.flatMap(({ sourceItems = [] }) => sourceItems.filter((item) => item.type === type).map((item) => item.id));
  const ids = [idsOf('ProfileAsset'), idsOf('ProfileField'), idsOf('Signal')];
  const rows = ids.some((own) => own.length > 0) ? await work.rows(ofProfiles, [work.tenantId, ...ids]) : [];
  const found = new Map(rows.map((row) => [row.id, row]));
  return derived.map(({ accountId, sourceItems = [], path }) => {
    const known = sourceItems.every((item) => ['ProfileAsset', 'ProfileField', 'Signal'].includes(item.type) && found.get(item.id)?.accountId === accountId);
    if (!known) return new NotFound('There is no such source. It must be a document or a field of the same profile, or a signal of the account.', [...path, 'sourceItemId']);
    const ended = sourceItems.map(({ id }) => found.get(id)?.status).find((status) => status === 'ORPHANED' || status === 'EXPIRED');
    if (ended) return new Conflict(`This source is ${ended}: nothing can be derived from it any more. Name a source that holds.`, [...path, 'sourceItemId']);
    const sources = sourceItems.flatMap(({ id }) => found.get(id) ?? []);
    return { subjectIds: [...new Set(sources.flatMap(({ subjectId }) => subjectId ?? []))], homeIds: [...new Set(sources.map(({ homeId }) => homeId))] };
  });
}
