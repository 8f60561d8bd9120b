import type { Session } from '../postgres/session.ts';
import { statement } from '../postgres/statement.ts';

/**
 * The members of a group share its work by slots. A tenant's facts belong to the slot of the tenant, a partition of a topic to
 * the slot of its number, so a member that holds a slot works on these alone. At most so many members share a group.
 */
export const slotCount = 8;

/** The slot of a tenant, by the last byte of its id. The same in every process and in `log_news`. */
export function slotOfTenant(tenantId: string): number {
  return Number.parseInt(tenantId.slice(-2), 16) % slotCount;
}

/** A slot of a group, as the locks of the database say. */
interface Standing {
  readonly group: string;
  readonly slot: number;
  readonly free: boolean;
  readonly mine: boolean;
  /** Members of the group, this one included. */
  readonly members: number;
}

/** What a member takes and gives back to hold its fair share. */
export interface Shift {
  readonly group: string;
  readonly mine: readonly number[];
  readonly take: readonly number[];
  readonly give: readonly number[];
}

const join = statement('bus_join_group', `select pg_advisory_lock_shared(hashtextextended('bus group ' || $1, 0))`);
const leave = statement('bus_leave_group', `select pg_advisory_unlock_shared(hashtextextended('bus group ' || $1, 0))`);

// A lock's 64-bit key appears in pg_locks as two halves. The server's list of locks is built once, for all groups.
const standing = statement<Standing>(
  'bus_standing',
  `with held as materialized (
     select (classid::bigint << 32) | objid::bigint as key, mode, pid from pg_locks
     where locktype = 'advisory' and objsubid = 1 and granted
       and database = (select oid from pg_database where datname = current_database())
   )
   select g.name as "group", slot, pid is null as free, coalesce(pid = pg_backend_pid(), false) as mine,
          (select count(*)::int from held where key = hashtextextended('bus group ' || g.name, 0) and mode = 'ShareLock') as members
   from unnest($1::text[]) as g(name) cross join generate_series(0, ${slotCount - 1}) slot
   left join held on key = hashtextextended('bus slot ' || slot || ' ' || g.name, 0) and mode = 'ExclusiveLock'
   order by 1, 2`,
);
const lock = statement<{ slot: number }>('bus_lock_slots', `select slot from unnest($2::int[]) as slot where pg_try_advisory_lock(hashtextextended('bus slot ' || slot || ' ' || $1, 0))`);
const unlock = statement('bus_unlock_slots', `select pg_advisory_unlock(hashtextextended('bus slot ' || slot || ' ' || $1, 0)) from unnest($2::int[]) as slot`);

/** Makes the session count as a member of the group. */
export async function joinGroup(session: Session, group: string): Promise<void> {
  await session.rows(join, [group]);
}

/** Gives slots back and stops counting as a member. */
export async function leaveGroup(session: Session, group: string, slots: readonly number[]): Promise<void> {
  await giveSlots(session, group, slots);
  await session.rows(leave, [group]);
}

/** Gives slots back. */
export async function giveSlots(session: Session, group: string, slots: readonly number[]): Promise<void> {
  if (slots.length > 0) await session.rows(unlock, [group, slots]);
}

/** Takes those of some free slots that no other member was faster to take. */
export async function takeSlots(session: Session, group: string, slots: readonly number[]): Promise<number[]> {
  return slots.length > 0 ? (await session.rows(lock, [group, slots])).map(({ slot }) => slot) : [];
}

/**
 * What the session has to take and give, so that each member of a group holds no more than the slots divided by the members,
 * rounded up, and all slots are held. A member that dies loses its session, and with it all locks.
 */
export async function readShifts(session: Session, groups: readonly string[]): Promise<Shift[]> {
  const all = await session.rows(standing, [groups]);
  return [...Map.groupBy(all, ({ group }) => group)].map(([group, slots]) => {
    const fair = Math.ceil(slotCount / Math.max(1, slots[0]?.members ?? 1));
    const mine = slots.filter((slot) => slot.mine).map(({ slot }) => slot);
    const free = slots.filter((slot) => slot.free).map(({ slot }) => slot);
    return { group, mine, take: free.slice(0, Math.max(0, fair - mine.length)), give: mine.slice(fair) };
  });
}
