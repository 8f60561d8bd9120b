import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { isUuid, type Id } from '../ids.ts';
import type { Sql, Statement } from './statement.ts';
import { translateDatabaseError } from './database-errors.ts';

/**
 * A read-only view of one tenant's rows: every statement sees the same snapshot, and row-level security is bound to the
 * tenant. The transaction opens with the first statement and must be closed; a Read that asked nothing costs nothing.
 * Statements may be asked in parallel. Once one has failed, every later one fails with the same error.
 */
export interface Read extends Sql {
  readonly tenantId: Id<'Tenant'>;
  /** How many statements were asked so far; the measure that must not grow with a list's length. */
  readonly statements: number;
  /** The names of the statements asked, in order. */
  readonly asked: readonly string[];
  /** When its snapshot was asked for, by `performance.now()`: what was committed later may be missing. Null: not yet. */
  readonly openedAt: number | null;
  close(): Promise<void>;
}

/** Opens a read-only view on a tenant. */
export function openRead(pool: Pool, tenantId: Id<'Tenant'>): Read {
  if (!isUuid(tenantId)) throw new TypeError('tenantId is not a UUID');
  let openedAt: number | null = null;
  let opening: Promise<PoolClient> | null = null;
  let closing: Promise<void> | null = null;
  let failure: { readonly cause: unknown; readonly error: unknown } | null = null;
  const asked: string[] = [];

  const open = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    // Not awaited: the first statement travels in the same packet. A failure here fails that statement too.
    client
      .query(`begin isolation level repeatable read read only; select set_config('app.tenant', '${tenantId}', true)`)
      .catch(() => undefined);
    return client;
  };

  const finish = async (): Promise<void> => {
    const client = await opening?.catch(() => null);
    if (!client) return;
    // What the server itself did not refuse may have left the connection out of step.
    const usable = failure === null || failure.cause instanceof DatabaseError;
    await client.query(failure === null ? 'commit' : 'rollback').then(
      () => client.release(!usable),
      (error: Error) => client.release(error),
    );
  };

  return {
    tenantId,
    asked,
    get openedAt() {
      return openedAt;
    },
    get statements() {
      return asked.length;
    },
    async rows<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
      if (closing) throw new Error(`the read is closed; ${statement.name} came too late`);
      asked.push(statement.name);
      openedAt ??= performance.now();
      try {
        const client = await (opening ??= open());
        const result = await client.query({ name: statement.name, text: statement.text, values: [...values] });
        return result.rows as Row[];
      } catch (cause) {
        // Answers come in the order of the questions: the first to fail is the reason why the rest do.
        failure ??= { cause, error: translateDatabaseError(cause) };
        throw failure.error;
      }
    },
    close() {
      closing ??= finish();
      return closing;
    },
  };
}
