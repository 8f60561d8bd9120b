import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Actor, Fact } from '../events/event.ts';
import type { Id, NewId } from '../ids.ts';
import { gauge } from '../metrics.ts';
import { canonicalData, chainHashOf, chainStart } from './audit-chain.ts';
import { bindValue } from './bind-values.ts';
import { isInAbortedTransaction, isRetryable, translateDatabaseError } from './database-errors.ts';
import { runInsideWork } from './open-work.ts';
import { statement, type Sql, type Statement } from './statement.ts';
import { countUnrecordedChange, writesWhatIsRead } from './unrecorded-change.ts';

const clockBehind = gauge('work_clock_behind_seconds', 'Seconds that this process\'s clock lay behind the latest recorded instant when it last began a transaction. A rise means that a clock was set back or that the clocks of the machines differ.', []);

/** On whose behalf a transaction runs. */
export interface Caller {
  readonly tenantId: Id<'Tenant'>;
  readonly actor: Actor;
  readonly requestId: string;
  /** Whether nothing proves that the delivery is the actor's: neither a session nor a signature over body and time. */
  readonly isUnproven?: boolean;
}

/**
 * An open transaction bound to a tenant. Use cases take it first; who holds one knows that tenant, actor, clock and
 * audit are there. It commits when the body returns and leaves no trace when the body throws.
 */
export interface Work extends Sql, Caller {
  /** The ORM's unit of work, joined to this transaction. */
  readonly em: EntityManager;
  /**
   * The instant of this transaction, for every row it writes; whoever waits for a lock moves it. RFC 3339. Never before
   * the latest instant at which a fact of the tenant was recorded, even when the clock was set back.
   */
  readonly now: string;
  /**
   * Moves `now` to the clock's. Who has waited for a lock calls it before writing: whoever held the lock before may have
   * begun later, and what is written after another must not bear an earlier instant.
   */
  moveOn(): Promise<void>;
  readonly newId: NewId;
  /**
   * States a fact. One function appends it to the tenant's chain, which is the event log, and writes the outbox row that
   * names the transaction's range of it, at the end, under the lock on the chain: so the chain's order is the order of commit.
   */
  record(fact: Fact): void;
  /** Runs at the end of the transaction, before the facts are written: for locks that must be held only briefly. */
  beforeCommit(effect: () => Promise<void>): void;
  /** Runs once this transaction has committed, for what counts and must not count twice: an attempt that is undone drops it. It must not throw. */
  afterCommit(effect: () => void): void;
}

/** What `transact` needs. */
export interface WorkDependencies {
  readonly em: EntityManager;
  readonly clock: Clock;
  readonly newId: NewId;
  /** As in `DatabaseOptions`. */
  readonly erasureKey: (tenantId: Id<'Tenant'>) => string;
  /** Called after a commit that recorded facts; whoever committed goes on when it is done. */
  readonly onRecorded: (tenantId: Id<'Tenant'>, facts: readonly Fact[]) => Promise<void> | void;
}

/** Opens a transaction, runs the body, writes its facts and commits. A deadlock or serialization failure runs it again. */
export async function transact<Result>(
  dependencies: WorkDependencies,
  caller: Caller,
  body: (work: Work) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(dependencies, caller, body);
    } catch (error) {
      if (attempt === 4 || !isRetryable(error)) throw translateDatabaseError(error);
    }
  }
}

async function attemptOnce<Result>(
  dependencies: WorkDependencies,
  caller: Caller,
  body: (work: Work) => Promise<Result>,
): Promise<Result> {
  const { clock, newId, onRecorded } = dependencies;
  const facts: Fact[] = [];
  const lastEffects: (() => Promise<void>)[] = [];
  const effects: (() => void)[] = [];
  const result = await dependencies.em.fork().transactional(async (em) => {
    const connection = em.getKysely();
    let changes = false;
    const sql: Sql = {
      async rows<Row>(asked: Statement<Row>, values: readonly unknown[] = []) {
        changes ||= writesWhatIsRead(asked);
        return (await connection.executeQuery<Row>(CompiledQuery.raw(asked.text, values.map(bindValue)))).rows;
      },
    };
    const began = clock.now().toISOString();
    let now = instantOf(await sql.rows(bindTransaction, [caller.tenantId, began, dependencies.erasureKey(caller.tenantId)]), began);
    const moveTo = async (instant: string): Promise<void> => {
      if (instant > now) now = instantOf(await sql.rows(moveTransaction, [instant]), instant);
    };
    const work: Work = {
      ...caller,
      ...sql,
      em,
      get now() {
        return now;
      },
      newId,
      async moveOn() {
        await moveTo(clock.now().toISOString());
      },
      record: (fact) => void facts.push(fact),
      beforeCommit: (effect) => void lastEffects.push(effect),
      afterCommit: (effect) => void effects.push(effect),
    };
    const value = await runInsideWork(() => body(work));
    await em.flush();
    for (const effect of lastEffects) await effect();
    if (facts.length > 0) await writeFacts(work, facts, moveTo);
    else if (changes) await work.rows(countUnrecordedChange, [caller.tenantId]).catch(unlessAborted);
    return value;
  });
  for (const effect of effects) effect();
  if (facts.length > 0) await onRecorded(caller.tenantId, facts);
  return result;
}

