import { Conflict, LimitExceeded, ProductError, Suppressed } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { subjectsOf, type Seal, type Subject, type SubjectName } from '../../platform/postgres/seal.ts';
import { statement, type Statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkSuppression, countSuppressed, suppressedEmail, suppressedNames } from '../consent/index.ts';
import { accountChanged } from './account.events.ts';
import { checkExternalRef, checkSelector, noSuchAccount, selectAccounts, selectorKey, type AccountSelector, type ExternalRefInput, type SelectedAccount } from './account-selector.ts';
import type { Written } from './columns.ts';
import { claimExternalRefs } from './external-refs.ts';
import { indexContactNames } from './contact-words.ts';
import { lockAccounts } from './lock-accounts.ts';
import { spellingsOf } from './normalise-reference.ts';
import type { AccountRecord } from './record.ts';
import { resolveReferences, statedReferences, type StatedReference } from './resolve-references.ts';

/** A record as a caller states it; the declared fields beside the three that every record has. */
export interface RecordInput extends Record<string, unknown> {
  readonly account: AccountSelector;
  readonly externalRef: ExternalRefInput;
  readonly occurredAt?: string | null;
}

/** What became of one record. */
export type UpsertResult = { readonly globalId: string; readonly change: 'CREATED' | 'UPDATED' | 'UNCHANGED'; readonly suppressed: boolean } | ProductError;

interface Checked {
  readonly place: number;
  readonly account: SelectedAccount;
  readonly externalRef: ExternalRefInput;
  readonly occurredAt: string | null;
  /** When it was true where its source does not say. */
  readonly occurredElse: string;
  readonly written: Written;
  readonly subject: SubjectName;
  readonly references: readonly StatedReference[];
  /** Whether addresses of erased people were taken out of it. */
  readonly suppressed: boolean;
}

interface Placed extends Checked {
  readonly id: string;
  readonly accountId: Id<'Account'>;
}

/** The most records one call may bring. */
export const mostRecords = 1_000;

/**
 * Stores records of one kind, each found again by its external reference and replaced as a whole. A record that is
 * refused does not hold up the others; one that says nothing new changes nothing. Answers one result per input, in order.
 */
export async function upsertRecords(work: Work, seal: Seal, record: AccountRecord, inputs: readonly RecordInput[]): Promise<UpsertResult[]> {
  if (inputs.length > mostRecords) throw new LimitExceeded(`At most ${mostRecords} records in one call; these are ${inputs.length}.`);
  const results: UpsertResult[] = [];
  const checked = inputs.flatMap((input, place) => {
    try {
      return [check(record, input, { place, now: work.now })];
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      results[place] = error;
      return [];
    }
  });
  const referring = await resolveReferences(work, await place(work, record, await keepSuppressedOut(work, record, checked, results), results), results);
  await refuseErasedMeanwhile(work, record, referring);
  const placed = await refuseTakenPlaces(work, record, referring, results);
  const subjects = await findSubjects(work, seal, record, placed);
  const stored = await store(work, record, placed.map((item, index) => toRow(item, seal, subjects[index] ?? null)));
  await indexContactNames(work, seal, record, { stored, written: new Map(placed.map((item) => [item.id, item.written])) });
  recordChanges(work, record, stored);
  const changes = new Map(stored.map((row) => [row.id, row.formerAccountId === null ? ('CREATED' as const) : ('UPDATED' as const)]));
  for (const item of placed) {
    results[item.place] = { globalId: toGlobalId(record.type, item.id), change: changes.get(item.id) ?? 'UNCHANGED', suppressed: item.suppressed };
  }
  return results;
}

