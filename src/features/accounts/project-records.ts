import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountChanged } from './account.events.ts';
import type { Written } from './columns.ts';
import { indexContactNames } from './contact-words.ts';
import type { AccountRecord } from './record.ts';
import { missingFields, namesOfUnnamed, recordRowOf } from './record-row.ts';
import type { NodeState } from './state-nodes.ts';

interface Standing {
  readonly id: string;
  readonly survivorId: Id<'Account'>;
  readonly retired: boolean;
}

const standingsOf = statement<Standing>(
  'standings_of_accounts',
  `select i.id, i.survivor_id as "survivorId", s.retired_at is not null as retired from node_identity i join node_identity s on s.tenant_id = i.tenant_id and s.id = i.survivor_id
   where i.tenant_id = $1 and i.id = any($2::uuid[])`,
);

/** Why a record has no row. */
export type Absence = 'INCOMPLETE' | 'RETIRED';

/** What a projection changed, by the id of the record. */
export interface RecordChanges {
  readonly changes: ReadonlyMap<string, 'CREATED' | 'UPDATED' | 'REMOVED'>;
  readonly absent: ReadonlyMap<string, Absence>;
}

/**
 * Writes the rows of records as their statements imply: none for one that is retired, that lacks a required field, or whose account is retired.
 * Of `disputed` records a fact is recorded even if their row stays as it is. The accounts must be locked.
 */
export async function projectRecords(work: Work, seal: Seal, record: AccountRecord, states: ReadonlyMap<string, NodeState>, disputed: ReadonlySet<string> = new Set()): Promise<RecordChanges> {
  const all = [...states.values()];
  if (all.length === 0) return { changes: new Map(), absent: new Map() };
  const accounts = [...new Set(all.flatMap(({ folded }) => folded.accountId ?? []))];
  const standings = new Map((await work.rows(standingsOf, [work.tenantId, accounts])).map((row) => [row.id, row]));
  const names = await namesOfUnnamed(work, work.tenantId, record, all);
  const absent = new Map<string, Absence>();
  const projected = all.flatMap((state) => {
    const account = state.folded.accountId === null ? undefined : standings.get(state.folded.accountId);
    const why = absenceOf(record, state, account);
    if (why !== null || !account) {
      absent.set(state.rootId, why ?? 'INCOMPLETE');
      return [];
    }
    return [recordRowOf(record, seal, state, { accountId: account.survivorId, unnamed: names.get(state.rootId) ?? null })];
  });
  const stored = await store(work, record, projected.map(({ row }) => row));
  const kept = new Set(projected.map(({ row }) => row['id']));
  const gone = all.flatMap(({ memberIds }) => memberIds).filter((id) => !kept.has(id));
  const removed = gone.length === 0 ? [] : await work.rows(removalOf(record.table), [work.tenantId, gone]);
  await indexContactNames(work, seal, record, { stored, written: new Map(projected.map(({ row, clear }) => [String(row['id']), clear])) });
  const written = new Set(stored.map(({ id }) => id));
  const contested = projected.flatMap(({ row }) => (disputed.has(String(row['id'])) && !written.has(String(row['id'])) ? [{ id: String(row['id']), accountId: row['account_id'] as Id<'Account'> }] : []));
  recordChanges(work, record, [...stored, ...[...removed, ...contested].map(({ id, accountId }) => ({ id, accountId, formerAccountId: null, completed: false }))]);
  const changes = new Map<string, 'CREATED' | 'UPDATED' | 'REMOVED'>();
  for (const { id, formerAccountId } of stored) changes.set(id, formerAccountId === null ? 'CREATED' : 'UPDATED');
  for (const { id } of removed) changes.set(id, 'REMOVED');
  return { changes, absent };
}

function absenceOf(record: AccountRecord, { folded }: NodeState, account: Standing | undefined): Absence | null {
  if (folded.retired !== null || account?.retired) return 'RETIRED';
  if (!account) return 'INCOMPLETE';
  return missingFields(record, folded.fields).length > 0 ? 'INCOMPLETE' : null;
}

const removals = new Map<string, Statement<{ id: string; accountId: Id<'Account'> }>>();

function removalOf(table: string): Statement<{ id: string; accountId: Id<'Account'> }> {
  const known = removals.get(table) ?? statement<{ id: string; accountId: Id<'Account'> }>(`remove_${table}`, `delete from ${table} where tenant_id = $1 and id = any($2::uuid[]) returning id, account_id as "accountId"`);
  removals.set(table, known);
  return known;
}

interface Stored {
  readonly id: string;
  readonly accountId: Id<'Account'>;
  /** The account it belonged to before; null for a new one. */
  readonly formerAccountId: Id<'Account'> | null;
  /** Whether it was not completed before and is now. */
  readonly completed: boolean;
}

const upserts = new Map<string, Statement<Stored>>();

function upsertStatement(record: AccountRecord): Statement<Stored> {
  const known = upserts.get(record.table);
  if (known) return known;
  const types: Record<string, string> = {};
  for (const column of record.fields.values()) Object.assign(types, column.sql);
  if (record.subjectField) Object.assign(types, { subject_id: 'uuid', digest: 'bytea' });
  const own = Object.keys(types);
  // A sealed text differs each time it is sealed; its digest says whether the text itself does.
  const compared = own.filter((column) => !column.endsWith('_sealed'));
  const { completes } = record;
  const completed = completes ? `(new.${completes.column} = '${completes.value}' and old.${completes.column} is distinct from new.${completes.column})` : 'false';
  const made = statement<Stored>(
    `upsert_${record.table}`,
    `with given as (
       select * from jsonb_to_recordset($2::jsonb) as g(id uuid, account_id uuid, occurred_at timestamptz, ${own.map((column) => `${column} ${types[column]}`).join(', ')})
     )
     insert into ${record.table} as stored (tenant_id, id, account_id, occurred_at, recorded_at, ${own.join(', ')})
     select $1, id, account_id, occurred_at, $3, ${own.join(', ')} from given order by id
     on conflict (tenant_id, id) do update set account_id = excluded.account_id, recorded_at = excluded.recorded_at,
       occurred_at = excluded.occurred_at, ${own.map((column) => `${column} = excluded.${column}`).join(', ')}
     where (stored.account_id, stored.occurred_at, ${compared.map((column) => `stored.${column}`).join(', ')})
           is distinct from (excluded.account_id, excluded.occurred_at, ${compared.map((column) => `excluded.${column}`).join(', ')})
     returning new.id, new.account_id as "accountId", old.account_id as "formerAccountId", ${completed} as completed`,
  );
  upserts.set(record.table, made);
  return made;
}

async function store(work: Work, record: AccountRecord, rows: readonly Written[]): Promise<readonly Stored[]> {
  return rows.length === 0 ? [] : work.rows(upsertStatement(record), [work.tenantId, JSON.stringify(rows), work.now]);
}

/** One fact per account; a record that moved changes the account it left, too. */
function recordChanges(work: Work, record: AccountRecord, stored: readonly Stored[]): void {
  const changed = new Map<Id<'Account'>, Set<string>>();
  for (const { id, accountId, formerAccountId } of stored) {
    for (const account of [accountId, formerAccountId ?? accountId]) changed.set(account, (changed.get(account) ?? new Set()).add(id));
  }
  const completed = Map.groupBy(stored.filter((row) => row.completed), ({ accountId }) => accountId);
  for (const [accountId, ids] of changed) {
    const ended = completed.get(accountId)?.map(({ id }) => id);
    work.record(accountChanged.fact({ accountId, data: { accountId, what: record.table, ids: [...ids], ...(ended ? { completed: ended } : {}) } }));
  }
}
