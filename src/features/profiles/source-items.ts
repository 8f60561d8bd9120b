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

const ofProfiles = statement<{ id: string; accountId: string; homeId: string; subjectId: Id<'Subject'> | null; status: string; holdsChildData: boolean }>(
  'source_items_of_profiles',
  `select id, account_id as "accountId", coalesce(home_account_id, account_id) as "homeId", subject_id as "subjectId", 'ACTIVE' as status, false as "holdsChildData" from profile_asset where tenant_id = $1 and id = any($2::uuid[])
   union all select id, account_id, coalesce(home_account_id, account_id), subject_id, case when status = 'ACTIVE' and expires_at <= app_now() then 'EXPIRED' else status end, holds_child_data from profile_field where tenant_id = $1 and id = any($3::uuid[])
   union all select id, account_id, account_id, null, 'ACTIVE', false from signal where tenant_id = $1 and id = any($4::uuid[])
   union all select g.id, i.survivor_id, s.account_id, s.subject_id, 'ACTIVE', false
     from (select id, id as session_id from agent_session where tenant_id = $1 and id = any($5::uuid[]) union all select id, session_id from session_step where tenant_id = $1 and id = any($6::uuid[])) g
     join agent_session s on s.tenant_id = $1 and s.id = g.session_id and s.erased_at is null join node_identity i on i.tenant_id = $1 and i.id = s.account_id`,
);

/** The subjects whose data the sources of a value are, the accounts whose profiles they were stated in, before merges, and whether one of them is data of children; or why its sources cannot be its sources. */
export type CheckedSources = { readonly subjectIds: readonly Id<'Subject'>[]; readonly homeIds: readonly string[]; readonly fromChildData: boolean } | ProductError;

const types = ['ProfileAsset', 'ProfileField', 'Signal', 'Session', 'SessionStep'];

/** For each derived value, whose data it is derived from. What no longer holds is no source. One statement, however many. */
export async function checkSourceItems(work: Work, derived: readonly Derived[]): Promise<CheckedSources[]> {
  const idsOf = (type: string): string[] => derived.flatMap(({ sourceItems = [] }) => sourceItems.filter((item) => item.type === type).map((item) => item.id));
  const ids = types.map(idsOf);
  const rows = ids.some((own) => own.length > 0) ? await work.rows(ofProfiles, [work.tenantId, ...ids]) : [];
  const found = new Map(rows.map((row) => [row.id, row]));
  return derived.map(({ accountId, sourceItems = [], path }) => {
    const known = sourceItems.every((item) => types.includes(item.type) && found.get(item.id)?.accountId === accountId);
    if (!known) return new NotFound('There is no such source. It must be a document or a field of the same profile, or a signal or an agent session of the account.', [...path, 'sourceItemId']);
    const ended = sourceItems.map(({ id }) => found.get(id)?.status).find((status) => status === 'ORPHANED' || status === 'EXPIRED');
    if (ended) return new Conflict(`This source is ${ended}: nothing can be derived from it any more. Name a source that holds.`, [...path, 'sourceItemId']);
    const sources = sourceItems.flatMap(({ id }) => found.get(id) ?? []);
    return { subjectIds: [...new Set(sources.flatMap(({ subjectId }) => subjectId ?? []))], homeIds: [...new Set(sources.map(({ homeId }) => homeId))], fromChildData: sources.some(({ holdsChildData }) => holdsChildData) };
  });
}
