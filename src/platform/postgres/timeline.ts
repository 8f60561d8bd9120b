import type { Envelope } from '../events/event.ts';
import type { Id } from '../ids.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

/** A restore, as the database that was restored knows it: the audit chain of the tenant went on behind `sequence`. */
export interface Restore {
  readonly id: string;
  readonly tenantId: string;
  readonly sequence: number;
  readonly restoredAt: string;
}

/**
 * Which of several histories the database holds. Each restore of a backup begins a new one: places behind the backup's
 * end, caches and events of the former one mean something else now, or nothing.
 */
export interface Timeline {
  /** The last restore; null where nothing was ever restored. */
  readonly id: string | null;
  /** The last place that the history of `id` (null: the first one) and the present one have in common; null: all of it. */
  commonEnd(tenantId: string, id: string | null): number | null;
  /** Of events on the bus, those that are in the present history. Costs a statement only for events of about the time of a restore. */
  present<Event extends Envelope>(events: readonly Event[]): Promise<readonly Event[]>;
}

const restores = statement<Restore>(
  'restores',
  `select restore_id as id, tenant_id as "tenantId", sequence, restored_at as "restoredAt" from restored_backup order by restored_at, restore_id`,
);
const placesOfFacts = statement<{ id: string }>('places_of_facts', 'select l.id from unnest($2::bigint[], $3::uuid[]) e(sequence, id) join audit_logs l on l.tenant_id = $1 and l.sequence = e.sequence and l.id = e.id');

/** Clocks of machines differ by less than this; events recorded so long behind a restore are surely of its history. Milliseconds. */
const clockTolerance = 600_000;

/** Reads the timeline once, at the start: a restore needs every process stopped. */
export async function readTimeline(database: Pick<Database, 'system' | 'read'>): Promise<Timeline> {
  const found = await database.system((sql) => sql.rows(restores));
  const byTenant = Map.groupBy(found, ({ tenantId }) => tenantId);
  const doubtful = ({ tenantId, sequence, recordedAt }: Envelope): boolean =>
    (byTenant.get(tenantId) ?? []).some((restore) => sequence > restore.sequence && Date.parse(recordedAt) <= Date.parse(restore.restoredAt) + clockTolerance);
  return {
    id: found.at(-1)?.id ?? null,
    commonEnd(tenantId, id) {
      const own = byTenant.get(tenantId) ?? [];
      const since = id === null ? own : own.slice(own.findIndex((restore) => restore.id === id) + 1);
      return since.length === 0 ? null : Math.min(...since.map(({ sequence }) => sequence));
    },
    async present(events) {
      const candidates = Map.groupBy(events.filter(doubtful), ({ tenantId }) => tenantId);
      if (candidates.size === 0) return events;
      const lost = new Set<Envelope>();
      for (const [tenantId, own] of candidates) {
        const read = database.read(tenantId as Id<'Tenant'>);
        try {
          const there = new Set((await read.rows(placesOfFacts, [tenantId, own.map(({ sequence }) => sequence), own.map(({ id }) => id)])).map(({ id }) => id));
          for (const event of own) if (!there.has(event.id)) lost.add(event);
        } finally {
          await read.close();
        }
      }
      return events.filter((event) => !lost.has(event));
    },
  };
}

/** The timeline of a database on which nothing was ever restored. */
export const firstTimeline: Timeline = { id: null, commonEnd: () => null, present: async (events) => events };
