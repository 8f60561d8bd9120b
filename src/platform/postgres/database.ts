import { MikroORM, PostgreSqlDriver, type EntityManager } from '@mikro-orm/postgresql';
import { PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { neverBack, type Clock } from '../clock.ts';
import type { Fact } from '../events/event.ts';
import type { Id, NewId } from '../ids.ts';
import { Forbidden } from '../errors.ts';
import { translateDatabaseError } from './database-errors.ts';
import { createDoorbell, factsOf, laboratoryOf, type Doorbell } from './doorbell.ts';
import { labTransact, labUnbound, type LabWork } from './lab-work.ts';
import { labRole, systemRole } from './login.ts';
import { createPool } from './pool.ts';
import { openRead, type Read } from './read.ts';
import type { Sql, Statement } from './statement.ts';
import { watchStorage } from './watch-storage.ts';
import { transact, type Caller, type Work } from './work.ts';

/** The one way to the database: reads, works and the few system tasks, on one pool. */
export interface Database {
  /** A read-only snapshot of one tenant; close it. */
  read(tenantId: Id<'Tenant'>): Read;
  /** Opens a Work, runs the body, commits. Only the doors (api, workers) call it. */
  transact<Result>(caller: Caller, body: (work: Work) => Promise<Result>): Promise<Result>;
  /** Opens a transaction of the laboratory: under its role, which writes nothing of production. */
  lab<Result>(caller: Caller, body: (work: LabWork) => Promise<Result>): Promise<Result>;
  /** A transaction of the laboratory that is bound to no tenant: no row shows, but for what functions of the schema `lab` return. */
  labUnbound<Result>(body: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** A transaction of no tenant, under the system role, which sees tenants, callers, facts, outbox and bus, and no records. */
  system<Result>(body: (sql: Sql) => Promise<Result>): Promise<Result>;
  /**
   * Tells a listener of the facts of each Work that this process has committed, before whoever committed goes on. It may
   * do what helps the next reader; what must happen hangs on the bus, since a process may end in between. It must not throw.
   */
  onCommitted(listener: CommitListener): void;
  /** Throws `StorageFull` while the disk of the database is full: once a write of this process has failed for it, until a write succeeds again. */
  checkStorage(): Promise<void>;
  readonly doorbell: Doorbell;
  /** Connections for parts that bring their own protocol with the database, such as a session-long lock. */
  readonly pool: Pool;
  close(): Promise<void>;
}

/** Told of facts that were just committed. */
export type CommitListener = (tenantId: Id<'Tenant'>, facts: readonly Fact[]) => Promise<void>;

/** What a database is made of. `entities` are the features' tables as the ORM knows them. */
export interface DatabaseOptions {
  readonly url: string;
  readonly connections: number;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly entities: readonly unknown[];
  /** What keys that an erasure took are known again by, a key for each tenant: `Seal.erasureKey`. Programs that take nothing in need none. */
  readonly erasureKey?: (tenantId: Id<'Tenant'>) => string;
  readonly onError: (error: Error) => void;
  /** Whether the login is the laboratory's: nothing of production is written, and what the role may not read is refused as FORBIDDEN. False when absent. */
  readonly isLaboratory?: boolean;
}

/** What a process in laboratory mode says of what it does not do. */
export const laboratoryMode = 'This process runs in laboratory mode: it reads what experiments need and changes experiments only. Ask a production process.';

function refusedInLaboratory(error: unknown): unknown {
  return error instanceof Error && 'code' in error && error.code === '42501' ? new Forbidden(laboratoryMode) : translateDatabaseError(error);
}

/** Connects; the schema must be there already. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, connections, newId, onError, erasureKey = () => '', isLaboratory = false } = options;
  const clock = neverBack(options.clock);
  const pool = createPool({ url, connections, name: 'context-graph', onError });
  const orm = await MikroORM.init({
    driver: PostgreSqlDriver,
    dbName: 'unused: the pool is ours',
    entities: [...options.entities] as never[],
    driverOptions: new PostgresDialect({ pool }),
    discovery: { warnWhenNoEntities: false },
    allowGlobalContext: false,
    connect: false,
    // It would look for a database of the name above, and end our pool to make it.
    ensureDatabase: false,
    logger: () => undefined,
  } as never);
  const doorbell = createDoorbell(url, onError);
  const em = orm.em as EntityManager;
  const listeners: CommitListener[] = [];
  const onRecorded: CommitListener = async (tenantId, facts) => {
    doorbell.ring('outbox');
    doorbell.ring(`${factsOf}${tenantId}`);
    for (const listener of listeners) await listener(tenantId, facts);
  };
  const asSystem = <Result>(body: (sql: Sql) => Promise<Result>): Promise<Result> => runAsSystem({ pool, clock, role: isLaboratory ? labRole : systemRole }, body);
  const storage = watchStorage((probe) => asSystem((sql) => sql.rows(probe)));
  return {
    read: (tenantId) => openRead(pool, tenantId, isLaboratory ? refusedInLaboratory : translateDatabaseError),
    transact: (caller, body) => (isLaboratory ? Promise.reject(new Forbidden(laboratoryMode)) : storage.watch(transact({ em, clock, newId, onRecorded, erasureKey }, caller, body))),
    lab: (caller, body) => storage.watch(labTransact({ pool, clock, newId, onCommitted: (tenantId) => doorbell.ring(`${laboratoryOf}${tenantId}`) }, caller, body)),
    labUnbound: (body) => labUnbound({ pool }, body),
    system: (body) => storage.watch(asSystem(body)),
    checkStorage: () => storage.check(),
    onCommitted: (listener) => void listeners.push(listener),
    doorbell,
    pool,
    async close() {
      await doorbell.close();
      await orm.close(true);
      // The ORM ends the pool only when it has used it.
      if (!pool.ending) await pool.end();
    },
  };
}

async function runAsSystem<Result>({ pool, clock, role }: { readonly pool: Pool; readonly clock: Clock; readonly role: string }, body: (sql: Sql) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translateDatabaseError(error);
  });
  try {
    // It travels with the first statement. If it fails, the transaction is aborted, and that statement with it.
    const begun = client.query(`begin; set local role ${role}; select set_config('app.now', '${clock.now().toISOString()}', true)`);
    begun.catch(() => undefined);
    const result = await body({
      rows: async <Row>(asked: Statement<Row>, values: readonly unknown[] = []) => {
        const answer = client.query({ name: asked.name, text: asked.text, values: [...values] });
        answer.catch(() => undefined);
        await begun;
        return (await answer).rows as Row[];
      },
    });
    await begun;
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    );
    throw translateDatabaseError(error);
  }
}
