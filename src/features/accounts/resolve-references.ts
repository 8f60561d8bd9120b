import { InvalidInput, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement, type Statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkExternalRef, type ExternalRefInput } from './account-selector.ts';
import type { Reference, Written } from './columns.ts';
import { claimExternalRefs } from './external-refs.ts';
import type { AccountRecord } from './record.ts';
import type { UpsertResult } from './upsert-records.ts';

/** A reference to another record of the same account, as a caller stated it. */
export interface StatedReference {
  readonly reference: Reference;
  /** By the other system's name; null: by id, which is written already. */
  readonly externalRef: ExternalRefInput | null;
  readonly path: readonly string[];
}

/** The references that an input states, their form checked; each by one of its two names. */
export function statedReferences(record: AccountRecord, input: Record<string, unknown>, path: readonly string[]): StatedReference[] {
  return [...record.fields].flatMap(([name, { refersTo }]): StatedReference[] => {
    if (!refersTo) return [];
    const [id, ref] = [input[name] ?? null, input[refersTo.byRef] ?? null];
    if (id !== null && ref !== null) throw new InvalidInput(`Name it by ${name} or by ${refersTo.byRef}, not by both.`, [...path, refersTo.byRef]);
    if (ref !== null) return [{ reference: refersTo, externalRef: checkExternalRef(ref as ExternalRefInput, [...path, refersTo.byRef]), path: [...path, refersTo.byRef] }];
    return id === null ? [] : [{ reference: refersTo, externalRef: null, path: [...path, name] }];
  });
}

interface Referring {
  readonly place: number;
  readonly fields: Written;
  readonly references: readonly StatedReference[];
}

/**
 * Refuses ids of nothing that the item's account has: before anything is claimed for the item, so that a refusal leaves no
 * trace. `accountOf`: the account that an item names; undefined where that is not known yet and so has nothing. Two
 * statements per reference that the kind has.
 */
export async function refuseForeignIds<Item extends Referring>(work: Work, items: readonly Item[], accountOf: (item: Item) => Id<'Account'> | undefined, results: UpsertResult[]): Promise<readonly Item[]> {
  const stated = items.flatMap((item) => item.references.flatMap((each) => (each.externalRef ? [] : [{ ...each, item }])));
  const refused = new Set<Item>();
  for (const [reference, own] of Map.groupBy(stated, (each) => each.reference)) {
    const owners = new Map((await work.rows(ownersOf(reference.table), [work.tenantId, own.map(({ item }) => item.fields[reference.field])])).map((row) => [row.id, row.accountId]));
    const counting = new Map((await work.rows(survivors, [work.tenantId, own.flatMap(({ item }) => accountOf(item) ?? [])])).map((row) => [row.id, row.survivorId]));
    for (const { item, path } of own) {
      const owner = owners.get(String(item.fields[reference.field]));
      if (owner !== undefined && owner === counting.get(accountOf(item) ?? '')) continue;
      results[item.place] = new NotFound(`The account has no such ${reference.type}. Check the id, or name it by its external reference.`, path);
      refused.add(item);
    }
  }
  return refused.size === 0 ? items : items.filter((item) => !refused.has(item));
}

/**
 * Puts in what references by other systems' names stand for. A record that no source has described yet is claimed by its
 * reference: the field shows it once it is known. Whose record it is does not matter: that can be learnt, or change,
 * before or after, and the result must not depend on which. At most three statements per reference that the kind has.
 */
export async function resolveReferences(work: Work, placed: readonly Referring[]): Promise<void> {
  const stated = placed.flatMap((item) => item.references.flatMap(({ reference, externalRef }) => (externalRef ? [{ reference, externalRef, item }] : [])));
  for (const [reference, own] of Map.groupBy(stated, (each) => each.reference)) {
    const ids = await claimExternalRefs(work, reference.type, own.map(({ externalRef }) => externalRef));
    for (const [index, { item }] of own.entries()) item.fields[reference.field] = ids[index] ?? null;
  }
}

const survivors = statement<{ id: string; survivorId: string }>('survivors_of_accounts', 'select id, survivor_id as "survivorId" from node_identity where tenant_id = $1 and id = any($2::uuid[])');

const statements = new Map<string, Statement<{ id: string; accountId: string }>>();

function ownersOf(table: string): Statement<{ id: string; accountId: string }> {
  const known = statements.get(table);
  if (known) return known;
  const made = statement<{ id: string; accountId: string }>(`accounts_of_${table}`, `select id, account_id as "accountId" from ${table} where tenant_id = $1 and id = any($2::uuid[])`);
  statements.set(table, made);
  return made;
}
