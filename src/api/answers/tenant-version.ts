import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';

/** The version of a tenant's rows, in a snapshot: equal versions, equal rows. Every Work that changes what callers read moves it. */
export const tenantVersion = statement<{ version: number }>(
  'tenant_version',
  'select coalesce((select sequence from audit_head where tenant_id = $1), 0) + coalesce((select changes from unrecorded_change where tenant_id = $1), 0) + coalesce((select changes from lab.change where tenant_id = $1), 0) as version',
);

/** The same outside of a snapshot, in one statement: the function binds the tenant for as long as the statement takes. */
const presentVersion = statement<{ version: number }>('present_tenant_version', 'select tenant_version($1) as version');

/** Returns the version of a tenant's committed rows, read no earlier than it was asked. */
export type ReadVersion = (tenantId: Id<'Tenant'>) => Promise<number>;

interface Asked {
  readonly running: Promise<number>;
  /** Who asks while one statement runs shares the next: the running one may have looked already. */
  next: Promise<number> | null;
}

/** A reader that shares statements between requests of a tenant. */
export function createVersionReader(pool: Pick<Database['pool'], 'query'>): ReadVersion {
  const asked = new Map<Id<'Tenant'>, Asked>();
  const start = (tenantId: Id<'Tenant'>): Promise<number> => {
    const { name, text } = presentVersion;
    const running = pool.query<{ version: number }>({ name, text, values: [tenantId] }).then(({ rows: [row] }) => row?.version ?? 0);
    const entry: Asked = { running, next: null };
    asked.set(tenantId, entry);
    const end = (): void => {
      if (asked.get(tenantId) === entry) asked.delete(tenantId);
    };
    running.then(end, end);
    return running;
  };
  return (tenantId) => {
    const entry = asked.get(tenantId);
    if (!entry) return start(tenantId);
    return (entry.next ??= entry.running.catch(() => 0).then(() => start(tenantId)));
  };
}