function check(record: AccountRecord, input: RecordInput, { place, now }: { readonly place: number; readonly now: string }): Checked {
  const path = ['input', String(place)];
  const written: Written = {};
  for (const [name, column] of record.fields) Object.assign(written, column.write(input[name], [...path, name]));
  record.check?.(written, now, path);
  const email = record.subjectField ? input[record.subjectField] : null;
  const externalRef = checkExternalRef(input.externalRef, [...path, 'externalRef']);
  return {
    place,
    account: checkSelector(input.account, [...path, 'account']),
    externalRef,
    occurredAt: input.occurredAt ?? null,
    occurredElse: record.occurredAt.leftOut?.of(written, now) ?? now,
    written,
    // A person without an e-mail is known by what the source calls them.
    subject: typeof email === 'string' ? { email } : { ...externalRef, formerIds: spellingsOf(externalRef).slice(1) },
    references: statedReferences(record, input, path),
    suppressed: false,
  };
}

/**
 * Keeps people who were erased out: a contact of theirs, and a record whose reference holds their address, is refused; of
 * other records the address is taken out. One statement, and none where no record holds an address or is about a person.
 */
async function keepSuppressedOut(work: Work, record: AccountRecord, checked: readonly Checked[], results: UpsertResult[]): Promise<readonly Checked[]> {
  const isAboutPerson = record.subjectField !== undefined;
  const ids = ({ externalRef, account }: Checked): unknown[] => [externalRef.id, 'externalRef' in account ? account.externalRef.id : null];
  const suppression = await checkSuppression(work, { values: checked.flatMap((item) => [item.written, ids(item)]), contacts: isAboutPerson ? checked.flatMap(({ externalRef }) => everySpelling(externalRef)) : [] });
  const clean = (value: unknown): unknown => (typeof value === 'string' ? suppression.without(value) : Array.isArray(value) ? value.map(clean) : value);
  const kept = checked.flatMap((item): Checked[] => {
    const own = isAboutPerson && (everySpelling(item.externalRef).some(suppression.isContact) || ('email' in item.subject && suppression.holds(item.subject.email)));
    if (own || suppression.holds(ids(item))) {
      results[item.place] = new Suppressed(['input', String(item.place)]);
      return [];
    }
    if (!suppression.holds(item.written)) return [item];
    return [{ ...item, suppressed: true, written: Object.fromEntries(Object.entries(item.written).map(([column, value]) => [column, clean(value)])) }];
  });
  countSuppressed(work, isAboutPerson ? 'contact' : 'record', checked.length - kept.length + kept.filter(({ suppressed }) => suppressed).length);
  return kept;
}

/** A reference in every spelling that the suppression list may know it by. */
const everySpelling = (ref: ExternalRefInput): ExternalRefInput[] => spellingsOf(ref).map((id) => ({ system: ref.system, id }));

/** Whoever waited for an account may have waited for the erasure of a person in it; then nothing of the call is stored. */
async function refuseErasedMeanwhile(work: Work, record: AccountRecord, placed: readonly Placed[]): Promise<void> {
  if (record.subjectField === undefined) return;
  const emails = placed.flatMap(({ subject }) => ('email' in subject ? [suppressedEmail(subject.email)] : []));
  if ((await suppressedNames(work, emails)).size > 0) throw new Conflict('A person in this call was erased at this moment; nothing was stored. Send the call again.');
}

async function place(work: Work, record: AccountRecord, checked: readonly Checked[], results: UpsertResult[]): Promise<Placed[]> {
  const accounts = await selectAccounts(work, work.tenantId, checked.map((item) => item.account));
  const known = checked.flatMap((item) => {
    const accountId = accounts.get(selectorKey(item.account));
    if (!accountId) results[item.place] = noSuchAccount(['input', String(item.place), 'account']);
    return accountId ? [{ ...item, accountId }] : [];
  });
  await lockAccounts(work, known.map((item) => item.accountId));
  const ids = await claimExternalRefs(work, record.type, known.map((item) => item.externalRef));
  return known.map((item, index) => ({ ...item, id: ids[index] ?? '' }));
}

/**
 * Where an account has one record of a kind per key (one health trend a month), refuses those whose place another record
 * holds. The accounts are locked, so nobody takes a place in between.
 */