/** A statement failed before and its error was swallowed: the commit says so. */
function unlessAborted(error: unknown): void {
  if (!isInAbortedTransaction(error)) throw error;
}

interface Instant {
  readonly instant: string;
}
interface ChainHead {
  readonly sequence: number;
  readonly hash: Buffer;
  readonly recordedAt: string | null;
}

/** The instant that the database set: the clock's, or the tenant's latest where the clock lies behind it. */
function instantOf([set]: readonly Instant[], clock: string): string {
  const instant = set?.instant ?? clock;
  clockBehind.set(Math.max(0, (Date.parse(instant) - Date.parse(clock)) / 1_000));
  return instant;
}

const bindTransaction = statement<Instant>('bind_transaction', 'select begin_work($1, $2, $3) as instant');
const moveTransaction = statement<Instant>('move_transaction', 'select move_work($1) as instant');
const startChain = statement('start_chain', 'insert into audit_head (tenant_id, sequence, hash) values ($1, 0, $2) on conflict do nothing');
const lockChain = statement<ChainHead>('lock_chain', 'select sequence, hash, recorded_at as "recordedAt" from audit_head where tenant_id = $1 for update');

// $13 is the chain itself: the hash before the first fact, then that of each, 32 bytes each.
const appendFacts = statement(
  'append_facts',
  `with audited as (
     insert into audit_logs (tenant_id, sequence, id, kind, version, account_id, actor_kind, actor_id, request_id, occurred_at,
                             recorded_at, data, previous_hash, hash)
     select $1, $2 + place - 1, id, kind, version, account_id, $3, $4, request_id, occurred_at, $5, data,
            substring($13::bytea from (place * 32 - 31)::int for 32), substring($13::bytea from (place * 32 + 1)::int for 32)
     from rows from (unnest($7::uuid[], $8::text[], $9::smallint[], $10::uuid[], $11::text[], $12::timestamptz[]), jsonb_array_elements($14::jsonb))
       with ordinality as f(id, kind, version, account_id, request_id, occurred_at, data, place)
   ), sent as (
     insert into outbox (tenant_id, first_sequence, last_sequence, recorded_at) values ($1, $2::bigint, $6::bigint, $5)
   )
   update audit_head set sequence = $6, hash = $15, recorded_at = $5 where tenant_id = $1`,
);

async function lockedHead(work: Work): Promise<ChainHead> {
  const [head] = await work.rows(lockChain, [work.tenantId]);
  if (head) return head;
  await work.rows(startChain, [work.tenantId, chainStart]);
  const [started] = await work.rows(lockChain, [work.tenantId]);
  if (!started) throw new Error('the audit chain could not be started');
  return started;
}

async function writeFacts(work: Work, facts: readonly Fact[], moveTo: (instant: string) => Promise<void>): Promise<void> {
  const head = await lockedHead(work);
  // A transaction that began later, by its process's clock, may have committed before.
  if (head.recordedAt !== null) await moveTo(head.recordedAt);
  const { tenantId, actor, now: recordedAt } = work;
  const first = head.sequence + 1;
  const chain = [head.hash];
  let last = head.hash;
  const rows = facts.map(({ kind, version, accountId, ...fact }, place) => {
    const data = canonicalData(fact.data);
    const row = {
      id: fact.id ?? work.newId<'Event'>(),
      kind,
      accountId,
      requestId: fact.requestId ?? work.requestId,
      // As the database will give them back, so that the chain can be computed again from the rows.
      occurredAt: fact.occurredAt === undefined ? recordedAt : new Date(fact.occurredAt).toISOString(),
    };
    last = chainHashOf(last, { ...row, sequence: first + place, recordedAt, actorKind: actor.kind, actorId: actor.id }, data);
    chain.push(last);
    return { ...row, version, data };
  });
  await work.rows(appendFacts, [
    tenantId, first, actor.kind, actor.id, recordedAt, head.sequence + facts.length,
    rows.map(({ id }) => id), rows.map(({ kind }) => kind), rows.map(({ version }) => version), rows.map(({ accountId }) => accountId), rows.map(({ requestId }) => requestId),
    rows.map(({ occurredAt }) => occurredAt), Buffer.concat(chain), `[${rows.map(({ data }) => data).join()}]`, last,
  ]);
}
