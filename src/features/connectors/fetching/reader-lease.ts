import type { Id } from '../../../platform/ids.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { isAnythingDue } from './due-fetches.ts';

/** The right of one run to read for a connection. Others wait until it is given back, or runs out. */
export interface ReaderLease {
  readonly connectionId: Id<'Connection'>;
  readonly source: string;
  readonly holder: string;
  /** Faults of the whole connection in a row before this run. */
  readonly failures: number;
}

/** The lease is another run's, or the connection was paused, removed or given other credentials: nothing of the transaction is kept. */
export class LeaseLost extends Error {
  constructor() {
    super('the connection is no longer read by this run');
    this.name = 'LeaseLost';
  }
}

/** How long a lease holds without being renewed, in milliseconds. */
export const leaseHolds = 120_000;
const until = ({ now }: Work): string => new Date(Date.parse(now) + leaseHolds).toISOString();

const take = statement<{ source: string; failures: number }>(
  'take_reader_lease',
  `insert into connection_reader as r (tenant_id, connection_id, holder, leased_until)
   select c.tenant_id, c.id, $3, $4 from connection c where c.tenant_id = $1 and c.id = $2 and c.removed_at is null and c.paused_at is null
   on conflict (tenant_id, connection_id) do update set holder = excluded.holder, leased_until = excluded.leased_until
     where (r.leased_until is null or r.leased_until <= $5)
       and (r.not_before is null or r.not_before <= $5 or r.failed_at < (select c.credentials_changed_at from connection c where c.tenant_id = $1 and c.id = $2))
   returning (select c.source from connection c where c.tenant_id = $1 and c.id = $2) as source, r.failures`,
);
const renew = statement<{ connection_id: string }>(
  'renew_reader_lease',
  `update connection_reader r set leased_until = $4, failures = case when $5 then 0 else r.failures end, not_before = case when $5 then null else r.not_before end
   from connection c where r.tenant_id = $1 and r.connection_id = $2 and r.holder = $3 and c.tenant_id = $1 and c.id = $2 and c.removed_at is null and c.paused_at is null returning r.connection_id`,
);
const lock = statement('lock_reader_lease', 'select from connection_reader where tenant_id = $1 and connection_id = $2 and holder = $3 for update');
const giveBack = statement('give_reader_lease_back', 'update connection_reader set holder = null, leased_until = null where tenant_id = $1 and connection_id = $2 and holder = $3');
const delay = statement('delay_reader', 'update connection_reader set failures = failures + 1, failed_at = $4, not_before = $5 where tenant_id = $1 and connection_id = $2 and holder = $3');

/** Takes the lease; null where the connection is paused or removed, another run holds it, or the vendor is left alone for a while. */
export async function takeLease(work: Work, connectionId: Id<'Connection'>): Promise<ReaderLease | null> {
  const holder = work.newId<'Reader'>();
  const [taken] = await work.rows(take, [work.tenantId, connectionId, holder, until(work), work.now]);
  return taken ? { connectionId, source: taken.source, holder, failures: taken.failures } : null;
}

/**
 * Renews the lease in the transaction that stores what was read. `works`: a call to the vendor succeeded, which ends a
 * series of faults. Throws `LeaseLost` where it is no longer this run's to store.
 */
export async function renewLease(work: Work, { connectionId, holder }: ReaderLease, { works }: { readonly works: boolean }): Promise<void> {
  const [renewed] = await work.rows(renew, [work.tenantId, connectionId, holder, until(work), works]);
  if (!renewed) throw new LeaseLost();
}

/**
 * Gives the lease back, unless something is due by now: then it is kept and this returns false. The row is locked before
 * the look, so that an event which commits later finds the lease free.
 */
export async function returnLeaseIfIdle(work: Work, lease: ReaderLease): Promise<boolean> {
  await work.rows(lock, [work.tenantId, lease.connectionId, lease.holder]);
  if (await isAnythingDue(work, lease)) return false;
  await returnLease(work, lease);
  return true;
}

/** Gives the lease back, whatever is due. */
export async function returnLease(work: Work, { connectionId, holder }: ReaderLease): Promise<void> {
  await work.rows(giveBack, [work.tenantId, connectionId, holder]);
}

/** Notes that the whole connection does not work, and until when it is left alone. RFC 3339. */
export async function delayReader(work: Work, { connectionId, holder }: ReaderLease, notBefore: string): Promise<void> {
  await work.rows(delay, [work.tenantId, connectionId, holder, work.now, notBefore]);
}
