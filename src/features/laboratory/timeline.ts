import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { FirmographicTraits } from '../scoring/index.ts';

/** By which of a signal's instants a replay goes: when production counted it, or when it happened. */
export type ReplayClock = 'RECORDED' | 'OCCURRED';

/** What of production is replayed. Instants are RFC 3339, UTC. */
export interface ReplayScope {
  readonly clock: ReplayClock;
  /** Nothing that happens after it is read. */
  readonly until: string;
  /** What was recorded after it is not seen: the "now" of the whole run. */
  readonly frozenAt: string;
}

/** That a signal begins or ceases to count for an account. */
export interface SignalEvent {
  readonly accountId: Id<'Account'>;
  readonly type: string;
  /** Epoch milliseconds, where its decay starts. */
  readonly effectiveAt: number;
  /** Epoch milliseconds, with a fraction where the database has one. */
  readonly at: number;
  readonly counts: boolean;
  /** Whether it never counted before: for this account or another, or before it was withdrawn. */
  readonly isNew: boolean;
  /** The change of the production score that lists it; null where none does. */
  readonly pointId: string | null;
}

/** What an account was known to be, from an instant on; null traits: there was no such account. */
export interface AccountEvent {
  readonly accountId: Id<'Account'>;
  readonly at: number;
  readonly traits: FirmographicTraits | null;
}

const milliseconds = (instant: string): string => `(extract(epoch from ${instant}) * 1000)::float8`;
const effective = `floor(extract(epoch from s.effective_at) * 1000)::float8 as effective`;

/** SQL: since when and until when signals counted for accounts. One that never moved has one row, without an end. */
const presence = `select s.account_id, s.id, s.type, ${effective}, s.recorded_at, coalesce(s.moved_at, s.recorded_at) as since, null::timestamptz as until from signal s
    where s.tenant_id = $1 and s.account_id = any($2::uuid[]) and coalesce(s.moved_at, s.recorded_at) <= $3
    union all
    select h.account_id, s.id, s.type, ${effective}, s.recorded_at, h.sys_from, h.sys_to from signal_account_history h join signal s on s.tenant_id = h.tenant_id and s.id = h.signal_id
    where h.tenant_id = $1 and h.account_id = any($2::uuid[]) and h.sys_from <= $3`;

/** SQL: when signals did not count because a person in them objected, or because they were withdrawn. */
const suspended = `select signal_id, range_agg(tstzrange(since, until)) as periods from (
      select signal_id, excluded_at as since, restored_at as until from signal_objection where tenant_id = $1 and excluded_at <= $4
      union all select signal_id, withdrawn_at, restored_at from signal_withdrawal where tenant_id = $1 and withdrawn_at <= $4) s
    where signal_id in (select id from presence) group by signal_id`;

/**
 * SQL: the first change of an account's score that lists a signal: that is when production began to count it. The instant of
 * a change is that of its transaction, which may have begun before the signal was recorded and read it all the same.
 */
const listed = `select distinct on (p.account_id, named.id) p.account_id, named.id as signal_id, p.recorded_at as at, p.id as point_id from score_point p
    cross join lateral unnest(coalesce(p.counted, case when p.signal_id is not null and not p.counts_all then array[p.signal_id] end)) as named(id)
    where p.tenant_id = $1 and p.account_id = any($2::uuid[]) and p.recorded_at <= $4 order by p.account_id, named.id, p.recorded_at, p.id`;

/** SQL: a signal that was taken out for an objection on its way to the score, so that no change counted it until then. */
const neverCounted = `listed.point_id is null and lower(period) = p.recorded_at and upper(period) is not null
    and exists (select from signal_objection o where o.tenant_id = $1 and o.signal_id = p.id and o.excluded_at = upper(period))
    and not exists (select from score_point a where a.tenant_id = $1 and a.account_id = p.account_id and a.recorded_at > lower(period) and a.recorded_at < upper(period) and a.anew)`;

// What ends or moves at an instant comes first, then what changes of the score at that instant list, then the rest.
const asRecorded = `with presence as materialized (${presence}), suspended as (${suspended}), listed as (${listed})
  select p.account_id as "accountId", p.type, p.effective as "effectiveAt", ${milliseconds('e.at')} as at, e.counts, e.counts and lower(period) = p.recorded_at as "isNew", e.point_id as "pointId"
  from presence p left join suspended on suspended.signal_id = p.id
  cross join lateral unnest(coalesce(tstzmultirange(tstzrange(p.since, p.until)) - suspended.periods, tstzmultirange(tstzrange(p.since, p.until)))) as period
  left join listed on listed.account_id = p.account_id and listed.signal_id = p.id
    and (period @> listed.at or listed.at < p.recorded_at and lower(period) = p.recorded_at)
  cross join lateral (values (coalesce(listed.at, lower(period)), true, listed.point_id), (upper(period), false, null)) as e(at, counts, point_id)
  where e.at <= $3 and not (${neverCounted})
  order by p.account_id, e.at, case when not e.counts or lower(period) <> p.recorded_at and e.point_id is null then 0 when e.point_id is not null then 1 else 2 end, e.point_id, p.id`;

