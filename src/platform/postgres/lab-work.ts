import type { Pool, PoolClient } from 'pg';
import type { Clock } from '../clock.ts';
import type { Fact } from '../events/event.ts';
import type { Id, NewId } from '../ids.ts';
import { isRetryable, translateDatabaseError } from './database-errors.ts';
import { labRole } from './login.ts';
import { runInsideWork } from './open-work.ts';
import { statement, type Sql, type Statement } from './statement.ts';
import type { Caller } from './work.ts';
import { bindValue } from './bind-values.ts';

/** What happened in the laboratory, as an `EventKind` makes it. `data` holds ids and figures, no personal data. */
export type LabFact = Pick<Fact, 'kind' | 'version' | 'data'>;

/**
 * An open transaction of the laboratory, bound to a tenant. It runs under the laboratory's role: the database lets it read what a
 * replay needs and write the schema `lab`, and nothing else. It commits when the body returns and leaves no trace when the body throws.
 */
export interface LabWork extends Sql, Caller {
  /** The instant of this transaction, for every row it writes. RFC 3339. Never before the latest instant at which a fact of the tenant was recorded. */
  readonly now: string;
  readonly newId: NewId;
  /** Appends to `lab.fact` at the end of the transaction. */
  record(fact: LabFact): void;
}

/** What `labTransact` needs. */
export interface LabDependencies {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Called after each commit that may have changed rows. */
  readonly onCommitted: (tenantId: Id<'Tenant'>) => void;
}

const bindTransaction = statement<{ instant: string }>('bind_laboratory', `select begin_work($1, $2, '') as instant`);
const appendFacts = statement(
  'append_laboratory_facts',
  `insert into lab.fact (tenant_id, id, occurred_at, actor_kind, actor_id, request_id, kind, version, data)
   select $1, id, $2, $3, $4, $5, kind, version, data from unnest($6::uuid[], $7::text[], $8::smallint[], $9::jsonb[]) as f(id, kind, version, data)`,
);
const countChange = statement('count_laboratory_change', 'insert into lab.change as c (tenant_id, changes) values ($1, 1) on conflict (tenant_id) do update set changes = c.changes + 1');

const writes = /\b(?:insert\s+into|delete\s+from|update)\s+lab\./i;
const known = new WeakMap<Statement<unknown>, boolean>();

function changesRows(asked: Statement<unknown>): boolean {
  const answer = known.get(asked) ?? writes.test(asked.text);
  known.set(asked, answer);
  return answer;
}

/** Runs statements under the laboratory's role and for no tenant: no row shows, but for what functions of the schema `lab` return. */
export async function labUnbound<Result>({ pool }: Pick<LabDependencies, 'pool'>, body: (sql: Sql) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translateDatabaseError(error);
  });
  try {
    await client.query(`begin; set local role ${labRole}`);
    const result = await body({ rows: async <Row>(asked: Statement<Row>, values: readonly unknown[] = []) => (await client.query({ name: `lab ${asked.name}`, text: asked.text, values: values.map(bindValue) })).rows as Row[] });
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    await endFailed(client);
    throw translateDatabaseError(error);
  }
}

/** Opens a transaction of the laboratory, runs the body and commits. A deadlock or serialization failure runs it again. */
export async function labTransact<Result>(dependencies: LabDependencies, caller: Caller, body: (work: LabWork) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(dependencies, caller, body);
    } catch (error) {
      if (attempt === 4 || !isRetryable(error)) throw translateDatabaseError(error);
    }
  }
}

async function attemptOnce<Result>({ pool, clock, newId, onCommitted }: LabDependencies, caller: Caller, body: (work: LabWork) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let changes = false;
  const facts: LabFact[] = [];
  const sql: Sql = {
    async rows<Row>(asked: Statement<Row>, values: readonly unknown[] = []) {
      changes ||= changesRows(asked);
      return (await client.query({ name: `lab ${asked.name}`, text: asked.text, values: values.map(bindValue) })).rows as Row[];
    },
  };
  try {
    await client.query(`begin; set local role ${labRole}`);
    const began = clock.now().toISOString();
    const [bound] = await sql.rows(bindTransaction, [caller.tenantId, began]);
    const work: LabWork = { ...caller, ...sql, now: bound?.instant ?? began, newId, record: (fact) => void facts.push(fact) };
    const result = await runInsideWork(() => body(work));
    if (facts.length > 0) await appendAll(work, facts);
    // Last, for its row lock is held until the end.
    if (changes) await sql.rows(countChange, [caller.tenantId]);
    await client.query('commit');
    client.release();
    if (changes) onCommitted(caller.tenantId);
    return result;
  } catch (error) {
    await endFailed(client);
    throw error;
  }
}

async function endFailed(client: PoolClient): Promise<void> {
  await client.query('rollback').then(
    () => client.release(),
    (broken: Error) => client.release(broken),
  );
}

async function appendAll(work: LabWork, facts: readonly LabFact[]): Promise<void> {
  const { tenantId, now, actor, requestId, newId } = work;
  await work.rows(appendFacts, [tenantId, now, actor.kind, actor.id, requestId, facts.map(() => newId<'Event'>()), facts.map(({ kind }) => kind), facts.map(({ version }) => version), facts.map(({ data }) => JSON.stringify(data))]);
}
