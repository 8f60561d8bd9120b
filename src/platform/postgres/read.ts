import type pg from 'pg';
import { isUuid, type Id } from '../ids.ts';
import type { Sql, Statement } from './statement.ts';
import { translateDatabaseError } from './database-errors.ts';

/**
 * A read-only view of one tenant's rows: every statement sees the same snapshot, and row-level security is bound to the
 * tenant. The transaction opens with the first statement and must be closed; a Read that asked nothing costs nothing.
 */
export interface Read extends Sql {
  readonly tenantId: Id<'Tenant'>;
  /** How many statements were asked so far; the measure that must not grow with a list's length. */
  readonly statements: number;
  /** The names of the statements asked, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Opens a read-only view on a tenant. */
export function openRead(pool: pg.Pool, tenantId: Id<'Tenant'>): Read {
  if (!isUuid(tenantId)) throw new TypeError('tenantId is not a UUID');
  let opening: Promise<pg.PoolClient> | null = null;
  let closed = false;
  const asked: string[] = [];

  const open = async (): Promise<pg.PoolClient> => {
    const client = await pool.connect();
    // Not awaited: the first statement travels in the same packet. A failure here fails that statement too.
    client
      .query(`begin isolation level repeatable read read only; select set_config('app.tenant', '${tenantId}', true)`)
      .catch(() => undefined);
    return client;
  };

  return {
    tenantId,
    asked,
    get statements() {
      return asked.length;
    },
    async rows<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
      if (closed) throw new Error(`the read is closed; ${statement.name} came too late`);
      asked.push(statement.name);
      try {
        const client = await (opening ??= open());
        const result = await client.query({ name: statement.name, text: statement.text, values: [...values] });
        return result.rows as Row[];
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },
    async close() {
      closed = true;
      if (!opening) return;
      const client = await opening.catch(() => null);
      if (!client) return;
      await client.query('commit').then(
        () => client.release(),
        (error: Error) => client.release(error),
      );
    },
  };
}
