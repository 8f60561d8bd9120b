import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { objectsToProfiling } from '../consent/index.ts';
import { linkSession } from './persistent-context.ts';

/** A session of an account, with what it holds, sealed. */
export interface AccountSession {
  readonly id: Id<'Session'>;
  readonly accountId: Id<'Account'>;
  readonly contactNodeId: string | null;
  readonly wrappedKey: Buffer;
  readonly persistentSealed: Buffer | null;
  readonly activeSealed: Buffer | null;
  readonly changedAt: string;
  /** Whether the contact objected to profiling: no conclusions are drawn from what it said. */
  readonly isObjector: boolean;
}

/** Sessions that are read for an account, at most: the latest. */
const most = 100;

const isObjector = `(${objectsToProfiling('s.subject_id')} or c.subject_id is not null and ${objectsToProfiling('c.subject_id')})`;

// By the references of contacts as they are now; by what was noted where the contact has none.
const ofAccount = statement<AccountSession>(
  'sessions_of_account',
  `with accounts as materialized (select id from node_identity where tenant_id = $1 and survivor_id = $2 and node_type = 'Account'),
   refs as materialized (
     select c.id as contact_id, c.account_id, split_part(e.external_id, '/', 1)::bigint as inbox_id, substr(e.external_id, strpos(e.external_id, '/') + 1) as chatwoot_id
     from contact c join external_ref e on e.tenant_id = c.tenant_id and e.node_id = c.id and e.node_type = 'Contact' and e.system = 'chatwoot' and e.external_id ~ '^[1-9][0-9]{0,9}/'
     where c.tenant_id = $1 and c.account_id in (select id from accounts)
   ),
   found as (
     select s.id, r.account_id, r.contact_id from refs r join agent_session s on s.tenant_id = $1 and r.inbox_id <= 2147483647 and s.inbox_id = r.inbox_id and s.contact_id = r.chatwoot_id
     union
     select s.id, s.account_id, s.contact_node_id from agent_session s where s.tenant_id = $1 and s.account_id in (select id from accounts)
       and not exists (select from external_ref e where e.tenant_id = $1 and e.node_type = 'Contact' and e.system = 'chatwoot' and e.external_id = s.inbox_id || '/' || s.contact_id)
   )
   select s.id, f.account_id as "accountId", f.contact_id as "contactNodeId", k.wrapped_key as "wrappedKey", s.persistent_sealed as "persistentSealed", s.active_sealed as "activeSealed", s.changed_at as "changedAt", ${isObjector} as "isObjector"
   from found f join agent_session s on s.tenant_id = $1 and s.id = f.id join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id left join contact c on c.tenant_id = $1 and c.id = f.contact_id
   where s.erased_at is null and k.wrapped_key is not null order by s.changed_at desc, s.id limit ${most}`,
);

/** The latest sessions with contacts of an account; of accounts that were merged into it, too. */
export function sessionsOfAccount(sql: Sql, tenantId: string, accountId: Id<'Account'>): Promise<readonly AccountSession[]> {
  return sql.rows(ofAccount, [tenantId, accountId]);
}

const placeOf = statement<{ accountId: Id<'Account'> | null; contactNodeId: string | null; isObjector: boolean }>(
  'account_of_session',
  `select coalesce(c.account_id, s.account_id) as "accountId", coalesce(c.id, s.contact_node_id) as "contactNodeId", ${isObjector} as "isObjector" from agent_session s
   left join external_ref e on e.tenant_id = $1 and e.node_type = 'Contact' and e.system = 'chatwoot' and e.external_id = s.inbox_id || '/' || s.contact_id
   left join contact c on c.tenant_id = $1 and c.id = e.node_id where s.tenant_id = $1 and s.id = $2`,
);

/** Where in the graph the contact of a session is. */
export interface SessionPlaceInGraph {
  readonly accountId: Id<'Account'>;
  readonly contactNodeId: string | null;
  readonly isObjector: boolean;
}

/** The account of the contact of a session as it is now; null while the contact is not known in the graph. */
export async function findAccountOf(sql: Sql, tenantId: string, sessionId: string): Promise<SessionPlaceInGraph | null> {
  const [row] = await sql.rows(placeOf, [tenantId, sessionId]);
  return row && row.accountId !== null ? { accountId: row.accountId, contactNodeId: row.contactNodeId, isObjector: row.isObjector } : null;
}

/** Notes on the row of a session which contact and account it is about, so that values can name it as their source. */
export function notePlace(work: Work, sessionId: Id<'Session'>, { accountId, contactNodeId }: SessionPlaceInGraph): Promise<void> {
  return linkSession(work, { sessionId, accountId, contactNodeId });
}