async function refuseTakenPlaces(work: Work, record: AccountRecord, placed: readonly Placed[], results: UpsertResult[]): Promise<readonly Placed[]> {
  const { onePer } = record;
  if (!onePer || placed.length === 0) return placed;
  const placeOf = (accountId: string, values: Record<string, unknown>): string => JSON.stringify([accountId, ...onePer.map((column) => values[column])]);
  const holders = new Map<string, string>();
  const known = await work.rows(placesTaken(record, onePer), [work.tenantId, [...new Set(placed.map((item) => item.accountId))]]);
  for (const row of known) holders.set(placeOf(row.accountId, row), row.id);
  return placed.filter((item) => {
    const wanted = placeOf(item.accountId, item.written);
    const holder = holders.get(wanted) ?? item.id;
    if (holder === item.id) holders.set(wanted, item.id);
    else results[item.place] = new Conflict(`The account has another record of these ${onePer.join(' and ')} already. Send it under that one's external reference.`, ['input', String(item.place)]);
    return holder === item.id;
  });
}

function placesTaken(record: AccountRecord, columns: readonly string[]): Statement<{ id: string; accountId: string } & Record<string, unknown>> {
  return statement(`${record.table}_places`, `select id, account_id as "accountId", ${columns.join(', ')} from ${record.table} where tenant_id = $1 and account_id = any($2::uuid[])`);
}

async function findSubjects(work: Work, seal: Seal, record: AccountRecord, placed: readonly Placed[]): Promise<Subject[]> {
  return record.subjectField && placed.length > 0 ? subjectsOf(work, seal, placed.map((item) => item.subject)) : [];
}

function toRow(item: Placed, seal: Seal, subject: Subject | null): Written {
  const row: Written = { id: item.id, account_id: item.accountId, occurred_at: item.occurredAt, occurred_else: item.occurredElse, ...item.written };
  if (!subject) return row;
  row['subject_id'] = subject.id;
  const sealed = Object.keys(row).filter((column) => column.endsWith('_sealed'));
  row['digest'] = `\\x${seal.digest(subject.key, JSON.stringify(sealed.map((column) => row[column]))).toString('hex')}`;
  for (const column of sealed) {
    const value = row[column];
    if (typeof value === 'string') row[column] = `\\x${seal.seal(subject.key, value).toString('hex')}`;
  }
  return row;
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
       select * from jsonb_to_recordset($2::jsonb) as g(id uuid, account_id uuid, occurred_at timestamptz, occurred_else timestamptz, ${own.map((column) => `${column} ${types[column]}`).join(', ')})
     )
     insert into ${record.table} as stored (tenant_id, id, account_id, occurred_at, recorded_at, ${own.join(', ')})
     select $1, id, account_id, coalesce(occurred_at, occurred_else), $3, ${own.join(', ')} from given order by id
     on conflict (tenant_id, id) do update set account_id = excluded.account_id, recorded_at = excluded.recorded_at,
       occurred_at = excluded.occurred_at, ${own.map((column) => `${column} = excluded.${column}`).join(', ')}
     where (stored.account_id, ${compared.map((column) => `stored.${column}`).join(', ')})
           is distinct from (excluded.account_id, ${compared.map((column) => `excluded.${column}`).join(', ')})
        or (stored.occurred_at <> excluded.occurred_at and exists (select from given g where g.id = stored.id and g.occurred_at is not null))
     returning new.id, new.account_id as "accountId", old.account_id as "formerAccountId", ${completed} as completed`,
  );
  upserts.set(record.table, made);
  return made;
}

async function store(work: Work, record: AccountRecord, rows: readonly Written[]): Promise<readonly Stored[]> {
  if (rows.length === 0) return [];
  // Of two inputs for one record the later one holds; one statement may not touch a row twice.
  const last = [...new Map(rows.map((row) => [row['id'], row])).values()];
  return work.rows(upsertStatement(record), [work.tenantId, JSON.stringify(last), work.now]);
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
