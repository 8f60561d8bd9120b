import type { EventKind } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement, type Statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { fieldsWithoutOrigin, orphanFieldsOf } from './origins.ts';
import { profileFieldExpired, profileFieldOrphaned } from './profiles.events.ts';

interface Due {
  readonly tenantId: Id<'Tenant'>;
  readonly id: Id<'ProfileField'>;
  readonly accountId: Id<'Account'>;
}

/** A way in which active fields come to their end. */
interface Ending {
  /** The next fields it may be due for, behind an id ($1), of one tenant ($2) or, with null, of any; under the system role, which sees no values. */
  readonly due: Statement<Due>;
  /** Ends those among some fields that it is due for, and names them. Their profiles are locked. */
  end(work: Work, ids: readonly string[]): Promise<{ id: string; accountId: Id<'Account'> }[]>;
  readonly event: EventKind<{ accountId: string; profileFieldIds: string[] }>;
}

const batch = 500;

const expire = statement<{ id: string; accountId: Id<'Account'> }>(
  'expire_profile_fields',
  `update profile_field set status = 'EXPIRED' where tenant_id = $1 and id = any($2::uuid[]) and status = 'ACTIVE' and expires_at <= app_now() returning id, account_id as "accountId"`,
);

const expiry: Ending = {
  due: statement(
    'profile_fields_due',
    `select tenant_id as "tenantId", id, account_id as "accountId" from profile_field
     where status = 'ACTIVE' and expires_at <= app_now() and id > $1::uuid and ($2::uuid is null or tenant_id = $2) order by id limit ${batch}`,
  ),
  end: (work, ids) => work.rows(expire, [work.tenantId, ids]),
  event: profileFieldExpired,
};

/*
 * A field without an origin (origins.ts) names a source that does not stand, and so on upward, until one that is gone or
 * ORPHANED. Whoever names no such source, through however many others, needs no look at all that it derives from.
 */
const gone = `(n.type = 'ProfileAsset' and not exists (select from profile_asset s where s.tenant_id = f.tenant_id and s.id = n.id))
       or (n.type = 'ProfileField' and not exists (select from profile_field s where s.tenant_id = f.tenant_id and s.id = n.id and s.status <> 'ORPHANED'))`;

const orphanage: Ending = {
  due: statement(
    'profile_fields_without_source',
    `select tenant_id as "tenantId", id, account_id as "accountId" from profile_field f
     where status = 'ACTIVE' and source_item_type in ('ProfileAsset', 'ProfileField') and id > $1::uuid and ($2::uuid is null or tenant_id = $2)
       and case source_item_type when 'ProfileAsset' then exists (select from (values (source_item_type, source_item_id)) as n(type, id) where ${gone})
       else exists (
         with recursive named(type, id) as (
           select f.source_item_type, f.source_item_id
           union
           select s.source_item_type, s.source_item_id from named n join profile_field s on s.tenant_id = f.tenant_id and s.id = n.id
           where n.type = 'ProfileField' and s.source_item_id is not null
         )
         select from named n where ${gone}) end
     order by id limit ${batch}`,
  ),
  end: async (work, ids) => orphanFieldsOf(work, await fieldsWithoutOrigin(work, ids, null)),
  event: profileFieldOrphaned,
};

/** Expires every field whose time is over, of every tenant. Answers how many; to do it twice does no harm. */
export function expireFields(database: Database, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  return endAll(database, caller, { ending: expiry, tenantId: null });
}

/** Expires every field of the caller's tenant whose time is over. Answers how many; to do it twice does no harm. */
export function expireFieldsOf(database: Database, caller: Caller): Promise<number> {
  return endAll(database, caller, { ending: expiry, tenantId: caller.tenantId });
}

/** Marks every field that has no origin left, of every tenant. Answers how many; to do it twice does no harm. */
export function orphanFields(database: Database, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  return endAll(database, caller, { ending: orphanage, tenantId: null });
}

async function endAll(database: Database, caller: Omit<Caller, 'tenantId'>, { ending, tenantId: only }: { ending: Ending; tenantId: Id<'Tenant'> | null }): Promise<number> {
  let ended = 0;
  // Going on behind the last id, not from the start: what could not be ended stays due for the next round.
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const from = after;
    const found = await database.system((sql) => sql.rows(ending.due, [from, only]));
    for (const [tenantId, own] of Map.groupBy(found, (row) => row.tenantId)) {
      ended += await database.transact({ ...caller, tenantId }, (work) => end(work, own, ending));
    }
    const last = found.at(-1);
    if (!last || found.length < batch) return ended;
    after = last.id;
  }
}

async function end(work: Work, due: readonly Due[], ending: Ending): Promise<number> {
  await lockAccounts(work, due.map(({ accountId }) => accountId));
  const ended = await ending.end(work, due.map(({ id }) => id));
  recordEnded(work, ended, ending.event);
  return ended.length;
}

/** States what happened to fields: one fact per profile. */
export function recordEnded(work: Work, fields: readonly { readonly id: string; readonly accountId: Id<'Account'> }[], event: EventKind<{ accountId: string; profileFieldIds: string[] }>): void {
  for (const [accountId, own] of Map.groupBy(fields, (field) => field.accountId)) {
    work.record(event.fact({ accountId, data: { accountId, profileFieldIds: own.map(({ id }) => id) } }));
  }
}
