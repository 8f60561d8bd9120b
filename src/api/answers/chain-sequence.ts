import type { Pool } from 'pg';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';

/** The sequence of a tenant's audit chain. Every change of a tenant's state records a fact in its own transaction: equal sequences, equal rows. */
export const chainSequence = statement<{ sequence: number }>('chain_sequence', 'select sequence from audit_head where tenant_id = $1');

/** The same outside of a snapshot, in one statement: the function binds the tenant for as long as the statement takes. */
const presentSequence = statement<{ sequence: number }>('present_chain_sequence', 'select chain_sequence($1) as sequence');

/** Tells up to which sequence a tenant's chain is committed, no earlier than when it was asked. */
export type ReadSequence = (tenantId: Id<'Tenant'>) => Promise<number>;

interface Asked {
  readonly running: Promise<number>;
  /** Who asks while one statement runs shares the next: the running one may have looked already. */
  next: Promise<number> | null;
}

/** A reader that shares statements between requests of a tenant. */
export function createSequenceReader(pool: Pick<Pool, 'query'>): ReadSequence {
  const asked = new Map<Id<'Tenant'>, Asked>();
  const start = (tenantId: Id<'Tenant'>): Promise<number> => {
    const { name, text } = presentSequence;
    const running = pool.query<{ sequence: number }>({ name, text, values: [tenantId] }).then(({ rows: [row] }) => row?.sequence ?? 0);
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
