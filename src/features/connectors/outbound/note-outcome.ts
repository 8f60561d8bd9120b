import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import { defineEvent } from '../../../platform/events/event.ts';
import type { Id } from '../../../platform/ids.ts';
import type { Log } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Caller } from '../../../platform/postgres/work.ts';
import { limitOf, storedReason } from './call-limits.ts';
import type { VendorFault } from './vendor-fault.ts';

const which = { connectionId: z.uuid(), source: z.string() };

/** Calls to a vendor began to fail. */
export const connectionFailing = defineEvent('connection.failing', 1, 'Calls to a vendor began to fail: the credentials are refused, or several calls in a row failed.', z.strictObject({ ...which, code: z.string() }));

/** Calls to a vendor succeed again. */
export const connectionRecovered = defineEvent('connection.recovered', 1, 'Calls to a vendor succeed again.', z.strictObject({ ...which, failingSince: z.iso.datetime() }));

/** Every event about how calls to vendors fare. */
export const outcomeEvents = [connectionFailing, connectionRecovered] as const;

/** A connection whose calls are noted. */
export interface NotedConnection {
  readonly tenantId: Id<'Tenant'>;
  readonly connectionId: Id<'Connection'>;
  readonly source: string;
}

/** Keeps `connection_state`. It never throws: that a note is lost must not lose the answer of a call. */
export interface OutcomeNotes {
  succeeded(connection: NotedConnection): Promise<void>;
  /** `isCircuitOpen`: whether the circuit breaker opened. */
  failed(connection: NotedConnection, fault: VendorFault, isCircuitOpen: boolean): Promise<void>;
}

const success = statement<{ failedSince: string | null }>(
  'note_vendor_success',
  `insert into connection_state as s (tenant_id, connection_id, called_at) values ($1, $2, $3)
   on conflict (tenant_id, connection_id) do update set called_at = greatest(s.called_at, excluded.called_at), failing_since = null
   returning old.failing_since as "failedSince"`,
);
const failure = statement<{ began: boolean }>(
  'note_vendor_failure',
  `insert into connection_state as s (tenant_id, connection_id, failing_since, failed_at, failure_code, failure_message) values ($1, $2, case when $6::boolean then $3::timestamptz end, $3, $4, $5)
   on conflict (tenant_id, connection_id) do update set failing_since = coalesce(s.failing_since, excluded.failing_since), failed_at = excluded.failed_at, failure_code = excluded.failure_code, failure_message = excluded.failure_message
   returning old.failing_since is null and new.failing_since is not null as began`,
);
const limit = statement(
  'note_vendor_limit',
  `insert into connection_state as s (tenant_id, connection_id, limited_until, limit_reason) values ($1, $2, $3, $4)
   on conflict (tenant_id, connection_id) do update set limited_until = excluded.limited_until, limit_reason = excluded.limit_reason where s.limited_until is null or s.limited_until < excluded.limited_until`,
);

/** The same outcome is written again after so long. Milliseconds. */
const noteEvery = 60_000;
/** Says nothing of the connection: of one object, or of a call that was not made. */
const passing: ReadonlySet<string> = new Set(['NOT_FOUND', 'CONFLICT', 'CIRCUIT_OPEN', 'DISCONNECTED']);

/** What this process has written of a connection. */
interface Noted {
  isFailing: boolean | null;
  readonly written: Map<string, { readonly what: string; readonly at: number }>;
}

/** Makes the notes of a process. Limits that end within `longestWait` milliseconds are not written: calls wait for them. */
export function createOutcomeNotes({ database, clock, log, longestWait }: { readonly database: Pick<Database, 'transact'>; readonly clock: Clock; readonly log: Log; readonly longestWait: number }): OutcomeNotes {
  const known = new LRUCache<string, Noted>({ max: 5_000 });
  const notedOf = ({ connectionId }: NotedConnection): Noted => {
    const found = known.get(connectionId) ?? { isFailing: null, written: new Map() };
    known.set(connectionId, found);
    return found;
  };
  /** Writes unless the same was written lately. */
  const write = async (connection: NotedConnection, kind: 'success' | 'fault' | 'limit', what: string, body: (caller: Caller) => Promise<void>): Promise<void> => {
    const { tenantId, connectionId } = connection;
    const { written } = notedOf(connection);
    const at = clock.now().getTime();
    const last = written.get(kind);
    if (last?.what === what && at - last.at < noteEvery) return;
    written.set(kind, { what, at });
    try {
      await body({ tenantId, actor: { kind: 'system', id: 'connections' }, requestId: 'connections' });
    } catch (error) {
      written.delete(kind);
      log.warn({ error, tenantId, connectionId }, 'connection state not written');
    }
  };
  /** What was written before a connection began to fail, or recovered, is written again. */
  const turn = (connection: NotedConnection, isFailing: boolean): void => {
    const noted = notedOf(connection);
    if (noted.isFailing !== isFailing) noted.written.clear();
    noted.isFailing = isFailing;
  };

  return {
    async succeeded(connection) {
      turn(connection, false);
      await write(connection, 'success', '', async (caller) => {
        const { connectionId, source } = connection;
        const failingSince = await database.transact(caller, async (work) => {
          const [row] = await work.rows(success, [work.tenantId, connectionId, work.now]);
          if (!row?.failedSince) return null;
          work.record(connectionRecovered.fact({ accountId: null, data: { connectionId, source, failingSince: row.failedSince } }));
          return row.failedSince;
        });
        if (failingSince !== null) log.info({ tenantId: caller.tenantId, connectionId, vendor: source, failingSince }, 'vendor connection recovered');
      });
    },
    async failed(connection, fault, isCircuitOpen) {
      const { connectionId, source } = connection;
      const { code, message } = fault;
      if (passing.has(code)) return;
      const now = clock.now();
      const found = limitOf(fault, now);
      if (found) {
        if (found.scope === 'OPERATION' || found.until.getTime() - now.getTime() <= longestWait) return;
        return write(connection, 'limit', found.until.toISOString(), async (caller) => {
          await database.transact(caller, (work) => work.rows(limit, [work.tenantId, connectionId, found.until.toISOString(), storedReason(found)]));
          log.warn({ tenantId: caller.tenantId, connectionId, vendor: source, reason: storedReason(found), until: found.until.toISOString() }, 'vendor connection rate limited');
        });
      }
      const isFailing = code === 'UNAUTHORIZED' || isCircuitOpen;
      if (isFailing) turn(connection, true);
      await write(connection, 'fault', `${code} ${isFailing}`, async (caller) => {
        const began = await database.transact(caller, async (work) => {
          const [row] = await work.rows(failure, [work.tenantId, connectionId, work.now, code, message, isFailing]);
          if (row?.began) work.record(connectionFailing.fact({ accountId: null, data: { connectionId, source, code } }));
          return row?.began === true;
        });
        if (began) log.warn({ tenantId: caller.tenantId, connectionId, vendor: source, code }, 'vendor connection failing');
      });
    },
  };
}
