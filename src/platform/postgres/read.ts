import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { isUuid, type Id } from '../ids.ts';
import { PreparingClient } from './pool.ts';
import { bindValue } from './bind-values.ts';
import { StatementBatch, type BatchedStatement } from './statement-batch.ts';
import type { Planning, Sql, Statement } from './statement.ts';
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

/** Opens a read-only view on a tenant. `translate` makes what the database threw the error that is thrown. */
export function openRead(pool: Pool, tenantId: Id<'Tenant'>, translate: (error: unknown) => unknown = translateDatabaseError): Read {
  if (!isUuid(tenantId)) throw new TypeError('tenantId is not a UUID');
  let openedAt: number | null = null;
  let opening: Promise<PoolClient> | null = null;
  let closing: Promise<void> | null = null;
  let failure: { readonly cause: unknown; readonly error: unknown } | null = null;
  const asked: string[] = [];

  let waiting: BatchedStatement[] = [];
  let client: PoolClient | null = null;
  let isPlanned = false;
  let unanswered = 0;
  let planning: Planning = 'KEPT';

  const open = async (): Promise<PoolClient> => {
    client = await pool.connect();
    waiting.unshift(...opened(tenantId));
    return client;
  };

  const ask = (asking: BatchedStatement): void => {
    if (client === null) {
      opening ??= open();
      opening.then(() => enqueue(asking), asking.reject);
    } else enqueue(asking);
  };

  const enqueue = (asking: BatchedStatement): void => {
    waiting.push(asking);
    if (!isPlanned) setImmediate(send);
    isPlanned = true;
  };

  /** Sends what was asked in this turn of the event loop; while the connection is awaited, later turns travel with it. */
  const send = (): void => {
    isPlanned = false;
    if (client === null || waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    client.query(new StatementBatch(batch.some(({ plan }) => plan !== planning) ? grouped(batch) : batch));
  };

  /** By how they are planned, with a switch before each group: it travels along and asks for nothing. */
  const grouped = (batch: readonly BatchedStatement[]): BatchedStatement[] =>
    [planning, planning === 'KEPT' ? ('BY_VALUE' as const) : ('KEPT' as const)].flatMap((plan) => {
      const group = batch.filter((each) => each.plan === plan);
      if (group.length === 0 || plan === planning) return group;
      planning = plan;
      return [unheard('plan_read', planned, [modes[plan]]), ...group];
    });

  const finish = async (): Promise<void> => {
    const connected = await opening?.catch(() => null);
    if (!connected) return;
    if (failure === null && unanswered === 0 && connected instanceof PreparingClient) {
      connected.commitSoon();
      return connected.release();
    }
    send();
    // What the server itself did not refuse may have left the connection out of step.
    const usable = (): boolean => failure === null || failure.cause instanceof DatabaseError;
    await connected.query(failure === null ? 'commit' : 'rollback').then(
      () => connected.release(!usable()),
      (error: Error) => connected.release(error),
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
    rows<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
      if (closing) return Promise.reject(new Error(`the read is closed; ${statement.name} came too late`));
      asked.push(statement.name);
      openedAt ??= performance.now();
      return new Promise<Row[]>((resolve, reject) => {
        const bound = values.map(bindValue);
        unanswered += 1;
        ask({
          name: nameOf(statement), text: statement.text, plan: statement.plan ?? 'KEPT', values: bound,
          resolve(rows) {
            unanswered -= 1;
            resolve(rows as Row[]);
          },
          reject(cause) {
            unanswered -= 1;
            // Answers come in the order of the questions: the first to fail is the reason why the rest do.
            failure ??= { cause, error: translate(cause) };
            reject(failure.error);
          },
        });
      });
    },
    close() {
      closing ??= finish();
      return closing;
    },
  };
}

const names = new WeakMap<Statement<unknown>, string>();

/** Other users of the connection prepare under names of their own. */
function nameOf(statement: Statement<unknown>): string {
  const known = names.get(statement);
  if (known !== undefined) return known;
  const name = `read ${statement.name}`;
  names.set(statement, name);
  return name;
}

const begin = 'begin isolation level repeatable read read only';
const bind = "select set_config('app.tenant', $1, true), set_config('plan_cache_mode', $2, true)";
const planned = "select set_config('plan_cache_mode', $1, true)";
const modes: Readonly<Record<Planning, string>> = { KEPT: 'force_generic_plan', BY_VALUE: 'force_custom_plan' };
const ignore = (): void => undefined;

/** Opens the transaction and binds it to the tenant. Travels with the first statements; a failure here fails them, too. */
function opened(tenantId: string): BatchedStatement[] {
  return [unheard('begin_read', begin, []), unheard('bind_read', bind, [tenantId, modes.KEPT])];
}

/** A statement whose answer nobody waits for; where it fails, so do those behind it. */
function unheard(name: string, text: string, values: readonly string[]): BatchedStatement {
  return { name, text, values, plan: 'KEPT', resolve: ignore, reject: ignore };
}
