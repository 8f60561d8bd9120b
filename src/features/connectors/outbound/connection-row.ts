import type { Id } from '../../../platform/ids.ts';
import { statement, type Sql } from '../../../platform/postgres/statement.ts';
import { limitFault, readStoredLimit } from './call-limits.ts';
import { VendorFault } from './vendor-fault.ts';

/** A connection as calls need it. Instants are RFC 3339. */
export interface ConnectionRow {
  readonly source: string;
  readonly settings: unknown;
  readonly wrappedKey: Buffer | null;
  readonly sealed: Buffer | null;
  readonly credentialsChangedAt: string;
  readonly pausedAt: string | null;
  readonly removedAt: string | null;
  readonly limitedUntil: string | null;
  readonly limitReason: string | null;
  readonly failingSince: string | null;
  readonly failedAt: string | null;
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
}

const find = statement<ConnectionRow>(
  'find_called_connection',
  `select c.source, c.settings, c.wrapped_key as "wrappedKey", c.encrypted_credentials as sealed, c.credentials_changed_at as "credentialsChangedAt", c.paused_at as "pausedAt", c.removed_at as "removedAt",
          s.limited_until as "limitedUntil", s.limit_reason as "limitReason", s.failing_since as "failingSince", s.failed_at as "failedAt", s.failure_code as "failureCode", s.failure_message as "failureMessage"
   from connection c left join connection_state s on s.tenant_id = c.tenant_id and s.connection_id = c.id where c.tenant_id = $1 and c.id = $2`,
);

/** Reads a connection; null where the tenant has none of that id. */
export async function readConnection(sql: Sql, tenantId: Id<'Tenant'>, connectionId: Id<'Connection'>): Promise<ConnectionRow | null> {
  const [row] = await sql.rows(find, [tenantId, connectionId]);
  return row ?? null;
}

/** After so long a call is tried with credentials that were refused, in case the vendor was at fault. Milliseconds. */
const refusalPause = 5 * 60_000;

/** Why a connection must not be called now; null: it may be. */
export function reasonNotToCall(row: ConnectionRow | null, now: Date): VendorFault | null {
  if (row === null || row.removedAt !== null || row.sealed === null) return new VendorFault('DISCONNECTED', 'The connection was removed. Connect the vendor again with addConnection.');
  if (row.pausedAt !== null) return new VendorFault('DISCONNECTED', 'The connection is paused. Resume it with resumeConnection.');
  const { source, limitedUntil, limitReason, failedAt, failureCode, failureMessage, failingSince, credentialsChangedAt } = row;
  if (limitedUntil !== null && Date.parse(limitedUntil) > now.getTime()) return limitFault(source, readStoredLimit(limitedUntil, limitReason));
  const refusedAt = failingSince !== null && failureCode === 'UNAUTHORIZED' && failedAt !== null && failedAt >= credentialsChangedAt ? Date.parse(failedAt) : null;
  if (refusedAt === null || refusedAt + refusalPause <= now.getTime()) return null;
  return new VendorFault('UNAUTHORIZED', failureMessage ?? `${source} does not accept the credentials.`, { retryAt: new Date(refusedAt + refusalPause) });
}