/** By when they happened: what counts at the instant of the run, for the account that it counts for then, and what was imported beside it. */
const asOccurred = `with presence as materialized (${presence.replaceAll('$3', '$4')}), suspended as (${suspended})
  select o.account_id as "accountId", o.type, o.effective as "effectiveAt", o.effective as at, true as counts, true as "isNew", null::uuid as "pointId" from (
    select p.account_id, p.id, p.type, p.effective from presence p left join suspended on suspended.signal_id = p.id
    where (p.until is null or p.until > $4) and not coalesce(suspended.periods @> $4::timestamptz, false)
    union all
    select coalesce(i.survivor_id, s.account_id), s.id, s.type, floor(extract(epoch from s.occurred_at) * 1000)::float8 from lab.history_signal s
      left join node_identity i on i.tenant_id = s.tenant_id and i.id = s.account_id and i.node_type = 'Account'
    where s.tenant_id = $1 and coalesce(i.survivor_id, s.account_id) = any($2::uuid[])) o
  where o.effective <= ${milliseconds('$3::timestamptz')}
  order by o.account_id, o.effective, o.id`;

/** So many rows are in memory at once. */
const rowsAtOnce = 5_000;
const openRecorded = statement('lab_open_recorded_signals', `declare lab_signals no scroll cursor for ${asRecorded}`, 'BY_VALUE');
const openOccurred = statement('lab_open_occurred_signals', `declare lab_signals no scroll cursor for ${asOccurred}`, 'BY_VALUE');
const nextSignals = statement<SignalEvent>('lab_next_signals', `fetch ${rowsAtOnce} from lab_signals`);
const closeSignals = statement('lab_close_signals', 'close lab_signals');

const versions = statement<{ accountId: Id<'Account'>; at: number; until: number | null } & FirmographicTraits>(
  'lab_account_versions',
  `select id as "accountId", ${milliseconds('sys_from')} as at, ${milliseconds('sys_to')} as until, industry, region, employee_count as "employeeCount" from (
     select a.id, a.sys_from, null::timestamptz as sys_to, a.industry, a.region, a.employee_count from account a where a.tenant_id = $1 and a.id = any($2::uuid[]) and a.sys_from <= $3
     union all
     select h.id, h.sys_from, h.sys_to, h.industry, h.region, h.employee_count from account_history h where h.tenant_id = $1 and h.id = any($2::uuid[]) and h.sys_from <= $3 and h.sys_to > h.sys_from) v
   order by id, sys_from`,
);

/** The signals of some accounts, account by account in the order of their ids, in the order in which they count. A cursor reads them, so few are in memory. */
export async function* signalsOf(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[], { clock, until, frozenAt }: ReplayScope): AsyncGenerator<SignalEvent> {
  await sql.rows(clock === 'RECORDED' ? openRecorded : openOccurred, [sql.tenantId, accountIds, until, frozenAt]);
  for (;;) {
    const rows = await sql.rows(nextSignals);
    yield* rows;
    if (rows.length < rowsAtOnce) break;
  }
  await sql.rows(closeSignals);
}

/** What some accounts were known to be, by account, in the order of time; only what changed. */
export async function accountsThroughTime(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[], { frozenAt, until, clock }: ReplayScope): Promise<ReadonlyMap<string, readonly AccountEvent[]>> {
  const rows = await sql.rows(versions, [sql.tenantId, accountIds, clock === 'RECORDED' ? until : frozenAt]);
  return new Map([...Map.groupBy(rows, ({ accountId }) => accountId)].map(([accountId, own]) => [accountId, own.flatMap((row, place) => eventsOf(row, own[place - 1], own[place + 1]))]));
}

type Version = { readonly accountId: Id<'Account'>; readonly at: number; readonly until: number | null } & FirmographicTraits;

function eventsOf({ accountId, at, until, industry, region, employeeCount }: Version, before: Version | undefined, next: Version | undefined): AccountEvent[] {
  const isSame = before?.until === at && before.industry === industry && before.region === region && before.employeeCount === employeeCount;
  const ends = until !== null && (next === undefined || next.at > until);
  return [...(isSame ? [] : [{ accountId, at, traits: { industry, region, employeeCount } }]), ...(ends ? [{ accountId, at: until, traits: null }] : [])];
}
