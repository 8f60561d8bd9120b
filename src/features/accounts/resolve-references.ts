import { InvalidInput, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement, type Statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkExternalRef, type ExternalRefInput } from './account-selector.ts';
import type { Reference, Written } from './columns.ts';
import { claimExternalRefs, knownExternalRefs } from './external-refs.ts';
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
  readonly accountId: Id<'Account'>;
  readonly fields: Written;
  readonly references: readonly StatedReference[];
}

/**
 * Puts in what references by other systems' names stand for, and refuses ids of nothing of the same account. What another
 * system calls a record is kept as it is said, in whatever order the two arrive: the field shows that record while it is
 * known and of the same account. At most four statements per reference that the kind has.
 */
export async function resolveReferences<Item extends Referring>(work: Work, placed: readonly Item[], results: UpsertResult[]): Promise<readonly Item[]> {
  const stated = placed.flatMap((item) => item.references.map((each) => ({ ...each, item })));
  const refused = new Set<Item>();
  for (const [reference, own] of Map.groupBy(stated, (each) => each.reference)) {
    const named = own.flatMap(({ externalRef }) => (externalRef ? [externalRef] : []));
    const known = named.length > 0 ? await knownExternalRefs(work, reference.type, named) : new Map<string, string>();
    const unknown = named.filter((ref) => !known.has(keyOf(ref)));
    for (const [index, id] of (await claimExternalRefs(work, reference.type, unknown)).entries()) known.set(keyOf(unknown[index] ?? { system: '', id: '' }), id);
    for (const { item, externalRef } of own) if (externalRef) item.fields[reference.field] = known.get(keyOf(externalRef)) ?? null;
    const byId = own.filter(({ externalRef }) => externalRef === null);
    if (byId.length === 0) continue;
    const owners = new Map((await work.rows(ownersOf(reference.table), [work.tenantId, byId.map(({ item }) => item.fields[reference.field])])).map((row) => [row.id, row.accountId]));
    const counting = new Map((await work.rows(survivors, [work.tenantId, byId.map(({ item }) => item.accountId)])).map((row) => [row.id, row.survivorId]));
    for (const { item, path } of byId) {
      const owner = owners.get(String(item.fields[reference.field]));
      if (owner !== undefined && owner === counting.get(item.accountId)) continue;
      results[item.place] = new NotFound(`The account has no such ${reference.type}. Check the id.`, path);
      refused.add(item);
    }
  }
  return refused.size === 0 ? placed : placed.filter((item) => !refused.has(item));
}

const keyOf = (ref: ExternalRefInput): string => `${ref.system}\n${ref.id}`;
const survivors = statement<{ id: string; survivorId: string }>('survivors_of_accounts', 'select id, survivor_id as "survivorId" from node_identity where tenant_id = $1 and id = any($2::uuid[])');

const statements = new Map<string, Statement<{ id: string; accountId: string }>>();

function ownersOf(table: string): Statement<{ id: string; accountId: string }> {
  const known = statements.get(table);
  if (known) return known;
  const made = statement<{ id: string; accountId: string }>(`accounts_of_${table}`, `select id, account_id as "accountId" from ${table} where tenant_id = $1 and id = any($2::uuid[])`);
  statements.set(table, made);
  return made;
}
