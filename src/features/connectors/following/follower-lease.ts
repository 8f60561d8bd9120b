import type { Id } from '../../../platform/ids.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { LeaseLost } from '../fetching/reader-lease.ts';

/** The right of one run to follow the changes of a connection. */
export interface FollowerLease {
  readonly connectionId: Id<'Connection'>;
  readonly source: string;
  readonly holder: string;
  /** Faults in a row before this run. */
  readonly failures: number;
}

/** How long a lease holds without being renewed, in milliseconds. */
export const followerLeaseHolds = 30_000;
const until = ({ now }: Work): string => new Date(Date.parse(now) + followerLeaseHolds).toISOString();

/** SQL: whether a connection `c` may be followed. */
const isFollowed = 'c.removed_at is null and c.paused_at is null and c.follows_changes';
/** SQL: whether a follower `f` of a connection `c` is free at an instant, and is not left alone. */
const isFree = (at: string): string => `(f.leased_until is null or f.leased_until <= ${at}) and (f.not_before is null or f.not_before <= ${at} or f.failed_at < c.credentials_changed_at)`;

const take = statement<{ source: string; failures: number }>(
  'take_follower_lease',
  `insert into change_follower as f (tenant_id, connection_id, holder, leased_until, version)
   select c.tenant_id, c.id, $3, $4, c.credentials_changed_at from connection c where c.tenant_id = $1 and c.id = $2 and ${isFollowed}
   on conflict (tenant_id, connection_id) do update set holder = excluded.holder, leased_until = excluded.leased_until, version = excluded.version
     where exists (select from connection c where c.tenant_id = $1 and c.id = $2 and ${isFree('$5')})
   returning (select c.source from connection c where c.tenant_id = $1 and c.id = $2) as source, f.failures`,
);
const renew = statement<{ rereadSince: string | null }>(
  'renew_follower_lease',
  `update change_follower f set leased_until = $4, failures = case when $5 then 0 else f.failures end, not_before = case when $5 then null else f.not_before end
   from connection c where f.tenant_id = $1 and f.connection_id = $2 and f.holder = $3 and c.tenant_id = $1 and c.id = $2 and ${isFollowed} and c.credentials_changed_at = f.version returning f.reread_since as "rereadSince"`,
);
const giveBack = statement('give_follower_lease_back', 'update change_follower set holder = null, leased_until = null where tenant_id = $1 and connection_id = $2 and holder = $3');
const delay = statement('delay_follower', 'update change_follower set failures = failures + 1, failed_at = $4, not_before = $5 where tenant_id = $1 and connection_id = $2 and holder = $3');
const noteReread = statement('note_changes_to_reread', 'update change_follower set reread_since = least(reread_since, $4) where tenant_id = $1 and connection_id = $2 and holder = $3');
const endReread = statement('end_changes_to_reread', 'update change_follower set reread_since = null where tenant_id = $1 and connection_id = $2 and holder = $3');

/** Connections of all tenants that nobody follows now and that are to be followed. */
export const followersWanted = statement<{ tenantId: Id<'Tenant'>; connectionId: Id<'Connection'> }>(
  'followers_wanted',
  `select c.tenant_id as "tenantId", c.id as "connectionId" from connection c left join change_follower f on f.tenant_id = c.tenant_id and f.connection_id = c.id
   where ${isFollowed} and (f.connection_id is null or ${isFree('$1')}) order by f.leased_until nulls first, c.id limit 200`,
);

/** Takes the lease; null where another run holds it, the vendor is left alone for a while, or there is nothing to follow. */
export async function takeFollowerLease(work: Work, connectionId: Id<'Connection'>): Promise<FollowerLease | null> {
  const holder = work.newId<'Follower'>();
  const [taken] = await work.rows(take, [work.tenantId, connectionId, holder, until(work), work.now]);
  return taken ? { connectionId, source: taken.source, holder, failures: taken.failures } : null;
}

/**
 * Renews the lease in each transaction of a run. `works`: the stream delivers, which ends a series of faults. Throws
 * `LeaseLost` where another run follows, or the connection was paused, removed or changed. Returns since when changes have to be read again.
 */
export async function renewFollowerLease(work: Work, { connectionId, holder }: FollowerLease, { works }: { readonly works: boolean }): Promise<string | null> {
  const [renewed] = await work.rows(renew, [work.tenantId, connectionId, holder, until(work), works]);
  if (!renewed) throw new LeaseLost();
  return renewed.rereadSince;
}

/** Gives the lease back. */
export async function returnFollowerLease(work: Work, { connectionId, holder }: FollowerLease): Promise<void> {
  await work.rows(giveBack, [work.tenantId, connectionId, holder]);
}

/** Notes a fault, and until when the connection is not followed. RFC 3339. */
export async function delayFollower(work: Work, { connectionId, holder }: FollowerLease, notBefore: string): Promise<void> {
  await work.rows(delay, [work.tenantId, connectionId, holder, work.now, notBefore]);
}

/** Notes that what changed since an instant has to be read by a back-fill. */
export async function noteChangesToReread(work: Work, { connectionId, holder }: FollowerLease, since: string): Promise<void> {
  await work.rows(noteReread, [work.tenantId, connectionId, holder, since]);
}

/** Notes that a back-fill reads what had to be read again. */
export async function endChangesToReread(work: Work, { connectionId, holder }: FollowerLease): Promise<void> {
  await work.rows(endReread, [work.tenantId, connectionId, holder]);
}
