import type { Id } from '../../platform/ids.ts';
import type { Person, StayingName } from '../../platform/postgres/personal-place.ts';
import { portionSize } from '../../platform/postgres/portions.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { scanJson } from './json-person.ts';
import { nameMatcher, type NameMatcher } from './name-matcher.ts';
import { needlesOf } from './needles.ts';

interface Candidate {
  readonly held: string;
  readonly id: string;
  readonly accountId: Id<'Account'> | null;
  readonly fields: readonly string[];
  readonly forms: readonly string[];
  readonly free: readonly boolean[];
  readonly told: readonly (string | null)[];
}

/** A row that names a person, or may. */
export interface FoundRow {
  readonly held: string;
  readonly id: string;
  readonly accountId: Id<'Account'> | null;
  /** All its texts; those that change have another `after`. */
  readonly texts: readonly { readonly field: string; readonly before: string | null; readonly after: string | null; readonly stays: readonly StayingName[] }[];
}

const search = statement<Candidate>(
  'texts_to_search',
  `select held, id, account_id as "accountId", fields, forms, free, told from texts_to_search($1, $2::uuid, ${portionSize}, $3::uuid[], $4::text[], $5::text[], $6, $7::text[], $8::text[], $9::text[])`,
);

/** Every text of the tenant is looked at: measured on a busy two-core machine, 300,000 signals take 5 s. Until the transaction ends. */
export const takeTime = statement('erasure_takes_time', `select set_config('statement_timeout', '600000', true)`);

/** Candidates, a portion at a time over all tables; of some where they are named. */
export async function* portionsOfTexts(sql: Sql, person: Person, only: readonly string[] | null = null): AsyncGenerator<readonly Candidate[]> {
  const { strong, short, shortPattern, weak, digits } = needlesOf(person);
  for (let after = ['', '00000000-0000-0000-0000-000000000000']; ; ) {
    const rows = await sql.rows(search, [...after, [...person.accountIds], strong, short, shortPattern, weak, digits, only]);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < portionSize) return;
    after = [last.held, last.id];
  }
}

/** Evidence and snapshots are copies of rows, with their ids. */
const copies = new Set(['action_evidence', 'account_snapshot']);

/** Rows that name the person, or may; of all tables, or of some. */
export async function* textRows(sql: Sql, person: Person, only: readonly string[] | null = null): AsyncGenerator<readonly FoundRow[]> {
  const matcher = nameMatcher(person);
  await sql.rows(takeTime);
  for await (const rows of portionsOfTexts(sql, person, only)) {
    yield rows.map((row) => scanRow(row, person, matcher)).filter(({ texts }) => texts.some(({ before, after, stays }) => before !== after || stays.length > 0));
  }
}

function scanRow({ held, id, accountId, fields, forms, free, told }: Candidate, person: Person, matcher: NameMatcher): FoundRow {
  const columns = fields.map((field, index) => ({ field, form: forms[index] ?? 'text', free: free[index] ?? false, before: told[index] ?? null }));
  const looking = ({ form, free: isFree }: { readonly form: string; readonly free: boolean }, near: boolean) => ({ near, free: isFree, ids: form === 'key' || form === 'id' || (form === 'json' && copies.has(held)), all: person.includedRows.has(id) });
  const scan = (column: (typeof columns)[number], near: boolean) =>
    column.before === null ? { left: null, stays: [] } : column.form === 'json' ? scanJson(matcher, column.before, looking(column, near)) : matcher.scan(column.before, looking(column, near));
  // A row that names the person somewhere is about them: there, single words are theirs.
  const near = (accountId !== null && person.accountIds.has(accountId)) || columns.some((column) => scan(column, false).left !== column.before);
  return {
    held,
    id,
    accountId,
    texts: columns.map((column) => {
      const { left, stays } = scan(column, near);
      return { field: column.field, before: column.before, after: left, stays };
    }),
  };
}
